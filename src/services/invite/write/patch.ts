// Patches every invite that a filter matches, or none: change-matching.ts has the statement.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { runLists, type Database } from '../../../database/statement.js'
import { Values } from '../../../database/values.js'
import type { Condition } from '../filter/condition.js'
import { patchable } from '../invite.policy.js'
import type { PopulatedInvite } from '../invite.table.js'
import { retryPendingClash } from '../limits/retry-pending-clash.js'
import { pendingLimit } from '../limits/pending-slots.js'
import { changeMatching, type Change } from './change-matching.js'
import { checksOf, movesTimes, sentValues, setSql } from './patch-sql.js'
import type { PatchBody } from './read-patch-body.js'

interface Limits {
  /** The most rows that one call changes. */
  cap: number
  /** RATE_LIMIT_FACTOR. */
  rateLimitFactor: number
}

/**
 * Patches the invites that `conditions` match among those that the caller may patch. Returns the changed rows in id
 * order, populated. Throws 400/403/404/409 when any matched row breaks a rule, or when there are more than `cap`; then
 * nothing is changed.
 */
export async function patchInvites(
  db: Database,
  caller: Caller,
  { conditions, body }: { conditions: Condition[]; body: PatchBody },
  { cap, rateLimitFactor }: Limits
): Promise<PopulatedInvite[]> {
  const values = new Values()
  const sent = sentValues(body, values)
  const makesAdmin = body.changes.makeAdmin === true
  const slots = () => values.add(pendingLimit(rateLimitFactor), 'int')
  const change: Change = {
    caller,
    conditions,
    allowed: patchable(caller, values),
    set: (clock, callerId) => setSql({ sent, caller: callerId, makesAdmin, clock, slots }),
    action: 'patched',
    keys: Object.keys(body.changes),
    checks: checksOf(body, sent, values),
    readsMatched: movesTimes(sent),
    cap,
    values
  }
  // An administrator's patch may collide with expired invites of any inviter.
  const inviterId = isAdmin(caller) ? undefined : caller.id
  return changeMatching(change, (text, list) =>
    retryPendingClash(db, inviterId, (inner) => runLists(inner, text, list))
  )
}
