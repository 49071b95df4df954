// The card of an invite that can be answered, for each who may be here: the invited person signed in, another one, the
// inviter, and a visitor.
import { useState } from 'preact/hooks'
import { Refusal } from '../kit/api.js'
import { urlOf, words } from '../kit/page.js'
import { Button, Heading, Notice } from '../kit/parts.js'
import { forget, type Session } from '../kit/session.js'
import { troubleOf } from '../kit/troubles.js'
import { AwayNotice } from '../kit/waits.js'
import { accept } from './answer.js'
import { Decline } from './decline.js'
import { Facts, SignedIn, Switch } from './facts.js'
import { named, sentence } from './sentence.js'
import { settings } from './settings.js'
import { stateOf } from './read.js'
import type { Parts, Pending, Turns } from './state.js'
import { useAnswer } from './use-answer.js'
import { Visitor } from './visitor.js'

/** The sentences of refusals that leave the page as it is. */
const known = (): Partial<Record<string, string>> => ({
  'inviter-may-not': words.say('landing.may-not'),
  'admin-gone': words.say('landing.may-not'),
  'account-exists': words.say('landing.has-account'),
  'not-for-you': words.say('landing.not-yours')
})

function refuseWith({ link, again, show }: Turns, say: (trouble: string) => void) {
  return (error: unknown) => {
    if (error instanceof Refusal) {
      // The session has ended, or the account is another one than the page knew: then the page looks again.
      if (error.status === 401) forget()
      const isOfAnother = error.reason === 'not-for-you' && link.passcode !== undefined
      if (error.status === 401 || isOfAnother || error.reason === 'own-invite') return again()
      const state = stateOf(error)
      if (state) return show(state)
    }
    say(troubleOf(error, known()))
  }
}

const ToInvites = () =>
  settings.inviterPage ? (
    <a class="button" href={urlOf('invites')}>
      {words.say('landing.invites')}
    </a>
  ) : null

/** The invited person: by their account, or by a link that is for anybody. */
function Member({ session, ...parts }: Parts & { session: Session }) {
  const { invite, turns, answering, say, refused } = parts
  const { busy, start } = answering
  const submit = () => {
    say('')
    start(
      () => accept(turns.link, session),
      ({ landing }) => turns.finish({ at: 'accepted', shown: invite, landing }),
      refused
    )
  }
  return (
    <>
      <SignedIn session={session} />
      <Button kind="primary" busy={busy} onClick={submit}>
        {words.say('landing.accept', { name: named(session.user.name, 40) })}
      </Button>
      <Switch again={turns.again} busy={busy} />
      {invite.canDecline && <Decline {...parts} session={session} />}
    </>
  )
}

/** Signed in, and the invite is not for this account. */
function Other({ session, invite, turns }: Parts & { session: Session }) {
  const { inviteType, recipientHint } = invite
  const name = named(session.user.name)
  return (
    <>
      <SignedIn session={session} />
      <Notice>
        {inviteType === 'new-user'
          ? words.say('landing.has-account')
          : recipientHint
            ? words.say('landing.not-you', { name, recipient: `\u2066${recipientHint}\u2069` })
            : words.say('landing.not-yours')}
      </Notice>
      <Switch again={turns.again} primary />
    </>
  )
}

function Own({ session, turns }: { session: Session; turns: Turns }) {
  return (
    <>
      <SignedIn session={session} />
      <Notice>{words.say('landing.own')}</Notice>
      <ToInvites />
      <Switch again={turns.again} />
    </>
  )
}

export function PendingCard({ state: { invite, session }, turns }: { state: Pending; turns: Turns }) {
  const [trouble, say] = useState('')
  const answering = useAnswer()
  const parts: Parts = { invite, turns, answering, say, refused: refuseWith(turns, say) }
  return (
    <>
      <Heading>{sentence(invite)}</Heading>
      <Facts invite={invite} />
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {answering.wait && <AwayNotice wait={answering.wait} />}
      {!session ? (
        <Visitor {...parts} />
      ) : invite.you === 'inviter' ? (
        <Own session={session} turns={turns} />
      ) : invite.you === 'other' ? (
        <Other {...parts} session={session} />
      ) : (
        <Member {...parts} session={session} />
      )}
    </>
  )
}
