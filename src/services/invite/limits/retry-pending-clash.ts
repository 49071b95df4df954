// Runs statements that make invites pending, again where an index knew of an expired invite or another call was faster.
import { setTimeout as sleep } from 'node:timers/promises'
import { violated } from '../../../database/errors.js'
import { retried } from '../../../database/retry.js'
import type { Database } from '../../../database/statement.js'
import { unavailable } from '../../../errors.js'
import { markExpired } from './mark-expired.js'

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
export async function retryPendingClash<T>(
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
      const marked = () => again(() => markExpired(db, { inviterId, busy: 'wait' }))
      switch (violated(error)) {
        case 'invites_twin':
          if (((await marked()) === 0 && attempt > 1) || attempt >= twinTries) throw error
          break
        case 'invites_slot':
          await marked()
          if (attempt >= slotTries) throw unavailable()
          await pause(attempt)
          break
        default:
          throw error
      }
    }
  }
}
