// The form that makes an account and accepts by one call.
import { useRef, useState } from 'preact/hooks'
import { Refusal } from '../kit/api.js'
import { words } from '../kit/page.js'
import { Button, Check, TextField } from '../kit/parts.js'
import { register } from './answer.js'
import type { Parts } from './state.js'

export interface Typed {
  name: string
  email: string
  password: string
  keep: boolean
}

type TextName = 'name' | 'email' | 'password'

interface RegisterProps extends Parts {
  typed: Typed
  onTyped: (typed: Typed) => void
  /** The address has an account: its owner signs in instead. */
  onSignIn: (why: string) => void
}

const problemOf = (name: TextName) =>
  words.say(name === 'name' ? 'landing.bad-name' : name === 'email' ? 'landing.bad-address' : 'page.bad-password')

/** A look at what is surely wrong; the service judges the rest. */
function faultsIn({ name, email, password }: Typed, asksAddress: boolean): TextName[] {
  const faults: TextName[] = []
  if (name.trim() === '' || Array.from(name.trim()).length > 100) faults.push('name')
  if (asksAddress && !/^\s*\S+@\S+\s*$/.test(email)) faults.push('email')
  if (Array.from(password).length < 8) faults.push('password')
  return faults
}

export function Register({ invite, turns, answering, say, refused, typed, onTyped, onSignIn }: RegisterProps) {
  const [faults, setFaults] = useState<TextName[]>([])
  const [isShown, setIsShown] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // A mailed passcode proves the address that it was mailed to: the account gets that one.
  const asksAddress = invite.recipient !== 'email'

  const mark = (found: TextName[]) => {
    setFaults(found)
    form.current?.querySelector<HTMLInputElement>(`[name=${found[0]}]`)?.focus()
  }
  const failed = (error: unknown) => {
    if (!(error instanceof Refusal)) return refused(error)
    if (error.reason === 'sign-in-to-accept') return onSignIn(words.say('landing.sign-in.must'))
    if (error.reason === 'address-taken') return onSignIn(words.say('landing.taken'))
    const paths = error.problems.map(({ path }) => path)
    const found = (['name', 'email', 'password'] as const).filter((name) => paths.includes(`register.${name}`))
    return found.length > 0 ? mark(found) : refused(error)
  }
  const submit = (event: Event) => {
    event.preventDefault()
    const found = faultsIn(typed, asksAddress)
    mark(found)
    say('')
    if (found.length > 0) return
    const { keep, email, ...account } = typed
    answering.start(
      () => register(turns.link, asksAddress ? { ...account, email: email.trim() } : account, keep),
      ({ landing }) => turns.finish({ at: 'accepted', shown: invite, landing }),
      failed
    )
  }
  /** The attributes that the three fields share. */
  const bound = (name: TextName) => ({
    name,
    required: true,
    problem: faults.includes(name) && problemOf(name),
    value: typed[name],
    onText: (text: string) => onTyped({ ...typed, [name]: text })
  })
  return (
    <form ref={form} noValidate onSubmit={submit} class="stack">
      <TextField label={words.say('page.name')} autocomplete="name" {...bound('name')} />
      {asksAddress && (
        <TextField label={words.say('page.address')} type="email" autocomplete="email" {...bound('email')} />
      )}
      <TextField
        label={words.say('page.password')}
        hint={words.say('page.password-hint')}
        type={isShown ? 'text' : 'password'}
        autocomplete="new-password"
        spellcheck={false}
        {...bound('password')}
      />
      <Check checked={isShown} onChange={setIsShown} label={words.say('page.show-password')} />
      <Check checked={typed.keep} onChange={(keep) => onTyped({ ...typed, keep })} label={words.say('page.keep')} />
      <Button kind="primary" type="submit" busy={answering.busy}>
        {words.say('landing.register')}
      </Button>
    </form>
  )
}
