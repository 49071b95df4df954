// A rule of an invite: the shape of an entry in rules.ts, and the error that breaking it is.
import { whenViolated } from '../../../database/errors.js'
import { invalid, refuse, type FeathersError, type Reason } from '../../../errors.js'
import type { InviteChanges, InviteFixed, InviteRow } from '../invite.table.js'

export type WrittenKey = keyof InviteChanges | InviteFixed

/** The values that a row will have, as SQL. */
export interface Judged {
  of: (key: keyof InviteRow) => string
  clock: string
  inviter: string
  /** How the inviter stands to the target: 'may', 'sees' or null. */
  standing: string
  /** At creation: whether the caller is a guest, or an administrator. */
  guest: string
  admin: string
}

export interface Rule {
  reason: Reason
  /** The keys that it is about. A statement that writes none of them need not judge it. `userId` is written at creation. */
  keys: readonly WrittenKey[]
  /** Of a 400: the problem of the key, which is `at`, or the first of `keys` that is written. */
  words?: string
  at?: WrittenKey
  /** SQL that is true when the rule is broken. */
  broken: (v: Judged) => string
  /** The constraint of migrations/ that states the same. */
  constraint?: string
}

/** The problem that a broken rule is, where it is one of a key. */
export function problemOf(rule: Rule, isWritten: (key: WrittenKey) => boolean) {
  const path = rule.at ?? rule.keys.find(isWritten)
  return rule.words !== undefined && path !== undefined ? { path, message: rule.words } : undefined
}

/** The error of one broken rule. */
export function errorOf(rule: Rule, isWritten: (key: WrittenKey) => boolean): FeathersError {
  const problem = problemOf(rule, isWritten)
  return problem ? invalid(rule.reason, [problem]) : refuse(rule.reason)
}

/** Constraints are the backstop of the rules that they state. */
export const stateConstraints = (list: readonly Rule[]) =>
  whenViolated(
    Object.fromEntries(
      list.flatMap((rule) => (rule.constraint ? [[rule.constraint, () => errorOf(rule, () => true)]] : []))
    )
  )
