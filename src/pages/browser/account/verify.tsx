// Confirms an address. To open the page confirms nothing: mail scanners open pages too, and press no button.
import { useState } from 'preact/hooks'
import { call } from '../kit/api.js'
import { words } from '../kit/page.js'
import { Button, Heading, Notice } from '../kit/parts.js'
import { storedSession, type Session } from '../kit/session.js'
import { SignIn } from '../kit/sign-in.js'
import { Done } from './done.js'
import { dropToken } from './link.js'
import { useCall } from './use-call.js'

/** A signed-in person asks for a new link to their address. */
function AskAnew({ session }: { session: Session }) {
  const [answer, setAnswer] = useState('')
  const { busy, trouble, start } = useCall()
  const ask = () =>
    void start(
      async () => {
        await call('POST', 'user/verify', { body: {}, token: session.token })
        setAnswer(words.say('account.sent'))
      },
      { already: () => setAnswer(words.say('verify.already')) }
    )
  if (answer) return <Notice kind="good">{answer}</Notice>
  return (
    <>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <Button kind="primary" busy={busy} onClick={ask}>
        {words.say('account.send')}
      </Button>
    </>
  )
}

function Ended() {
  const [session, setSession] = useState(storedSession)
  return (
    <>
      <Heading>{words.say('account.ended')}</Heading>
      <p>{words.say('account.ended.why')}</p>
      {session ? (
        <AskAnew session={session} />
      ) : (
        <>
          <p>{words.say('verify.sign-in')}</p>
          <SignIn onSession={setSession} />
        </>
      )}
    </>
  )
}

export function Verify({ token }: { token: string }) {
  const [at, setAt] = useState<'asking' | 'done' | 'ended'>('asking')
  const { busy, trouble, start } = useCall()
  const confirm = () =>
    void start(
      async () => {
        await call('POST', 'user/verify', { body: { token } })
        dropToken()
        setAt('done')
      },
      { 'link-ended': () => setAt('ended') }
    )
  if (at === 'done') return <Done heading={words.say('verify.done')} />
  if (at === 'ended') return <Ended />
  return (
    <>
      <Heading>{words.say('verify.subject')}</Heading>
      <p>{words.say('verify.ask')}</p>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <Button kind="primary" busy={busy} onClick={confirm}>
        {words.say('verify.open')}
      </Button>
    </>
  )
}
