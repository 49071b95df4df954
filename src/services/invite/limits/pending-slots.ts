// What is true among the pending invites of one inviter: no twins, and only a few to the same recipient. Two unique
// indexes state it, so that no two calls at once get around it.
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
 * statement take those before it. All arguments are SQL expressions. Overdue invites count as gone; when one of them
 * still sits in its slot, the index says so, and amongPending tidies.
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

/** The same for a row that comes back: without a free slot it gets 0, which the table refuses. */
export const slotOrNone: typeof freeSlot = (...expressions) => `coalesce(${freeSlot(...expressions)}, 0)`

/** A twin is looked for again this often; others who take the same slots may be many more. */
const twinTries = 4
const slotTries = 40
/** Longer for each try, and a while that differs, so that those who ran into each other do not do so again. */
const pause = (attempt: number) => sleep(Math.random() * Math.min(50, 2 ** attempt))

/**
 * Runs what makes invites pending. The unique indexes over pending invites count expired ones that nobody has marked
 * yet, and two calls at once may take the same slot: so a violation is answered by tidying, of one inviter or of all,
 * and another try. A twin that is there at the second try, with nothing left to tidy, is one: at the first, somebody
 * else may have tidied just before. That no slot is left is for the statement to say, not for the index.
 */
export async function amongPending<T>(
  db: Database,
  inviterId: string | undefined,
  work: (db: Database) => Promise<T>
): Promise<T> {
  // Inside a transaction a deadlock ends all of it, and who began it tries again.
  const again = <R>(statement: () => Promise<R>) => (db.isTransaction ? statement() : retried(statement))
  for (let attempt = 1; ; attempt++) {
    try {
      // Inside a transaction a violation would end it: a savepoint keeps the rest.
      return await again(() => (db.isTransaction ? db.transaction((savepoint) => work(savepoint)) : work(db)))
    } catch (error) {
      const index = violated(error)
      if (index !== 'invites_twin' && index !== 'invites_slot') throw error
      const tidied = await again(() => markExpired(db, { inviterId, busy: 'wait' }))
      if (index === 'invites_twin') {
        if ((tidied === 0 && attempt > 1) || attempt >= twinTries) throw error
      } else {
        if (attempt >= slotTries) throw unavailable()
        await pause(attempt)
      }
    }
  }
}
