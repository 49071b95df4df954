// The form by which a person makes an account, and is signed in with it.
import { useState } from 'preact/hooks'
import { call, Refusal } from '../../kit/api.js'
import { words } from '../../kit/page.js'
import { Button, Notice, TextField } from '../../kit/parts.js'
import { signIn, type Session } from '../../kit/session.js'
import { troubleOf } from '../../kit/troubles.js'

export function Register({ onSession }: { onSession: (session: Session) => void }) {
  const [values, setValues] = useState({ name: '', email: '', password: '' })
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')

  async function register(event: Event) {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setTrouble('')
    try {
      await call('POST', 'user', { body: values })
      onSession(await signIn(values.email, values.password, true))
    } catch (error) {
      const isTaken = error instanceof Refusal && error.reason === 'address-taken'
      setTrouble(isTaken ? words.say('inviter.address-taken') : troubleOf(error))
    }
    setBusy(false)
  }
  const bound = (name: keyof typeof values) => ({
    required: true,
    value: values[name],
    onText: (text: string) => setValues({ ...values, [name]: text })
  })

  return (
    <form onSubmit={(event) => void register(event)} class="stack">
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <TextField label={words.say('page.name')} autocomplete="name" maxLength={100} {...bound('name')} />
      <TextField label={words.say('page.address')} type="email" autocomplete="username" {...bound('email')} />
      <TextField
        label={words.say('page.password')}
        hint={words.say('page.password-hint')}
        type="password"
        autocomplete="new-password"
        minLength={8}
        {...bound('password')}
      />
      <Button kind="primary" type="submit" busy={busy}>
        {words.say('inviter.make-account')}
      </Button>
    </form>
  )
}
