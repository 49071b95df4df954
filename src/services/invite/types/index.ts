// The types of invites. A name in the schema without a file here, or a file without a name, does not compile.
import type { InviteType } from '../invite.table.js'
import { channel } from './channel.js'
import { friend } from './friend.js'
import { instance } from './instance.js'
import type { InviteTypeRules } from './invite-type.js'
import { location } from './location.js'
import { newUser } from './new-user.js'

export const inviteTypes: Record<InviteType, InviteTypeRules> = {
  friend,
  channel,
  location,
  instance,
  'new-user': newUser
}

/**
 * SQL for the standing of a user at the target of an invite of a given type: 'may' invite to it, only 'sees' it, or
 * null. All arguments are SQL expressions. `among` are the types that can occur: Postgres prepares each type that is
 * written, whether it occurs or not.
 */
export function standingSql(
  type: string,
  user: string,
  target: string,
  among: Iterable<InviteType> = Object.keys(inviteTypes) as InviteType[]
): string {
  const cases = [...among].map((name) => {
    const { standing } = inviteTypes[name]
    return `when '${name}' then ${standing ? standing(user, target) : `'may'`}`
  })
  return `(case ${type} ${cases.join(' ')} end)`
}

/**
 * SQL: whether a user has already what an invite of a given type gives. `inviter`, `target` and `user` are SQL
 * expressions; `among` as in standingSql.
 */
export function holdsSql(
  { type, inviter, target }: { type: string; inviter: string; target: string },
  user: string,
  among: Iterable<InviteType> = Object.keys(inviteTypes) as InviteType[]
): string {
  const cases = [...among].map((name) => `when '${name}' then ${inviteTypes[name].holds(user, inviter, target)}`)
  return `(case ${type} ${cases.join(' ')} end)`
}

/** SQL list of the types for which `test` holds. If it holds for none, the list has a word that is no type. */
const listOf = (test: (rules: InviteTypeRules) => boolean) =>
  Object.entries(inviteTypes)
    .filter(([, rules]) => test(rules))
    .map(([name]) => `'${name}'`)
    .join(', ') || `''`

/** SQL list of the types that have a target. */
export const targetedTypes = listOf(({ target }) => target !== null)
/** SQL list of the types whose target is a channel. */
export const channelTypes = listOf(({ target }) => target === 'channel')
/** SQL list of the types that are for people without an account. */
export const typesForNewcomers = listOf(({ invitee }) => invitee === 'without account')
