// To decline takes a second click: the link works no more after it.
import { useState } from 'preact/hooks'
import { words } from '../kit/page.js'
import { Button } from '../kit/parts.js'
import type { Session } from '../kit/session.js'
import { decline } from './answer.js'
import type { Parts } from './state.js'
import { named } from './sentence.js'

export function Decline({ invite, turns, answering, say, refused, session }: Parts & { session?: Session }) {
  const [asking, setAsking] = useState(false)
  const { busy, start } = answering
  if (!asking) {
    return (
      <Button kind="plain" busy={busy} onClick={() => setAsking(true)}>
        {words.say('landing.decline')}
      </Button>
    )
  }
  const yes = () => {
    say('')
    start(
      () => decline(turns.link, session),
      () => turns.finish({ at: 'declined' }),
      refused
    )
  }
  return (
    <div class="ask" role="group" aria-label={words.say('landing.decline')}>
      <p role="status">{words.say('landing.decline.ask', { inviter: named(invite.inviterName) })}</p>
      <div class="row">
        <Button kind="danger" busy={busy} onClick={yes}>
          {words.say('landing.decline.yes')}
        </Button>
        <Button busy={busy} onClick={() => setAsking(false)}>
          {words.say('landing.decline.no')}
        </Button>
      </div>
    </div>
  )
}
