// One claimed message: composes it, hands it to its carrier, and writes the outcome. No connection is held while a carrier
// works: the embedded database has only one, and a mail server may be slow.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { inTransaction } from '../database/retry.js'
import { tellableAnswer } from './answer.js'
import { backOff, maxAttempts } from './back-off.js'
import { postpone, release, renew } from './claims.js'
import { Likeness } from './likeness.js'
import {
  NotSent,
  type Carrier,
  type Content,
  type Medium,
  type Message,
  type MessageKind,
  type Outcome,
  type OutboxRow,
  type Unsent
} from './message.js'
import { recordOutcome, type TakenRow } from './outbox.js'
import type { Turns } from './turns.js'
import { within } from './within.js'

/** A message is sent only this soon after its claim. The lease is renewed while a carrier works, and has time left then. */
export const leaseSeconds = 120
const beginWithinMs = 30_000
const renewEveryMs = 40_000
const settleWithinMs = 110_000
/** The longest work of a carrier. Some servers take minutes to look into a message. */
const sendLimitMs = 300_000

export interface HandlingOptions {
  db: Knex
  logger: Logger
  carriers: ReadonlyMap<Medium, Carrier>
  kinds: ReadonlyMap<string, MessageKind>
  turns: Turns
  /** Hears of each outcome that was written. */
  onOutcome: (row: OutboxRow, outcome: Outcome) => void
  /** How long a carrier may take. */
  sendLimitMs?: number | undefined
  /** How often the lease of a message is renewed while a carrier works. */
  renewEveryMs?: number | undefined
}

/** An outcome, and the seconds until the next attempt of a message that stays queued. */
type Result = [outcome: Outcome, seconds: number]

/** When the lease of a message began, or was renewed; on the clock of `performance.now`. */
interface Lease {
  since: number
}

export class Handling {
  private readonly sendLimitMs: number
  private readonly likenesses = new Map<Medium, Likeness>()

  constructor(private readonly options: HandlingOptions) {
    this.sendLimitMs = options.sendLimitMs ?? sendLimitMs
  }

  /**
   * Delivers a message that was claimed at `claimedAt`, on the clock of `performance.now`. Gives it back when `isStopping`
   * says so before its carrier has it. Rejects only when the database is away: then the lease runs out.
   */
  async handle(row: TakenRow, claimedAt: number, isStopping: () => boolean): Promise<void> {
    const { db, turns, carriers, kinds } = this.options
    const mayBegin = () => !isStopping() && performance.now() - claimedAt < beginWithinMs
    const [carrier, kind] = [carriers.get(row.medium), kinds.get(row.kind)]
    const content = carrier && kind && mayBegin() ? await this.compose(kind, row) : undefined
    if (content === 'not composed') return
    if (!carrier || !kind || content === undefined || (typeof content === 'object' && !mayBegin())) {
      return void (await turns.run(() => release(db, row)))
    }
    const lease = { since: claimedAt }
    await this.settle(kind, row, await this.resultOf(carrier, row, content, lease), lease)
  }

  private async resultOf(carrier: Carrier, row: TakenRow, content: Content | Unsent, lease: Lease): Promise<Result> {
    if (content === 'superseded') return [{ status: 'superseded' }, 0]
    if (content === 'suppressed') return [{ status: 'failed', reason: 'suppressed' }, 0]
    const likeness = this.likenesses.get(row.medium) ?? new Likeness()
    this.likenesses.set(row.medium, likeness)
    if (content === 'withheld') return this.attempt(likeness.carrier, row, { subject: '', text: '' }, lease)
    const begun = performance.now()
    const result = await this.attempt(carrier, row, content, lease, (error) => likeness.failed(error))
    if (result[0].status === 'sent') likeness.succeeded(performance.now() - begun)
    return result
  }

  private async compose(kind: MessageKind, row: TakenRow): Promise<Content | Unsent | 'not composed'> {
    const { db, logger, turns } = this.options
    try {
      return await turns.run(() => kind.compose(db, row))
    } catch (error) {
      logger.error({ err: error, outboxId: row.id }, 'a message was not composed')
      await turns.run(() => postpone(db, row))
      return 'not composed'
    }
  }

  private async attempt(
    carrier: Carrier,
    row: TakenRow,
    content: Content,
    lease: Lease,
    onFailure: (error: NotSent) => void = () => {}
  ): Promise<Result> {
    const { logger } = this.options
    const { id: outboxId, medium, recipient } = row
    const attempt = row.attempts + 1
    const message: Message = { id: outboxId, medium, recipient, ...content }
    const renewing = setInterval(() => void this.renew(row, lease), this.options.renewEveryMs ?? renewEveryMs)
    try {
      const answer = await within(carrier.send(message), this.sendLimitMs)
      logger.debug({ outboxId, attempt, answer: tellableAnswer(answer) }, 'a message was sent')
      return [{ status: 'sent' }, 0]
    } catch (error) {
      logger.warn({ err: error, outboxId, attempt }, 'a message was not sent')
      const known = error instanceof NotSent ? error : undefined
      onFailure(known ?? new NotSent(''))
      const answer = known?.answer ?? null
      if (known?.forGood) return [{ status: 'failed', reason: 'rejected', answer }, 0]
      if (attempt >= maxAttempts) return [{ status: 'failed', reason: 'gave-up', answer }, 0]
      return [{ status: 'queued', answer }, backOff(attempt, known?.retryAfterSeconds)]
    } finally {
      clearInterval(renewing)
    }
  }

  private async renew(row: TakenRow, lease: Lease): Promise<void> {
    const { db, logger, turns } = this.options
    const now = performance.now()
    try {
      if (await turns.run(() => renew(db, row, leaseSeconds))) lease.since = now
    } catch (error) {
      logger.warn({ err: error, outboxId: row.id }, 'a lease was not renewed')
    }
  }

  /**
   * Writes an outcome. A message that was handed over must not be sent again because the database was away for some
   * seconds, so this tries as long as the lease lasts. At its end the outcome is written without the kind's part: a fault
   * in there must not send a message over and over.
   */
  private async settle(kind: MessageKind, row: TakenRow, [outcome, seconds]: Result, lease: Lease): Promise<void> {
    const { db, logger, turns, onOutcome } = this.options
    const write = (isLast: boolean) =>
      inTransaction(db, async (trx) => {
        const isOurs = await recordOutcome(trx, row, outcome, seconds)
        if (isOurs && !isLast) await kind.settle(trx, row, outcome)
        return isOurs
      })
    for (let pause = 250; ; pause = Math.min(5000, pause * 2)) {
      const isLast = performance.now() - lease.since + pause > settleWithinMs
      try {
        const isOurs = await turns.run(() => write(isLast))
        if (isOurs) onOutcome(row, outcome)
        else
          logger.warn({ outboxId: row.id, status: outcome.status }, 'another worker has the message: the lease ran out')
        return
      } catch (error) {
        logger.error({ err: error, outboxId: row.id, status: outcome.status }, 'an outcome was not written')
        if (isLast) throw error
        await sleep(pause)
      }
    }
  }
}
