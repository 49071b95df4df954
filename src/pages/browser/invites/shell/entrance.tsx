// The way in: the form to sign in, and where the service lets everybody make an account, the form for that.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Heading, Notice } from '../../kit/parts.js'
import type { Session } from '../../kit/session.js'
import { SignIn } from '../../kit/sign-in.js'
import { registration } from '../settings.js'
import { Register } from './register.js'

/** `hasEnded`: the reader was signed in, and the service does not take the token any more. */
export function Entrance({ hasEnded, onSession }: { hasEnded: boolean; onSession: (session: Session) => void }) {
  const [isNew, setNew] = useState(false)
  return (
    <main class="card">
      <Heading key={String(isNew)}>{words.say(isNew ? 'inviter.make-account' : 'inviter.title')}</Heading>
      {hasEnded && <Notice>{words.say('inviter.session-ended')}</Notice>}
      {isNew ? <Register onSession={onSession} /> : <SignIn onSession={onSession} />}
      {registration === 'open' && (
        <Button kind="plain" onClick={() => setNew(!isNew)}>
          {words.say(isNew ? 'inviter.have-account' : 'inviter.make-account')}
        </Button>
      )}
    </main>
  )
}
