// Sets a new password.
import { useState } from 'preact/hooks'
import { call } from '../kit/api.js'
import { words } from '../kit/page.js'
import { Button, Check, Heading, Notice, TextField } from '../kit/parts.js'
import { forget } from '../kit/session.js'
import { Done } from './done.js'
import { dropToken } from './link.js'
import { useCall } from './use-call.js'

/** Asks for a new link by an address. The answer is the same whether it has an account or not. */
function Ended() {
  const [email, setEmail] = useState('')
  const [isSent, setIsSent] = useState(false)
  const { busy, trouble, start } = useCall()
  const submit = (event: Event) => {
    event.preventDefault()
    void start(async () => {
      await call('POST', 'password-reset', { body: { email } })
      setIsSent(true)
    })
  }
  return (
    <>
      <Heading>{words.say('account.ended')}</Heading>
      <p>{words.say('account.ended.why')}</p>
      {isSent ? (
        <Notice kind="good">{words.say('page.reset-sent')}</Notice>
      ) : (
        <form onSubmit={submit} class="stack">
          {trouble && <Notice kind="bad">{trouble}</Notice>}
          <TextField
            label={words.say('page.address')}
            type="email"
            autocomplete="username"
            required
            value={email}
            onText={setEmail}
          />
          <Button kind="primary" type="submit" busy={busy}>
            {words.say('account.send')}
          </Button>
        </form>
      )}
    </>
  )
}

export function Reset({ token }: { token: string }) {
  const [at, setAt] = useState<'asking' | 'done' | 'ended'>('asking')
  const [password, setPassword] = useState('')
  const [isShown, setIsShown] = useState(false)
  const [isBad, setIsBad] = useState(false)
  const { busy, trouble, start } = useCall()
  const submit = (event: Event) => {
    event.preventDefault()
    setIsBad(Array.from(password).length < 8)
    if (Array.from(password).length < 8) return
    void start(
      async () => {
        await call('POST', 'password-reset/confirm', { body: { token, password } })
        dropToken()
        // The sessions of the account are ended, that of this browser among them.
        forget()
        setAt('done')
      },
      { 'link-ended': () => setAt('ended'), invalid: () => setIsBad(true) }
    )
  }
  if (at === 'done') {
    return (
      <Done heading={words.say('reset.done')}>
        <p>{words.say('reset.sign-in')}</p>
      </Done>
    )
  }
  if (at === 'ended') return <Ended />
  return (
    <>
      <Heading>{words.say('reset.subject')}</Heading>
      <p>{words.say('reset.ends')}</p>
      <form onSubmit={submit} noValidate class="stack">
        {trouble && <Notice kind="bad">{trouble}</Notice>}
        <TextField
          label={words.say('page.new-password')}
          hint={words.say('page.password-hint')}
          problem={isBad && words.say('page.bad-password')}
          type={isShown ? 'text' : 'password'}
          autocomplete="new-password"
          spellcheck={false}
          required
          value={password}
          onText={setPassword}
        />
        <Check checked={isShown} onChange={setIsShown} label={words.say('page.show-password')} />
        <Button kind="primary" type="submit" busy={busy}>
          {words.say('reset.save')}
        </Button>
      </form>
    </>
  )
}
