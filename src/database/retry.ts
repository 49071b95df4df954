// Runs work again after a serialization failure, a deadlock or a stale plan: Postgres has changed nothing then.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { unavailable } from '../errors.js'
import { isStale, sqlState } from './errors.js'
import type { Database } from './statement.js'

const repeatable = new Set(['40001', '40P01'])
const attempts = 4

const isRepeatable = (error: unknown) => repeatable.has(sqlState(error)) || isStale(error)

/** Runs `work` again after an error that passes, at most three times, after a random pause. */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isRepeatable(error) || attempt === attempts) throw error
      await sleep(Math.random() * 20 * 2 ** attempt)
    }
  }
}

/** A transaction that is retried as a whole: `work` must have no effect but on the database. */
export const inTransaction = <T>(db: Knex, work: (trx: Database) => Promise<T>): Promise<T> =>
  retried(() =>
    db.transaction((trx) => {
      // knex runs its callback even after BEGIN has failed: each statement would be a transaction of its own.
      if (trx.isCompleted()) throw unavailable()
      return work(trx)
    })
  )
