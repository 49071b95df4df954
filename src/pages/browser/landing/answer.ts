// What a person does with the invite: accept, decline, ask for a new one.
import type { Landing } from '../../../services/invite/types/landing.js'
import type { Invite } from '../../../services/invite/invite.table.js'
import { Away, call, newKey, Refusal } from '../kit/api.js'
import { remember, signIn, type Session } from '../kit/session.js'
import type { Link, Shown } from './state.js'

export interface NewAccount {
  name: string
  password: string
  /** Not for an invite to an e-mail address: the account gets that one. */
  email?: string
}

interface Accepted {
  invite: Invite
  landing: Landing
  /** Of a new account; null where the answer is the first one again. */
  accessToken?: string | null
}

/** The key of the last acceptance. The same call has the same key, so a repetition of it does nothing. */
let last: { call: string; key: string } | undefined

function keyFor(text: string): string {
  if (last?.call !== text) last = { call: text, key: newKey() }
  return last.key
}

async function post(link: Link, body: object, session?: Session): Promise<Accepted> {
  const key = keyFor(JSON.stringify([link.id, session?.user.id, body]))
  try {
    return (await call<Accepted>('POST', `invite/${link.id}/accept`, { body, key, token: session?.token })).body
  } catch (error) {
    // The same call is on its way still: its answer comes a moment later.
    throw error instanceof Refusal && error.reason === 'call-running' ? new Away(1) : error
  }
}

const passcodeOf = ({ passcode }: Link) => (passcode === undefined ? {} : { passcode })

interface Answered {
  landing: Landing
  /** The invite, as far as the answer shows it. */
  shown: Shown
}

const answered = ({ invite, landing }: Accepted): Answered => ({
  landing,
  shown: { ...invite, inviterName: invite.user?.name ?? '', targetName: invite.channelName }
})

/** Safe to repeat. */
export const accept = async (link: Link, session: Session): Promise<Answered> =>
  answered(await post(link, passcodeOf(link), session))

/** The id of the user of an access token. */
const userIdOf = (token: string): string =>
  (JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as { sub: string }).sub

/** Makes the account, accepts, and remembers the session. Safe to repeat. */
export async function register(link: Link, account: NewAccount, keep: boolean): Promise<Answered> {
  const accepted = await post(link, { ...passcodeOf(link), register: account })
  const { accessToken } = accepted
  const { name, email = accepted.invite.token, password } = account
  if (accessToken) remember({ token: accessToken, user: { id: userIdOf(accessToken), name } }, keep)
  // The answer with the token was lost on its way.
  else await signIn(email ?? '', password, keep).catch(() => {})
  return answered(accepted)
}

/** Safe to repeat: an invite that is declined already answers with that. */
export async function decline(link: Link, session: Session | undefined): Promise<void> {
  try {
    await call('POST', `invite/${link.id}/decline`, { body: passcodeOf(link), token: session?.token })
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason !== 'declined') throw error
  }
}

/** Tells the inviter of an expired invite that a new one is wished for. 429 when they were asked today. */
export const ask = (link: Link) => call('POST', `invite/${link.id}/request`, { body: passcodeOf(link) })
