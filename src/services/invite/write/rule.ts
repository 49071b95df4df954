// A rule of an invite: the type of the entries in rules.ts, and the error for a row that breaks one.
import { whenViolated } from '../../../database/errors.js'
import { invalid, isInvalid, refuse, type Fault, type FeathersError, type Reason } from '../../../errors.js'
import type { InviteChanges, InviteFixed, InviteRow } from '../invite.table.js'

export type WrittenKey = keyof InviteChanges | InviteFixed

/** The values that a row will have, as SQL. */
export interface Judged {
  of: (key: keyof InviteRow) => string
  clock: string
  inviter: string
  /** The inviter's standing at the target: 'may' invite to it, only 'sees' it, or null. */
  standing: string
  /** Whether the invitee has already what the invite gives; false without an invitee. */
  already: string
  /** At creation: the reason why no message can go to the address, or null. */
  addressFault: string
  /** At creation: whether the caller is a guest. */
  guest: string
}

export interface Rule {
  reason: Reason
  /** The keys of the rule. A statement that writes none of them need not judge it. `userId` is written at creation. */
  keys: readonly WrittenKey[]
  /** The key that a 400 names: without it, the first of `keys` that is written. */
  at?: WrittenKey
  /** SQL that is true when the rule is broken. */
  broken: (v: Judged) => string
  /** The constraint of migrations/ that enforces the same. */
  constraint?: string
}

/** The fault of a broken rule, if its error is a 400. */
export function faultOf({ reason, keys, at }: Rule, isWritten: (key: WrittenKey) => boolean): Fault | undefined {
  const path = at ?? keys.find(isWritten)
  return isInvalid(reason) && path !== undefined ? { reason, path } : undefined
}

/** The error of broken rules: one 400 with all faults; without a fault, the error of the first rule. */
export function errorOf(broken: readonly [Rule, ...Rule[]], isWritten: (key: WrittenKey) => boolean): FeathersError {
  const [first, ...others] = broken.flatMap((rule) => faultOf(rule, isWritten) ?? [])
  return first ? invalid(first, ...others) : refuse(broken[0].reason)
}

/**
 * Gives each constraint the error of its rules. The constraint catches a row that the rules have missed. It does not
 * say which of its rules is broken, so the error tells all of them.
 */
export function stateConstraints(list: readonly Rule[]): void {
  const backed = new Map<string, [Rule, ...Rule[]]>()
  for (const rule of list) {
    if (!rule.constraint) continue
    const others = backed.get(rule.constraint)
    backed.set(rule.constraint, others ? [...others, rule] : [rule])
  }
  whenViolated(
    Object.fromEntries([...backed].map(([constraint, broken]) => [constraint, () => errorOf(broken, () => true)]))
  )
}
