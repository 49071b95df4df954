// What stands in the place of the form when an invite is made.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Heading, Notice } from '../../kit/parts.js'
import { LinkCard } from '../link/link-card.js'
import { useCall } from '../session-context.js'
import type { Invite } from '../types.js'
import { sentenceOf } from './problems.js'

interface MadeProps {
  invite: Invite
  /** The name of the invited member. */
  memberName: string | undefined
  /** The name of what it leads to. */
  targetName: string | undefined
  onAnother: () => void
}

/** The sentence for an invite that has a recipient. */
function sentenceFor({ token, delivery }: Invite, memberName: string | undefined): string {
  if (token === null) return words.say('inviter.new.made.member', { name: words.name(memberName ?? '') })
  const key = delivery?.reason === 'no-carrier' ? 'no-carrier' : 'sent'
  return words.say(`inviter.new.made.${key}`, { address: words.name(token) })
}

/** A repeated call has no link in its answer. A resend makes a new one, and the old one stops working. */
function LostLink({ invite, onFound }: { invite: Invite; onFound: (invite: Invite) => void }) {
  const call = useCall()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  async function renew() {
    setBusy(true)
    try {
      onFound((await call<Invite>('POST', `invite/${invite.id}/resend`, { body: {} })).body)
    } catch (error) {
      setTrouble(sentenceOf(error))
      setBusy(false)
    }
  }
  return (
    <>
      <Notice>{words.say('inviter.new.lost')}</Notice>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <Button kind="primary" busy={busy} onClick={() => void renew()}>
        {words.say('inviter.new.lost.again')}
      </Button>
    </>
  )
}

export function Made({ invite: first, memberName, targetName, onAnother }: MadeProps) {
  const [invite, setInvite] = useState(first)
  const isLink = invite.token === null && invite.inviteeId === null
  return (
    <section class="maker-page stack">
      <Heading>{words.say('inviter.new.title')}</Heading>
      {!isLink && <Notice kind="good">{sentenceFor(invite, memberName)}</Notice>}
      {isLink && invite.link !== null && (
        <>
          <Notice kind="good">{words.say('inviter.new.made.link')}</Notice>
          <LinkCard invite={invite} targetName={targetName} />
        </>
      )}
      {isLink && invite.link === null && <LostLink invite={invite} onFound={setInvite} />}
      <div class="row">
        <Button kind={isLink ? '' : 'primary'} onClick={onAnother}>
          {words.say('inviter.new.another')}
        </Button>
      </div>
    </section>
  )
}
