// Takes messages from the outbox to their carriers. One worker at a time has a message, tries it again when the carrier
// fails, and drops it when the owner of its kind says that it is superseded. The worker holds no connection while a
// carrier works: the embedded database has only one, and a mail server may be slow.
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { inTransaction } from '../database/retry.js'
import type { Database } from '../database/statement.js'
import {
  NotSent,
  type Carrier,
  type Medium,
  type Message,
  type MessageKind,
  type Outcome,
  type OutboxRow
} from './message.js'
import { recordOutcome, takeDue, takeOverdue } from './outbox.js'

const maxAttempts = 8
/** Seconds until the next attempt: 10, 20, 40, … at most an hour. */
const backoff = (attempts: number) => Math.min(3600, 5 * 2 ** attempts)

export interface DeliveryOptions {
  db: Knex
  logger: Logger
  /** One for each medium. The messages of a medium without a carrier stay queued until they are overdue. */
  carriers: Partial<Record<Medium, Carrier>>
  /** The messages of any other kind stay queued until they are overdue: perhaps a newer version of the service has queued them. */
  kinds: MessageKind[]
  /** How often to look for messages that other processes have queued, or that are due again. */
  pollMs?: number
}

export class DeliveryWorker {
  private readonly db: Knex
  private readonly logger: Logger
  private readonly carriers: Map<Medium, Carrier>
  private readonly kinds: Map<string, MessageKind>
  private readonly pollMs: number
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | undefined
  private again = false
  private stopped = true

  constructor({ db, logger, carriers, kinds, pollMs = 5000 }: DeliveryOptions) {
    this.db = db
    this.logger = logger
    const given = Object.entries(carriers) as [Medium, Carrier | undefined][]
    this.carriers = new Map(given.flatMap(([medium, carrier]) => (carrier ? [[medium, carrier]] : [])))
    this.kinds = new Map(kinds.map((kind) => [kind.name, kind]))
    this.pollMs = pollMs
  }

  /** Whether messages of this medium have a carrier. */
  readonly carries = (medium: Medium): boolean => this.carriers.has(medium)

  start(): void {
    this.stopped = false
    this.wake()
  }

  /** This process has queued a message: looks now instead of at the next poll. */
  wake(): void {
    if (this.stopped || this.carriers.size === 0) return
    this.again = true
    this.running ??= this.drain().finally(() => {
      this.running = undefined
      if (this.stopped) return
      this.timer = setTimeout(() => this.wake(), this.pollMs)
      this.timer.unref()
    })
  }

  /** Resolves when the message that is being sent is settled. */
  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await this.running
  }

  /** Settles the messages that have waited too long: those without a carrier, and those of a kind without an owner. */
  async dropOverdue(): Promise<void> {
    const dropOne = async (trx: Database): Promise<boolean> => {
      const row = await takeOverdue(trx)
      if (!row) return false
      const outcome = { status: 'failed', reason: 'overdue' } as const
      await recordOutcome(trx, row.id, outcome, 0)
      await this.kinds.get(row.kind)?.settle(trx, row, outcome)
      return true
    }
    while (await inTransaction(this.db, dropOne)) continue
  }

  private async drain(): Promise<void> {
    clearTimeout(this.timer)
    while (this.again && !this.stopped) {
      this.again = false
      try {
        while (!this.stopped && (await this.deliverOne())) continue
      } catch (error) {
        this.logger.error({ err: error }, 'delivery failed')
        return
      }
    }
  }

  /** Sends the next due message. False when there is none. */
  private async deliverOne(): Promise<boolean> {
    const row = await takeDue(this.db, [...this.carriers.keys()], [...this.kinds.keys()])
    const carrier = row && this.carriers.get(row.medium)
    const kind = row && this.kinds.get(row.kind)
    if (!row || !carrier || !kind) return false
    const { id, attempts } = row
    const outcome = await this.deliver(carrier, kind, row)
    await inTransaction(this.db, async (trx) => {
      await recordOutcome(trx, id, outcome, backoff(attempts + 1))
      await kind.settle(trx, row, outcome)
    })
    return true
  }

  private async deliver(carrier: Carrier, kind: MessageKind, row: OutboxRow): Promise<Outcome> {
    const { id, medium, recipient, attempts } = row
    const content = await kind.compose(this.db, row)
    if (content === 'superseded') return { status: 'superseded' }
    if (content === 'suppressed') return { status: 'failed', reason: 'suppressed' }
    return content === 'withheld'
      ? { status: 'sent' }
      : this.attempt(carrier, { id, medium, recipient, ...content }, attempts)
  }

  private async attempt(carrier: Carrier, message: Message, attemptsBefore: number): Promise<Outcome> {
    const attempt = attemptsBefore + 1
    try {
      await carrier.send(message)
      return { status: 'sent' }
    } catch (error) {
      this.logger.warn({ err: error, outboxId: message.id, attempt }, 'a message was not sent')
      const answer = error instanceof NotSent ? error.answer : null
      if (error instanceof NotSent && error.forGood) return { status: 'failed', reason: 'rejected', answer }
      if (attempt >= maxAttempts) return { status: 'failed', reason: 'gave-up', answer }
      return { status: 'queued', answer }
    }
  }
}
