// The invite is accepted: what came of it, and the way on.
import { urlOf, words } from '../kit/page.js'
import { Heading } from '../kit/parts.js'
import { storedSession } from '../kit/session.js'
import { SignedIn } from './facts.js'
import type { Outcome } from './state.js'
import { outcome } from './sentence.js'
import { settings } from './settings.js'

type AcceptedOutcome = Extract<Outcome, { at: 'accepted' }>

/** The address where the accepter goes: the operator's template with the parts of the landing. */
const filled = (template: string, landing: AcceptedOutcome['landing']) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(landing[name as Exclude<keyof typeof landing, 'spawnDetails'>] ?? '')
  )

function Onward({ landing }: Pick<AcceptedOutcome, 'landing'>) {
  const { acceptUrl, inviterPage } = settings
  if (!acceptUrl && !inviterPage) return <p>{words.say('landing.close')}</p>
  return (
    <a class="button primary" href={acceptUrl ? filled(acceptUrl, landing) : urlOf('invites')}>
      {words.say(acceptUrl ? 'landing.continue' : 'landing.invites')}
    </a>
  )
}

export function Accepted({ shown, landing }: AcceptedOutcome) {
  const session = storedSession()
  return (
    <>
      <Heading>{outcome(shown)}</Heading>
      <p>{words.say('landing.told')}</p>
      {session && <SignedIn session={session} />}
      <Onward landing={landing} />
    </>
  )
}
