// The facts of an invite, and who is signed in.
import type { ComponentChildren } from 'preact'
import { words } from '../kit/page.js'
import { Button } from '../kit/parts.js'
import { forget, type Session } from '../kit/session.js'
import { named } from './sentence.js'
import type { Pending } from './state.js'

export const Time = ({ at }: { at: string }) => <time dateTime={at}>{words.time(at)}</time>

export const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

/** For whom, and until when. */
export const Facts = ({ invite, children }: { invite: Pending['invite']; children?: ComponentChildren }) => {
  const until = invite.expiresAt ?? invite.endTime
  return (
    <dl class="facts">
      {invite.recipientHint && (
        <Fact name={words.say('landing.for')}>
          <bdi dir="ltr">{invite.recipientHint}</bdi>
        </Fact>
      )}
      {children}
      {until && (
        <Fact name={words.say('landing.until')}>
          <Time at={until} />
        </Fact>
      )}
    </dl>
  )
}

/** Says who is signed in on this browser. */
export const SignedIn = ({ session }: { session: Session }) => (
  <p>{words.say('landing.as', { name: named(session.user.name) })}</p>
)

/** Signs out, and reads the invite as nobody. */
export const Switch = ({ again, primary, busy }: { again: () => void; primary?: boolean; busy?: boolean }) => (
  <Button
    kind={primary ? 'primary' : ''}
    busy={busy ?? false}
    onClick={() => {
      forget()
      again()
    }}
  >
    {words.say('landing.switch')}
  </Button>
)
