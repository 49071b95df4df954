// The end of the page's header: who is signed in, and the way out.
import { render } from 'preact'
import { useEffect } from 'preact/hooks'
import { call } from '../../kit/api.js'
import { words } from '../../kit/page.js'
import { Button } from '../../kit/parts.js'
import { useSession } from '../session-context.js'

/** The header is outside of this part of the page, so it is rendered into its place there. */
export function TopEnd({ signOut }: { signOut: () => void }) {
  const { session } = useSession()
  useEffect(() => {
    const place = document.getElementById('top-end')
    if (!place) return undefined
    const out = () => {
      // The service forgets nothing by it: the token is gone with this browser's memory in any case.
      void call('DELETE', 'authentication', { token: session.token }).catch(() => {})
      signOut()
    }
    render(
      <div class="row">
        <span class="quiet">{words.name(session.user.name)}</span>
        <Button class="small" onClick={out}>
          {words.say('page.sign-out')}
        </Button>
      </div>,
      place
    )
    return () => render(null, place)
  }, [session])
  return null
}
