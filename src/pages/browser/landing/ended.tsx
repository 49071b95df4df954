// The cards of invites that cannot be answered.
import { useState } from 'preact/hooks'
import { Refusal } from '../kit/api.js'
import { words } from '../kit/page.js'
import { Button, Heading, Notice } from '../kit/parts.js'
import type { Session } from '../kit/session.js'
import { SignIn } from '../kit/sign-in.js'
import { timeAfter, troubleOf } from '../kit/troubles.js'
import { AwayNotice } from '../kit/waits.js'
import { accept, ask } from './answer.js'
import { SignedIn, Switch } from './facts.js'
import type { Link, Turns } from './state.js'
import { settings } from './settings.js'
import { useAnswer } from './use-answer.js'

/** Revoked, declined before (`gone`) or just now, and a link that leads nowhere. */
export const Ended = ({ at }: { at: 'revoked' | 'gone' | 'wrong' | 'declined' }) => (
  <>
    <Heading>{words.say(`landing.${at}`)}</Heading>
    <p>{words.say(at === 'wrong' ? 'landing.wrong.why' : at === 'declined' ? 'landing.told' : 'landing.advice')}</p>
  </>
)

/** Expired: with the passcode a new one can be asked for. */
export function Expired({ until, link }: { until: string | null; link: Link }) {
  const [asked, setAsked] = useState('')
  const [trouble, setTrouble] = useState('')
  const { busy, wait, start } = useAnswer()
  const submit = () => {
    setTrouble('')
    start(
      () => ask(link),
      () => setAsked(words.say('landing.asked')),
      (error) =>
        error instanceof Refusal && error.reason === 'requested-today'
          ? setAsked(words.say('landing.asked.today', { time: timeAfter(error.retryAfterSeconds ?? 0) }))
          : setTrouble(troubleOf(error))
    )
  }
  return (
    <>
      <Heading>{words.say('landing.expired')}</Heading>
      {until && <p>{words.say('landing.expired.when', { until: words.time(until) })}</p>}
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {wait && <AwayNotice wait={wait} />}
      {asked ? (
        <Notice kind="good">{asked}</Notice>
      ) : link.passcode === undefined ? (
        <p>{words.say('landing.advice')}</p>
      ) : (
        <>
          <p>{words.say('landing.expired.why')}</p>
          <Button kind="primary" busy={busy} onClick={submit}>
            {words.say('landing.ask')}
          </Button>
        </>
      )}
    </>
  )
}

/** Used: the person who accepted it gets the same answer again, by their account. */
export function Used({ session, turns }: { session: Session | undefined; turns: Turns }) {
  const [trouble, setTrouble] = useState('')
  const { busy, wait, start } = useAnswer()
  const goOn = () => {
    if (!session) return
    setTrouble('')
    start(
      () => accept(turns.link, session),
      ({ shown, landing }) => turns.finish({ at: 'accepted', shown, landing }),
      (error) =>
        setTrouble(error instanceof Refusal && error.status !== 429 ? words.say('landing.used.not') : troubleOf(error))
    )
  }
  return (
    <>
      <Heading>{words.say('landing.used')}</Heading>
      {session ? (
        <>
          <SignedIn session={session} />
          <p>{words.say('landing.used.go')}</p>
          {trouble && <Notice kind="bad">{trouble}</Notice>}
          {wait && <AwayNotice wait={wait} />}
          <Button kind="primary" busy={busy} onClick={goOn}>
            {words.say('landing.continue')}
          </Button>
          <Switch again={turns.again} busy={busy} />
        </>
      ) : (
        <>
          <p>{words.say('landing.used.sign-in')}</p>
          <SignIn mails={settings.mails} onSession={turns.again} />
        </>
      )}
    </>
  )
}

/** No passcode in the address. A person who was invited by their account needs none. */
export const Incomplete = ({ session, again }: { session: Session | undefined; again: () => void }) => (
  <>
    <Heading>{words.say('landing.incomplete')}</Heading>
    <p>{words.say('landing.incomplete.why')}</p>
    {session ? (
      <>
        <SignedIn session={session} />
        <Switch again={again} />
      </>
    ) : (
      <>
        <p>{words.say('landing.incomplete.account')}</p>
        <SignIn mails={settings.mails} onSession={again} />
      </>
    )}
  </>
)
