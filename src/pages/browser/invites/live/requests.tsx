// Holders of expired invites who ask for new ones, each with the button that sends it again.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button } from '../../kit/parts.js'
import { Resend } from '../details/resend.js'
import { recipientOf } from '../list/facts.js'
import type { Invite } from '../types.js'
import { useHeard } from './use-live.js'

export function Requests() {
  const [asked, setAsked] = useState<Invite[]>([])
  const without = ({ id }: Invite) => asked.filter((invite) => invite.id !== id)
  useHeard((event) => {
    if (event.kind === 'requested') setAsked([event.invite, ...without(event.invite)])
  })
  return (
    <div role="status">
      {asked.map((invite) => (
        <div class="notice request row" key={invite.id}>
          <span>{words.say('inviter.asks-again', { name: recipientOf(invite) })}</span>
          <Resend invite={invite} />
          <Button kind="plain" class="small" onClick={() => setAsked(without(invite))}>
            {words.say('inviter.dismiss')}
          </Button>
        </div>
      ))}
    </div>
  )
}
