// A rule of an invite: the type of the entries in rules.ts, and the error for a row that breaks one.
import { whenViolated } from '../../../database/errors.js'
import { invalid, refuse, type FeathersError, type Reason } from '../../../errors.js'
import type { InviteChanges, InviteFixed, InviteRow } from '../invite.table.js'

export type WrittenKey = keyof InviteChanges | InviteFixed

/** The values that a row will have, as SQL. */
export interface Judged {
  of: (key: keyof InviteRow) => string
  clock: string
  inviter: string
  /** The inviter's standing at the target: 'may' invite to it, only 'sees' it, or null. */
  standing: string
  /** At creation: whether the medium reaches the address. */
  reachable: string
  /** At creation: whether the caller is a guest, or an administrator. */
  guest: string
  admin: string
}

export interface Rule {
  reason: Reason
  /** The keys of the rule. A statement that writes none of them need not judge it. `userId` is written at creation. */
  keys: readonly WrittenKey[]
  /** The message of a 400. It is about the key `at`, or the first of `keys` that is written. */
  words?: string
  at?: WrittenKey
  /** SQL that is true when the rule is broken. */
  broken: (v: Judged) => string
  /** The constraint of migrations/ that enforces the same. */
  constraint?: string
}

/** The problem of a broken rule, if the rule is about a key. */
export function problemOf(rule: Rule, isWritten: (key: WrittenKey) => boolean) {
  const path = rule.at ?? rule.keys.find(isWritten)
  return rule.words !== undefined && path !== undefined ? { path, message: rule.words } : undefined
}

/** The error of one broken rule. */
export function errorOf(rule: Rule, isWritten: (key: WrittenKey) => boolean): FeathersError {
  const problem = problemOf(rule, isWritten)
  return problem ? invalid(rule.reason, [problem]) : refuse(rule.reason)
}

/** Gives each constraint the error of its rule. The constraint catches a row that the rule has missed. */
export const stateConstraints = (list: readonly Rule[]) =>
  whenViolated(
    Object.fromEntries(
      list.flatMap((rule) => (rule.constraint ? [[rule.constraint, () => errorOf(rule, () => true)]] : []))
    )
  )
