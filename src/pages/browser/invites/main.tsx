// The page of the inviter: the invites that were sent and received, and everything that can be done with them.
import '../kit/style.css'
import './style.css'
import { useState } from 'preact/hooks'
import { mount } from '../kit/mount.js'
import { forget, storedSession } from '../kit/session.js'
import { SignIn } from '../kit/sign-in.js'
import { ImportInvites } from './import/import-invites.js'
import { NewInvite } from './new/new-invite.js'
import { SessionContext } from './session-context.js'
import { Statistics } from './stats/statistics.js'

function InviterPage() {
  const [session, setSession] = useState(storedSession())
  const leave = () => {
    forget()
    setSession(undefined)
  }
  if (!session) {
    return (
      <main class="card">
        <SignIn onSession={setSession} />
      </main>
    )
  }
  return (
    <SessionContext.Provider value={{ session, leave }}>
      <main>
        {location.hash === '#new' && <NewInvite onMade={() => {}} />}
        {location.hash === '#import' && <ImportInvites onMade={() => {}} />}
        {location.hash === '#stats' && <Statistics />}
      </main>
    </SessionContext.Provider>
  )
}

mount(<InviterPage />)
