// One claimed message: composes it, hands it to its carrier, and writes the outcome. No connection is held while a carrier
// works: the embedded database has only one, and a mail server may be slow.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { inTransaction } from '../database/retry.js'
import { tellableAnswer } from './answer.js'
import { backOff, maxAttempts } from './back-off.js'
import { postpone, release } from './claims.js'
import {
  NotSent,
  type Carrier,
  type Content,
  type Medium,
  type Message,
  type MessageKind,
  type Outcome,
  type Unsent
} from './message.js'
import { recordOutcome, type TakenRow } from './outbox.js'
import type { Turns } from './turns.js'

/** A message is sent only this soon after its claim, a send has its limit, and the rest of the lease is for the outcome. */
export const leaseSeconds = 120
const beginWithinMs = 30_000
const sendLimitMs = 45_000
const settleWithinMs = 110_000

export interface HandlingOptions {
  db: Knex
  logger: Logger
  carriers: ReadonlyMap<Medium, Carrier>
  kinds: ReadonlyMap<string, MessageKind>
  turns: Turns
  /** Hears of each outcome that was written. */
  onOutcome: (medium: Medium, outcome: Outcome) => void
  /** How long a carrier may take. */
  sendLimitMs?: number | undefined
}

/** An outcome, and the seconds until the next attempt of a message that stays queued. */
type Result = [outcome: Outcome, seconds: number]

/** Rejects when a carrier takes too long: its lease must not run out while it may still hand the message over. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const clock = new AbortController()
  const late = sleep(ms, undefined, { signal: clock.signal }).then(() => {
    throw new NotSent(`no answer within ${Math.round(ms / 1000)} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    clock.abort()
  }
}

export class Handling {
  private readonly sendLimitMs: number

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
    const result = typeof content === 'object' ? await this.attempt(carrier, row, content) : unsent(content)
    await this.settle(kind, row, result, claimedAt)
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

  private async attempt(carrier: Carrier, row: TakenRow, content: Content): Promise<Result> {
    const { logger } = this.options
    const { id: outboxId, medium, recipient } = row
    const attempt = row.attempts + 1
    const message: Message = { id: outboxId, medium, recipient, ...content }
    try {
      const answer = await within(carrier.send(message), this.sendLimitMs)
      logger.debug({ outboxId, attempt, answer: tellableAnswer(answer) }, 'a message was sent')
      return [{ status: 'sent' }, 0]
    } catch (error) {
      logger.warn({ err: error, outboxId, attempt }, 'a message was not sent')
      const known = error instanceof NotSent ? error : undefined
      const answer = tellableAnswer(known?.answer)
      if (known?.forGood) return [{ status: 'failed', reason: 'rejected', answer }, 0]
      if (attempt >= maxAttempts) return [{ status: 'failed', reason: 'gave-up', answer }, 0]
      return [{ status: 'queued', answer }, backOff(attempt, known?.retryAfterSeconds)]
    }
  }

  /**
   * Writes an outcome. A message that was handed over must not be sent again because the database was away for some
   * seconds, so this tries as long as the lease lasts. At its end the outcome is written without the kind's part: a fault
   * in there must not send a message over and over.
   */
  private async settle(kind: MessageKind, row: TakenRow, [outcome, seconds]: Result, claimedAt: number): Promise<void> {
    const { db, logger, turns, onOutcome } = this.options
    const write = (isLast: boolean) =>
      inTransaction(db, async (trx) => {
        const isOurs = await recordOutcome(trx, row, outcome, seconds)
        if (isOurs && !isLast) await kind.settle(trx, row, outcome)
        return isOurs
      })
    for (let pause = 250; ; pause = Math.min(5000, pause * 2)) {
      const isLast = performance.now() - claimedAt + pause > settleWithinMs
      try {
        const isOurs = await turns.run(() => write(isLast))
        if (isOurs) onOutcome(row.medium, outcome)
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

/** The outcome of a message that no carrier gets. */
function unsent(why: Unsent): Result {
  if (why === 'superseded') return [{ status: 'superseded' }, 0]
  return why === 'suppressed' ? [{ status: 'failed', reason: 'suppressed' }, 0] : [{ status: 'sent' }, 0]
}
