// The pieces of the statement that patches: the values that a row will have, the rules that it must keep, and `SET`.
import { updatedAt } from '../../../database/clock.js'
import type { Values } from '../../../database/values.js'
import { invalid, type Fault } from '../../../errors.js'
import { invites, timeKeys, type InviteChanges, type InviteFixed, type InviteRow } from '../invite.table.js'
import { endOf } from '../limits/lifetime.js'
import { slotOrNone } from '../limits/pending-slots.js'
import { holdsSql, standingSql } from '../types/index.js'
import type { Check } from './change-matching.js'
import type { PatchBody } from './read-patch-body.js'
import { errorOf, type Rule } from './rule.js'
import { rulesFor } from './rules.js'

/** Placeholders of the values that were sent, by key. */
type SentValues = ReadonlyMap<string, string>

export const sentValues = ({ changes }: PatchBody, values: Values): SentValues =>
  new Map(
    Object.entries(changes).map(([key, value]) => {
      const name = key as keyof InviteChanges
      return [name, values.add(invites.parameter(name, value), invites.type(name))]
    })
  )

/** The value that a column of the row `of` will have: the sent value, else its own. */
const finalOf = (sent: SentValues, of: string) => (key: keyof InviteRow) => sent.get(key) ?? `${of}."${key}"`

function ruleCheck(rule: Rule, sent: SentValues): Check {
  const of = finalOf(sent, 'm')
  const broken = rule.broken({
    of,
    clock: 'clock',
    inviter: 'm."userId"',
    standing: standingSql(of('inviteType'), 'm."userId"', of('targetObjectId')),
    already: `${of('inviteeId')} is not null and ${holdsSql(
      { type: of('inviteType'), inviter: 'm."userId"', target: of('targetObjectId') },
      of('inviteeId')
    )}`,
    // Rules about the caller of a creation are not judged here.
    addressFault: 'null',
    guest: 'false'
  })
  // A client may send back a row that it has read: a value that stays breaks no rule.
  const moved = rule.keys
    .filter((key) => sent.has(key))
    .map((key) => `${sent.get(key)} is distinct from m."${key}"`)
    .join(' or ')
  return { broken: `(${moved}) and (${broken})`, error: () => errorOf([rule], (key) => sent.has(key)) }
}

/** A field that another call changes has a reason of its own, which names that call. */
const immutable: Partial<Record<InviteFixed, Fault['reason']>> = { status: 'immutable-status' }

const repeatedCheck = (key: InviteFixed, value: unknown, values: Values): Check => ({
  broken: `${invites.seenAs(key, 'm', 'clock')} is distinct from ${values.add(value, invites.type(key))}`,
  error: () => invalid({ reason: immutable[key] ?? 'immutable', path: key })
})

/** The checks that this body calls for, in the order of their errors. */
export const checksOf = ({ repeated }: PatchBody, sent: SentValues, values: Values): Check[] => [
  ...invites.fixed.filter((key) => key in repeated).map((key) => repeatedCheck(key, repeated[key], values)),
  ...rulesFor((key) => sent.has(key)).map((rule) => ruleCheck(rule, sent))
]

/** The end of an untimed invite: the sent time, else its own, else the default. */
function lifetimeOf(sent: SentValues): string {
  const of = finalOf(sent, 'i')
  return `case when ${of('timed')} then null else ${endOf(of('expiresAt'), 'v.clock')} end`
}

/** The end of an invite, timed or not. */
const deadlineOf = (sent: SentValues) =>
  `case when ${finalOf(sent, 'i')('timed')} then ${finalOf(sent, 'i')('endTime')} else ${lifetimeOf(sent)} end`

/** The number of expired invites before this one that become pending in the same call: each of them takes one slot. */
const revivedBefore = `(
  select count(*) from matched m where m.status = 'expired' and m."userId" = i."userId"
    and m."recipientKey" = i."recipientKey" and m.id < i.id
)`

export const movesTimes = (sent: SentValues) => timeKeys.some((key) => sent.has(key))

export interface Set {
  sent: SentValues
  /** Placeholder of the caller's id. */
  caller: string
  makesAdmin: boolean
  /** The reading of the clock. */
  clock: string
  /**
   * Makes the placeholder of the number of slots. Called only where slots are taken, because an unused value has no
   * type.
   */
  slots: () => string
}

/** `SET` of the sent keys, and of the columns that follow from them. */
export function setSql({ sent, caller, makesAdmin, clock, slots }: Set): string {
  const set = [...sent].filter(([key]) => key !== 'expiresAt').map(([key, value]) => `"${key}" = ${value}`)
  if (sent.has('makeAdmin')) set.push(`"makeAdminBy" = ${makesAdmin ? caller : 'null'}`)
  if (sent.has('timed') || sent.has('expiresAt')) set.push(`"expiresAt" = ${lifetimeOf(sent)}`)
  if (movesTimes(sent)) {
    const isOpen = `${deadlineOf(sent)} > v.clock`
    const slot = slotOrNone('i."userId"', 'i."recipientKey"', revivedBefore, slots())
    set.push(`status = case when ${isOpen} then 'pending' else i.status end`)
    set.push(`slot = case when i.status = 'expired' and ${isOpen} then ${slot} else i.slot end`)
  }
  set.push(updatedAt(clock, 'i'))
  return set.join(', ')
}
