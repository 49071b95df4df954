// Quotas on attempts: sign-ins, registrations, look-ups and passcodes. The quotas on invites and on messages are
// counted from the rows themselves: services/invite/limits/invite-quotas.ts.
import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import type { Config } from '../config.js'
import { tooManyRequests, type Reason } from '../errors.js'
import { run, type Database } from '../database/statement.js'

const minute = 60
const hour = 60 * minute

/** Points in a number of seconds, for one key. `fixed` ones are not scaled by RATE_LIMIT_FACTOR. */
const limits = {
  /**
   * Password logins from one IP, for one address and for all: 10 tries an address slow guessing and allow typing
   * errors.
   */
  loginsPerAddress: { reason: 'quota-logins', points: 10, seconds: 15 * minute },
  loginsPerIp: { reason: 'quota-logins', points: 100, seconds: 15 * minute },
  guestsPerIp: { reason: 'quota-guests', points: 30, seconds: hour },
  registrations: { reason: 'quota-registrations', points: 20, seconds: hour },
  inviteCodeLookups: { reason: 'quota-invite-codes', points: 30, seconds: 15 * minute },
  previewsPerIp: { reason: 'quota-previews', points: 300, seconds: hour },
  wrongPasscodes: { reason: 'quota-passcodes', points: 5, seconds: 15 * minute, fixed: true }
} as const satisfies Record<string, { reason: Reason; points: number; seconds: number; fixed?: boolean }>

export type Limit = keyof typeof limits

/**
 * Counts in Postgres, so that all processes share one count. The embedded database has one process, which counts in
 * memory.
 */
export class Quotas {
  private readonly limiters: Record<Limit, RateLimiterAbstract>

  constructor(config: Pick<Config, 'rateLimitFactor'>, db: Knex, embedded: boolean) {
    const entries = Object.entries(limits).map(([name, limit]) => {
      const factor = 'fixed' in limit ? 1 : config.rateLimitFactor
      const options = {
        keyPrefix: name,
        points: Math.max(1, Math.floor(limit.points * factor)),
        duration: limit.seconds
      }
      const limiter = embedded
        ? new RateLimiterMemory(options)
        : new RateLimiterPostgres({
            ...options,
            storeClient: db,
            storeType: 'knex',
            tableName: 'rate_limits',
            tableCreated: true,
            clearExpiredByTimeout: false
          })
      return [name, limiter]
    })
    this.limiters = Object.fromEntries(entries)
  }

  /** The hash of an address, as a key: the table of quotas holds no addresses. */
  keyOf(address: string): string {
    return createHash('sha256').update(address.toLowerCase()).digest('base64url')
  }

  /** Takes `points` of a key's quota, or throws a 429 that says when to try again. */
  async spend(limit: Limit, key: string | undefined, points = 1): Promise<void> {
    try {
      await this.limiters[limit].consume(key ?? 'unknown', points)
    } catch (error) {
      if (error instanceof RateLimiterRes) throw tooManyRequests(limits[limit].reason, error.msBeforeNext / 1000)
      throw error
    }
  }

  /** Throws the 429 if a key's quota is used up, and takes nothing. */
  async require(limit: Limit, key: string): Promise<void> {
    const state = await this.limiters[limit].get(key)
    if (state && state.consumedPoints >= limits[limit].points)
      throw tooManyRequests(limits[limit].reason, state.msBeforeNext / 1000)
  }
}

/** Deletes the counts of windows that are over. `expire` is in milliseconds. */
export const sweepQuotas = (db: Database) =>
  run(db, `delete from rate_limits where expire < extract(epoch from clock_timestamp()) * 1000`)
