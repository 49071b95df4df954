// Revokes every invite that a filter matches, or none: change-matching.ts has the statement.
import type { Caller } from '../../../callers/caller.js'
import { updatedAt } from '../../../database/clock.js'
import { retried } from '../../../database/retry.js'
import { runLists, type Database } from '../../../database/statement.js'
import { Values } from '../../../database/values.js'
import type { Condition } from '../filter/condition.js'
import { revocable } from '../invite.policy.js'
import type { PopulatedInvite } from '../invite.table.js'
import { changeMatching, type Change } from './change-matching.js'

/**
 * Revokes the invites that `conditions` match among those that the caller may revoke. Returns the revoked rows in id
 * order, populated. Throws 400 when there are more than `cap`; then nothing is revoked. The worker drops the messages
 * that are still queued.
 */
export async function revokeInvites(
  db: Database,
  caller: Caller,
  conditions: Condition[],
  cap: number
): Promise<PopulatedInvite[]> {
  const values = new Values()
  const change: Change = {
    caller,
    conditions,
    allowed: revocable(caller, values),
    set: (clock) => `status = 'revoked', ${updatedAt(clock, 'i')}`,
    action: 'revoked',
    keys: [],
    checks: [],
    readsMatched: false,
    cap,
    values
  }
  return changeMatching(change, (text, list) => retried(() => runLists(db, text, list)))
}
