// Counts attempts against the quotas of services.
import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import type { Config } from '../config.js'
import { tooManyRequests, type Reason } from '../errors.js'
import { run, type Database } from '../database/statement.js'

export const minute = 60
export const hour = 60 * minute

/** Points in a number of seconds, for one key. Each service declares its own. */
export interface Quota {
  /** Stored beside the key: no two quotas may have one name. */
  name: string
  reason: Reason
  points: number
  seconds: number
  /** Not scaled by RATE_LIMIT_FACTOR. */
  fixed?: true
}

/**
 * The store of the limiters, as a pool of `pg` looks. They name their statements, and cannot repeat one whose name is
 * gone: `run` can.
 */
const storeOn = (db: Knex) => ({
  query: async ({ text, values }: { text: string; values?: unknown[] }) => {
    const rows = await run(db, text, values)
    return { rows, rowCount: rows.length }
  }
})

/**
 * Counts in Postgres, so that all processes share one count. The embedded database has one process, which counts in
 * memory.
 */
export class Quotas {
  private readonly limiters = new Map<Quota, RateLimiterAbstract>()

  constructor(
    private readonly config: Pick<Config, 'rateLimitFactor'>,
    private readonly db: Knex,
    private readonly embedded: boolean
  ) {}

  /** The hash of an address, as a key: the table of quotas holds no addresses. */
  keyOf(address: string): string {
    return createHash('sha256').update(address.toLowerCase()).digest('base64url')
  }

  /** Takes `points` of a key's quota, or throws a 429 that says when to try again. */
  async spend(quota: Quota, key: string | undefined, points = 1): Promise<void> {
    try {
      await this.limiterOf(quota).consume(key ?? 'unknown', points)
    } catch (error) {
      if (error instanceof RateLimiterRes) throw tooManyRequests(quota.reason, error.msBeforeNext / 1000)
      throw error
    }
  }

  /** Throws the 429 if a key's quota is used up, and takes nothing. */
  async require(quota: Quota, key: string): Promise<void> {
    const limiter = this.limiterOf(quota)
    const state = await limiter.get(key)
    if (state && state.consumedPoints >= limiter.points) throw tooManyRequests(quota.reason, state.msBeforeNext / 1000)
  }

  private limiterOf(quota: Quota): RateLimiterAbstract {
    const known = this.limiters.get(quota)
    if (known) return known
    const factor = quota.fixed ? 1 : this.config.rateLimitFactor
    const options = {
      keyPrefix: quota.name,
      points: Math.max(1, Math.floor(quota.points * factor)),
      duration: quota.seconds
    }
    const limiter = this.embedded
      ? new RateLimiterMemory(options)
      : new RateLimiterPostgres({
          ...options,
          storeClient: storeOn(this.db),
          storeType: 'pool',
          tableName: 'rate_limits',
          tableCreated: true,
          clearExpiredByTimeout: false
        })
    this.limiters.set(quota, limiter)
    return limiter
  }
}

/** Deletes the counts of windows that are over. `expire` is in milliseconds. */
export const sweepQuotas = (db: Database) =>
  run(db, `delete from rate_limits where expire < extract(epoch from clock_timestamp()) * 1000`)
