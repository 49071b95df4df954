// Counts attempts against the quotas of services.
import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import type { Config } from '../config.js'
import { tooManyRequests, type Limit, type ReasonOf } from '../errors.js'
import { run, type Database } from '../database/statement.js'

export const minute = 60
export const hour = 60 * minute
export const day = 24 * hour

/**
 * Points in a number of seconds, for one key. Each service declares its own. `name` is stored beside the key: no two
 * quotas may have one name.
 */
export interface Quota extends Limit {
  reason: ReasonOf<429>
  /** Not scaled by RATE_LIMIT_FACTOR. */
  fixed?: true
  /**
   * Counted in the memory of each process, without a statement. Only for limits on how much is stored or done, which may
   * be that many times as high where several processes run.
   */
  inMemory?: true
}

/** A number that RATE_LIMIT_FACTOR multiplies, of something that must be possible at least once. */
export const scaled = (points: number, rateLimitFactor: number) => Math.max(1, Math.floor(points * rateLimitFactor))

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

  /** Takes `points` of a key's quota, or throws a 429 that says when to try again. The key of a client is its network. */
  async spend(quota: Quota, key: string, points = 1): Promise<void> {
    const refused = await this.take(quota, key, points)
    if (refused) throw this.errorOf(quota, refused)
  }

  /**
   * Takes a point before `judge` runs, and gives it back unless `judge` finds the attempt wrong: so no more attempts are
   * judged at once than the quota has points left. Throws the 429 without judging when there are none.
   */
  async judged(quota: Quota, key: string, judge: () => Promise<boolean>): Promise<boolean> {
    const refused = await this.take(quota, key, 1)
    let isWrong = false
    try {
      if (refused) throw this.errorOf(quota, refused)
      isWrong = !(await judge())
      return !isWrong
    } finally {
      // A refused attempt was not judged, and one that failed was not wrong.
      if (!isWrong) await this.limiterOf(quota).reward(key)
    }
  }

  /** Counts what was done already. */
  async add(quota: Quota, key: string, points: number): Promise<void> {
    if (points > 0) await this.limiterOf(quota).penalty(key, points)
  }

  /** Throws the 429 if a key's quota is used up, and takes nothing. */
  async require(quota: Quota, key: string): Promise<void> {
    const limiter = this.limiterOf(quota)
    const state = await limiter.get(key)
    if (state && state.consumedPoints >= limiter.points) throw this.errorOf(quota, state)
  }

  /** Takes points. Where there are not enough, returns how things stand. */
  private async take(quota: Quota, key: string, points: number): Promise<RateLimiterRes | undefined> {
    try {
      await this.limiterOf(quota).consume(key, points)
      return undefined
    } catch (error) {
      if (error instanceof RateLimiterRes) return error
      throw error
    }
  }

  private errorOf(quota: Quota, { msBeforeNext }: RateLimiterRes) {
    const { reason, name, seconds } = quota
    return tooManyRequests(reason, { name, points: this.limiterOf(quota).points, seconds }, msBeforeNext / 1000)
  }

  private limiterOf(quota: Quota): RateLimiterAbstract {
    const known = this.limiters.get(quota)
    if (known) return known
    const options = {
      keyPrefix: quota.name,
      points: quota.fixed ? quota.points : scaled(quota.points, this.config.rateLimitFactor),
      duration: quota.seconds
    }
    const limiter =
      this.embedded || quota.inMemory
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
