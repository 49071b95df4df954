// The form by which a person signs in.
import { useState } from 'preact/hooks'
import { call } from './api.js'
import { words } from './page.js'
import { Button, Check, Notice, TextField } from './parts.js'
import { signIn, type Session } from './session.js'
import { troubleOf } from './troubles.js'

interface SignInProps {
  /** The address that stands in the form at first. */
  email?: string
  /** The label of the button. */
  label?: string
  /** Whether the service can mail a link to a new password. */
  mails?: boolean
  onSession: (session: Session) => void
}

export function SignIn({ email: first = '', label, mails = true, onSession }: SignInProps) {
  const [email, setEmail] = useState(first)
  const [password, setPassword] = useState('')
  const [keep, setKeep] = useState(true)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const [mailed, setMailed] = useState(false)

  async function attempt(work: () => Promise<void>) {
    setBusy(true)
    setTrouble('')
    try {
      await work()
    } catch (error) {
      setTrouble(troubleOf(error, { 'wrong-password': words.say('page.wrong-password') }))
    }
    setBusy(false)
  }
  const submit = (event: Event) => {
    event.preventDefault()
    if (!busy) void attempt(async () => onSession(await signIn(email, password, keep)))
  }
  const forgot = () =>
    void attempt(async () => {
      if (!email) return setTrouble(words.say('page.need-address'))
      await call('POST', 'password-reset', { body: { email } })
      setMailed(true)
    })

  return (
    <form onSubmit={submit} class="stack">
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {mailed && <Notice kind="good">{words.say('page.reset-sent')}</Notice>}
      <TextField
        label={words.say('page.address')}
        type="email"
        autocomplete="username"
        required
        value={email}
        onText={setEmail}
      />
      <TextField
        label={words.say('page.password')}
        type="password"
        autocomplete="current-password"
        required
        value={password}
        onText={setPassword}
      />
      <Check checked={keep} onChange={setKeep} label={words.say('page.keep')} />
      <Button kind="primary" type="submit" busy={busy}>
        {label ?? words.say('page.sign-in')}
      </Button>
      {mails && (
        <Button kind="plain" busy={busy} onClick={forgot}>
          {words.say('page.forgot')}
        </Button>
      )}
    </form>
  )
}
