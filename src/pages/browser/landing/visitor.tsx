// The part of the card for somebody who is not signed in: make an account and accept, or sign in first.
import { useState } from 'preact/hooks'
import { words } from '../kit/page.js'
import { Button, Notice } from '../kit/parts.js'
import { SignIn } from '../kit/sign-in.js'
import { Decline } from './decline.js'
import type { Parts } from './state.js'
import { Register, type Typed } from './register.js'
import { settings } from './settings.js'

export function Visitor(parts: Parts) {
  const { invite, turns, answering } = parts
  const [isNew, setIsNew] = useState(invite.registration)
  /** Why they must sign in. */
  const [reason, setReason] = useState(invite.registration ? '' : words.say('landing.sign-in.must'))
  const [typed, setTyped] = useState<Typed>({ name: '', email: '', password: '', keep: true })

  const toSignIn = (why: string) => {
    parts.say('')
    setReason(why)
    setIsNew(false)
  }
  return (
    <>
      {isNew ? (
        <Register {...parts} typed={typed} onTyped={setTyped} onSignIn={toSignIn} />
      ) : (
        <>
          {reason ? <Notice>{reason}</Notice> : <p>{words.say('landing.sign-in')}</p>}
          <SignIn email={typed.email} mails={settings.mails} onSession={turns.again} />
        </>
      )}
      <div class="others">
        {invite.registration && (
          <Button
            busy={answering.busy}
            onClick={() => {
              if (isNew) return toSignIn('')
              parts.say('')
              setIsNew(true)
            }}
          >
            {words.say(isNew ? 'landing.have' : 'landing.new')}
          </Button>
        )}
        {invite.canDecline && <Decline {...parts} />}
      </div>
    </>
  )
}
