// Limits on how many rows of a kind one user has: calls that add one count and insert in turn, so that no two add the
// last one both.
import type { Knex } from 'knex'
import { inTransaction } from '../database/retry.js'
import { runOne, type Database } from '../database/statement.js'
import { refuse, type ReasonOf } from '../errors.js'
import { scaled } from './quotas.js'
import { takeTurn } from './turns.js'

export interface RowLimit {
  reason: ReasonOf<409>
  most: number
  /** The rows that count, of the user $1: a constant of the source. */
  rows: string
}

/** Scales limits by RATE_LIMIT_FACTOR. */
export class RowLimits {
  constructor(private readonly rateLimitFactor: number) {}

  /** Runs `add` if the user has fewer rows than the limit; else throws the 409. `add` must add one row at most. */
  async below<T>(db: Database, { reason, most, rows }: RowLimit, userId: string, add: (trx: Database) => Promise<T>) {
    const limit = scaled(most, this.rateLimitFactor)
    const work = async (trx: Database) => {
      await takeTurn(trx, reason, userId)
      const full = await runOne(trx, `select 1 from (select 1 ${rows} limit $2) counted having count(*) >= $2`, [
        userId,
        limit
      ])
      if (full) throw refuse(reason)
      return add(trx)
    }
    return db.isTransaction ? work(db) : inTransaction(db as Knex, work)
  }
}
