// The page of a person who is signed in: the views, and the live changes in them.
import { words } from '../../kit/page.js'
import { ImportInvites } from '../import/import-invites.js'
import { InviteList } from '../list/invite-list.js'
import type { LiveState } from '../live/events.js'
import { Requests } from '../live/requests.js'
import { LiveContext, useSocket } from '../live/use-live.js'
import { NewInvite } from '../new/new-invite.js'
import { Statistics } from '../stats/statistics.js'
import { Nav } from './nav.js'
import { TopEnd } from './top-end.js'
import { useAdmin } from './use-admin.js'
import { usePlace } from './use-place.js'

const LiveMark = ({ state }: { state: LiveState }) => (
  <p class={`live-mark ${state}`} role="status">
    {words.say(`inviter.live.${state}`)}
  </p>
)

export function Inside({ signOut }: { signOut: () => void }) {
  const { live, state } = useSocket()
  const isAdmin = useAdmin()
  const { place, choose } = usePlace()
  const { view } = place
  return (
    <LiveContext.Provider value={live}>
      <TopEnd signOut={signOut} />
      <div class="bar">
        <Nav view={view} isAdmin={isAdmin} />
        <LiveMark state={state} />
      </div>
      <main class="page">
        <Requests />
        {(view === 'sent' || view === 'received' || view === 'all') && (
          <InviteList key={view} view={view} choice={place.choice} choose={choose} isAdmin={isAdmin} />
        )}
        {view === 'new' && <NewInvite isAdmin={isAdmin} onMade={() => {}} />}
        {view === 'import' && <ImportInvites onMade={() => {}} />}
        {view === 'stats' && <Statistics key={String(isAdmin)} isAdmin={isAdmin} />}
      </main>
    </LiveContext.Provider>
  )
}
