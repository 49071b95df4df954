// Tidies, once a minute: nothing waits for it, and several processes may do it at once.
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { run } from './database/statement.js'
import { markExpired, mostMarked } from './services/invite/limits/mark-expired.js'

const everyMs = 60_000

export class Sweeper {
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | undefined

  constructor(
    private readonly db: Knex,
    private readonly logger: Logger
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sweep()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'sweeping failed'))
        .finally(() => {
          this.running = undefined
        })
    }, everyMs)
    this.timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.running
  }

  /** Writes down what has expired; forgets old answers, spent quotas and finished messages. */
  async sweep(): Promise<void> {
    while ((await markExpired(this.db, { busy: 'skip' })) === mostMarked) continue
    await run(this.db, `delete from idempotency_keys where "createdAt" < clock_timestamp() - interval '24 hours'`)
    await run(this.db, `delete from rate_limits where expire < extract(epoch from clock_timestamp()) * 1000`)
    await run(
      this.db,
      `delete from outbox where status <> 'queued' and "createdAt" < clock_timestamp() - interval '30 days'`
    )
  }
}
