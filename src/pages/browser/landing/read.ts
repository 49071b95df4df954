// How the page finds out in which state it is: by reading, which changes nothing.
import type { Preview } from '../../../services/invite/answer/preview.schema.js'
import type { Invite } from '../../../services/invite/invite.table.js'
import { call, Refusal, type Answer } from '../kit/api.js'
import { languages, locale } from '../kit/page.js'
import { forget, storedSession } from '../kit/session.js'
import { troubleOf } from '../kit/troubles.js'
import type { Link, Pending, State } from './state.js'

const secondsOf = (error: Refusal) => error.retryAfterSeconds ?? 60

/** The state that a refusal of the service tells; undefined for a refusal that tells none. */
export function stateOf(error: Refusal): State | undefined {
  const { status, reason, data } = error
  const { startTime, endTime } = data as { startTime?: string | null; endTime?: string | null }
  switch (reason) {
    case 'expired':
      return { at: 'expired', until: endTime ?? null }
    case 'not-open-yet':
      return { at: 'early', invite: undefined, from: startTime ?? '', opensAt: Date.parse(startTime ?? '') }
    case 'used':
    case 'no-longer-holds':
      return { at: 'used', session: storedSession() }
    case 'declined':
      return { at: 'gone' }
    case 'revoked':
    case 'not-pending':
      return { at: 'revoked' }
    default:
      return status === 404 ? { at: 'wrong' } : undefined
  }
}

/** The inviter chose a language for the invite: then the page goes on in it, unless its reader chose another one. */
function isLeavingFor(tag: string | null): boolean {
  const url = new URL(location.href)
  if (tag === null || tag === locale || languages[tag] === undefined || url.searchParams.has('lang')) return false
  url.searchParams.set('lang', tag)
  location.replace(url.href)
  return true
}

const early = (invite: Pending['invite'], now: string): State => {
  const from = invite.startTime ?? now
  return { at: 'early', invite, from, opensAt: Date.now() + Date.parse(from) - Date.parse(now) }
}

async function readByPasscode({ id }: Link, passcode: string): Promise<State> {
  const session = storedSession()
  const { body, headers }: Answer<Preview> = await call('POST', `invite/${id}/preview`, {
    body: { passcode },
    token: session?.token
  })
  if (isLeavingFor(headers.get('Content-Language'))) return { at: 'reading' }
  // The service did not know the token: its session has ended.
  if (session && body.you === null) forget()
  const { now, ...invite } = body
  return body.open ? { at: 'pending', invite, session: storedSession() } : early(invite, now)
}

/** The invite of a signed-in person, who needs no passcode. */
async function readByAccount({ id }: Link): Promise<State> {
  const session = storedSession()
  if (!session) return { at: 'incomplete', session }
  try {
    const { body, headers }: Answer<Invite> = await call('GET', `invite/${id}`, { token: session.token })
    const { status, startTime } = body
    if (status === 'expired') return { at: 'expired', until: body.endTime }
    if (status === 'accepted') return { at: 'used', session }
    if (status !== 'pending') return { at: status === 'declined' ? 'gone' : 'revoked' }
    const now = new Date(headers.get('Date') ?? Date.now()).toISOString()
    const invite: Pending['invite'] = {
      ...body,
      inviterName: body.user?.name ?? '',
      targetName: body.channelName,
      recipient: 'user',
      recipientHint: null,
      canDecline: true,
      open: !body.timed || startTime === null || startTime <= now,
      registration: false,
      you: body.userId === session.user.id ? 'inviter' : 'invitee'
    }
    return invite.open ? { at: 'pending', invite, session } : early(invite, now)
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 401 && error.status !== 404)) throw error
    if (error.status === 401) forget()
    return { at: 'incomplete', session: storedSession() }
  }
}

/** Reads the invite, and changes nothing. Throws Away. */
export async function read(link: Link): Promise<State> {
  const { id, passcode, outcome } = link
  if (id === '') return { at: 'wrong' }
  if (outcome) return outcome
  try {
    return await (passcode === undefined ? readByAccount(link) : readByPasscode(link, passcode))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.status === 429) return { at: 'limited', until: Date.now() + secondsOf(error) * 1000 }
    // A text that no passcode or id can be: 400.
    if (error.status === 400) return { at: 'wrong' }
    return stateOf(error) ?? { at: 'failed', trouble: troubleOf(error) }
  }
}
