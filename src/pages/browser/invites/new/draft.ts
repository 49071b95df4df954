// What a person has filled into the form of a new invite, and the body that follows from it.
import type { InviteType } from '../types.js'

export const inviteTypes: InviteType[] = ['friend', 'channel', 'location', 'instance', 'new-user']

/** How the invite reaches its recipient; a `link` has none. */
export type Reach = 'email' | 'sms' | 'member' | 'link'

/** What an invite leads to. */
export interface Target {
  id: string
  name: string
}

/** How long the invite is good: a number of days, until a moment, or within a window. */
export type Ends = '1' | '3' | '7' | '30' | 'date' | 'window'

export type Arrival = '' | 'spectate' | 'spawnPoint' | 'inviteCode'

export interface Draft {
  type: InviteType
  reach: Reach
  email: string
  phone: string
  code: string
  /** The member whose code it is, once found. */
  member: Target | undefined
  /** How many people can use the link. */
  people: string
  target: Target | undefined
  ends: Ends
  /** These three as `<input type="datetime-local">` has them: in the zone of the reader. */
  until: string
  from: string
  to: string
  /** The tag of a catalogue; empty is the language of the inviter's account. */
  language: string
  arrival: Arrival
  detail: string
  vanishes: boolean
  admin: boolean
}

export const emptyDraft = (reach: Reach): Draft => ({
  type: 'friend',
  reach,
  email: '',
  phone: '',
  code: '',
  member: undefined,
  people: '1',
  target: undefined,
  ends: '7',
  until: '',
  from: '',
  to: '',
  language: '',
  arrival: '',
  detail: '',
  vanishes: false,
  admin: false
})

export const mostUses = 1_000_000

/** A moment of the reader's clock as the service wants it: RFC 3339 in UTC. Undefined for no moment. */
export function toUtc(local: string): string | undefined {
  const date = new Date(local)
  return local === '' || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** The same the other way, to the minute. */
export function toLocal(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

const dayInMs = 24 * 3600 * 1000

/** A phone number without the signs that people write into one. */
export const barePhone = (text: string) => text.replace(/[\s().\-\u2010-\u2015]/g, '')

export const needsTarget = (type: InviteType) => type !== 'friend' && type !== 'new-user'

function recipientOf({ reach, email, phone, member, people }: Draft) {
  if (reach === 'member') return { inviteeId: member?.id }
  if (reach === 'link') return { maxUses: Number(people) }
  return { token: reach === 'email' ? email.trim() : barePhone(phone), identityProviderType: reach }
}

/** `now` is the time at which the days of a lifetime begin. */
export function endsOf({ ends, until, from, to }: Pick<Draft, 'ends' | 'until' | 'from' | 'to'>, now: number) {
  if (ends === 'date') return { expiresAt: toUtc(until) }
  if (ends !== 'window') return { expiresAt: new Date(now + Number(ends) * dayInMs).toISOString() }
  const opens = toUtc(from)
  return { timed: true, endTime: toUtc(to), ...(opens !== undefined && { startTime: opens }) }
}

function spawnOf({ arrival, detail }: Draft) {
  if (arrival === '') return {}
  return { spawnType: arrival, ...(detail.trim() !== '' && { spawnDetails: { [arrival]: detail.trim() } }) }
}

/** What the invites of a list have in common. */
export const sharedBody = ({ type, target, language }: Pick<Draft, 'type' | 'target' | 'language'>) => ({
  inviteType: type,
  ...(needsTarget(type) && { targetObjectId: target?.id }),
  ...(language !== '' && { locale: language })
})

/** The body of `POST /invite`. */
export const bodyOf = (draft: Draft, now: number) => ({
  ...sharedBody(draft),
  ...recipientOf(draft),
  ...endsOf(draft, now),
  ...spawnOf(draft),
  ...(draft.vanishes && { deleteOnUse: true }),
  ...(draft.admin && draft.reach !== 'link' && { makeAdmin: true })
})
