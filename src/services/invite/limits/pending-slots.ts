// Two rules for the pending invites of one inviter: no twins, which are alike in recipient, type and target, and only a
// few to the same recipient. Two unique indexes enforce them, so that no two calls at once get around them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../../database/statement.js'
import { retried } from '../../../database/retry.js'
import { unavailable } from '../../../errors.js'
import { violated } from '../../../database/errors.js'
import { markExpired } from './mark-expired.js'

const perRecipient = 3

/** How many pending invites one inviter may have to one recipient. `quota` is RATE_LIMIT_FACTOR. */
export const pendingLimit = (quota: number) => Math.max(1, Math.floor(perRecipient * quota))

/**
 * SQL for a free slot of (inviter, recipient), or null: the first one, or a later one where `earlier` rows of the same
 * statement take those before it. All arguments are SQL expressions. The slots of expired invites count as free. If
 * such an invite is not marked yet, the index reports a violation, and amongPending marks it.
 */
export const freeSlot = (user: string, recipient: string, earlier: string, limit: string) => `(
    select number
    from (
      select array_agg(p.slot) filter (where p.deadline > clock_timestamp()) as taken, count(*)::int as others
      from invites p
      where p."userId" = ${user} and p."recipientKey" = ${recipient} and p.status = 'pending' and p.recipient <> 'bearer'
    ) pending
    cross join lateral generate_series(1, least(${limit}::int, 1 + ${earlier}::int + pending.others)) as number
    where pending.taken is null or number <> all(pending.taken)
    order by number offset ${earlier}::int limit 1
  )`

/** The same for an invite that becomes pending again: without a free slot it gets 0, which violates a constraint. */
export const slotOrNone: typeof freeSlot = (...expressions) => `coalesce(${freeSlot(...expressions)}, 0)`

/** The most tries after a twin, and after a lost slot: many more calls may want the same slots. */
const twinTries = 4
const slotTries = 40
/** A random pause, longer for each try, so that calls that collided do not collide again. */
const pause = (attempt: number) => sleep(Math.random() * Math.min(50, 2 ** attempt))

/**
 * Runs a statement that makes invites pending. Its unique indexes can report a violation although both rules hold: they
 * count expired invites that are not marked yet, and two calls at once may take the same slot. So a violation makes
 * this mark expired invites, of one inviter or of all, and try again. It reports a twin only on the second try, with
 * nothing left to mark: on the first, another call may just have marked the old invite. The statement itself reports
 * that no slot is left.
 */
export async function amongPending<T>(
  db: Database,
  inviterId: string | undefined,
  work: (db: Database) => Promise<T>
): Promise<T> {
  // Inside a transaction a deadlock ends all of it, and the code that began it tries again.
  const again = <R>(statement: () => Promise<R>) => (db.isTransaction ? statement() : retried(statement))
  for (let attempt = 1; ; attempt++) {
    try {
      // Inside a transaction a violation would end it: a savepoint keeps the rest.
      return await again(() => (db.isTransaction ? db.transaction((savepoint) => work(savepoint)) : work(db)))
    } catch (error) {
      const index = violated(error)
      if (index !== 'invites_twin' && index !== 'invites_slot') throw error
      const marked = await again(() => markExpired(db, { inviterId, busy: 'wait' }))
      if (index === 'invites_twin') {
        if ((marked === 0 && attempt > 1) || attempt >= twinTries) throw error
      } else {
        if (attempt >= slotTries) throw unavailable()
        await pause(attempt)
      }
    }
  }
}
