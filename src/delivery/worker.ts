// Takes messages from the outbox to their carriers, several at once. One worker at a time has a message. Any number of
// workers may share an outbox, in one process or in several.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { inTransaction } from '../database/retry.js'
import type { Database } from '../database/statement.js'
import { claim } from './claims.js'
import { Handling, leaseSeconds } from './handling.js'
import type { Carrier, Medium, MessageKind, Outcome, OutboxRow } from './message.js'
import { recordOutcome, takeOverdue } from './outbox.js'
import { Turns } from './turns.js'

export interface DeliveryOptions {
  db: Knex
  logger: Logger
  /** One for each medium. The messages of a medium without a carrier stay queued until they are overdue. */
  carriers: Partial<Record<Medium, Carrier>>
  /** The messages of another kind stay queued until they are overdue: perhaps a newer version has queued them. */
  kinds: MessageKind[]
  /** How many messages of each medium are sent at once: a slow mail server does not hold up short messages. */
  concurrency?: number
  /** How often to look for messages that other processes have queued, or that are due again. */
  pollMs?: number
  /** How long a carrier may take. */
  sendLimitMs?: number
  /** How often the lease of a message is renewed while a carrier works. */
  renewEveryMs?: number
  /** Hears of each outcome that was written. */
  onOutcome?: (row: OutboxRow, outcome: Outcome) => void
}

export class DeliveryWorker {
  private readonly carriers: ReadonlyMap<Medium, Carrier>
  private readonly kinds: ReadonlyMap<string, MessageKind>
  private readonly turns = new Turns()
  private readonly handling: Handling
  private readonly onOutcome: (row: OutboxRow, outcome: Outcome) => void
  /** The messages on their way, by medium. */
  private readonly underWay = new Map<Medium, Set<Promise<void>>>()
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | undefined
  private again = false
  private stopped = true

  constructor(private readonly options: DeliveryOptions) {
    const { db, logger, carriers, kinds, sendLimitMs, renewEveryMs, onOutcome = () => {} } = options
    const given = Object.entries(carriers) as [Medium, Carrier | undefined][]
    this.carriers = new Map(given.flatMap(([medium, carrier]) => (carrier ? [[medium, carrier]] : [])))
    this.kinds = new Map(kinds.map((kind) => [kind.name, kind]))
    this.onOutcome = onOutcome
    this.handling = new Handling({
      db,
      logger,
      carriers: this.carriers,
      kinds: this.kinds,
      turns: this.turns,
      onOutcome,
      sendLimitMs,
      renewEveryMs
    })
  }

  /** Whether messages of this medium have a carrier. */
  readonly carries = (medium: Medium): boolean => this.carriers.has(medium)

  start(): void {
    this.stopped = false
    this.wake()
  }

  /** A message may be due: looks now instead of at the next poll. */
  wake(): void {
    if (this.stopped || this.carriers.size === 0) return
    this.again = true
    this.running ??= this.fill().finally(() => {
      this.running = undefined
      if (this.stopped) return
      // It was woken between its last look and here.
      if (this.again) return this.wake()
      clearTimeout(this.timer)
      this.timer = setTimeout(() => this.wake(), this.options.pollMs ?? 5000)
      this.timer.unref()
    })
  }

  /**
   * Claims no more, and resolves when the messages on their way are settled, or after `withinMs`. Then it closes the
   * carriers. Another worker sends a message that is not settled by then, after its lease.
   */
  async stop(withinMs = 60_000): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    const late = new AbortController()
    const limit = sleep(withinMs, 'late', { signal: late.signal, ref: false }).catch(() => 'stopped')
    const ended = async () => {
      await this.running
      await Promise.all(this.onTheirWay())
      return 'ended'
    }
    if ((await Promise.race([ended(), limit])) === 'late') {
      this.options.logger.warn({ messages: this.onTheirWay().length }, 'messages on their way were left at the stop')
    }
    late.abort()
    // One carrier may serve several media.
    for (const carrier of new Set(this.carriers.values())) await carrier.close?.()
  }

  /** Settles the messages that have waited too long: those without a carrier, and those of a kind without an owner. */
  async dropOverdue(): Promise<void> {
    const outcome = { status: 'failed', reason: 'overdue' } as const
    const dropOne = async (trx: Database): Promise<OutboxRow | undefined> => {
      const row = await takeOverdue(trx)
      if (!row) return undefined
      await recordOutcome(trx, row, outcome, 0)
      await this.kinds.get(row.kind)?.settle(trx, row, outcome)
      return row
    }
    for (;;) {
      const row = await inTransaction(this.options.db, dropOne)
      if (row === undefined) return
      this.onOutcome(row, outcome)
    }
  }

  private onTheirWay(): Promise<void>[] {
    return [...this.underWay.values()].flatMap((messages) => [...messages])
  }

  /** Claims messages for all free places, until none is due. */
  private async fill(): Promise<void> {
    clearTimeout(this.timer)
    try {
      while (this.again && !this.stopped) {
        this.again = false
        for (const medium of this.carriers.keys()) await this.fillMedium(medium)
      }
    } catch (error) {
      // The next poll looks again: the database may be away.
      this.again = false
      this.options.logger.error({ err: error }, 'delivery failed')
    }
  }

  private async fillMedium(medium: Medium): Promise<void> {
    const { db, concurrency = 10 } = this.options
    const underWay = this.underWay.get(medium) ?? new Set()
    this.underWay.set(medium, underWay)
    // Each message that ends wakes the worker.
    const most = concurrency - underWay.size
    if (most <= 0) return
    const claimedAt = performance.now()
    const kinds = [...this.kinds.keys()]
    const rows = await this.turns.run(() => claim(db, { medium, kinds, most, leaseSeconds }))
    for (const row of rows)
      this.track(
        underWay,
        this.handling.handle(row, claimedAt, () => this.stopped)
      )
  }

  private track(underWay: Set<Promise<void>>, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.options.logger.error({ err: error }, 'delivery failed'))
      .finally(() => {
        underWay.delete(tracked)
        // A place is free, and the next message to the same recipient may go.
        this.wake()
      })
    underWay.add(tracked)
  }
}
