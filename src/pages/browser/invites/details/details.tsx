// Everything about one invite: its facts, its history, and what can be done with it.
import { useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Copy } from '../../kit/parts.js'
import { isPending, isRevocable, isSendable } from '../list/facts.js'
import { useSession } from '../session-context.js'
import type { Invite } from '../types.js'
import { Facts } from './facts-list.js'
import { Resend } from './resend.js'
import { Revoke } from './revoke.js'
import { Timeline } from './timeline.js'

interface DetailsProps {
  invite: Invite
  title: string
  edit: (invite: Invite) => void
}

export function Details({ invite, title, edit }: DetailsProps) {
  const { session } = useSession()
  const [isRevoking, setRevoking] = useState(false)
  // The inviter and administrators see the delivery, and nobody else does: they manage the invite.
  const manages = invite.delivery !== null
  const section = useRef<HTMLElement>(null)
  const isOwn = invite.userId === session.user.id
  const endRevoking = () => {
    setRevoking(false)
    section.current?.focus()
  }
  return (
    <section class="about" ref={section} tabIndex={-1} aria-label={words.say('inviter.about', { name: title })}>
      <div class="row actions">
        {manages && isSendable(invite) && <Resend invite={invite} />}
        {manages && (isPending(invite) || (!isOwn && isRevocable(invite))) && (
          <Button class="small" onClick={() => edit(invite)}>
            {words.say('inviter.edit')}
          </Button>
        )}
        {manages && isRevocable(invite) && !isRevoking && (
          <Button kind="danger" class="small" onClick={() => setRevoking(true)}>
            {words.say('inviter.revoke')}
          </Button>
        )}
        <Copy text={invite.id} label={words.say('inviter.copy-id')} />
      </div>
      {isRevoking && isRevocable(invite) && <Revoke invite={invite} cancel={endRevoking} />}
      <div class="sides">
        <Facts invite={invite} />
        {manages && <Timeline invite={invite} />}
      </div>
    </section>
  )
}
