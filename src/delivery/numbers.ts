// The numbers of the delivery, for /metrics: what waits in the outbox, and what came of the messages of this process.
import type { Knex } from 'knex'
import { Counter, Gauge, type Registry } from 'prom-client'
import { runLists } from '../database/statement.js'
import type { Medium, MessageKind, Outcome, OutboxRow } from './message.js'

/** One aggregate over an index of the messages that wait. */
const queueText = `
  select medium, count(*),
    greatest(0, extract(epoch from statement_timestamp() - min("nextAttemptAt")))::float8
  from outbox where status = 'queued' and kind = any($1::text[]) group by medium`

/** Everybody who reaches the port can read /metrics: they must not be able to keep the database busy. */
const freshMs = 1000
const withinMs = 1000

/** A message of which an outcome was written. */
export type Counted = Pick<OutboxRow, 'kind' | 'medium'>

type Row = [medium: Medium, count: number, seconds: number]

/** Registers the metrics. The result hears of outcomes. */
export function deliveryNumbers(
  registry: Registry,
  db: Knex,
  kinds: MessageKind[]
): (row: Counted, outcome: Outcome) => void {
  const counted = kinds.filter(({ secretNumbers }) => !secretNumbers).map(({ name }) => name)
  let askedAt = -freshMs
  let asked: Promise<Row[]> = Promise.resolve([])
  /** No rows while the database is away: the other metrics are wanted most then. */
  const queue = () => {
    if (performance.now() - askedAt >= freshMs) {
      askedAt = performance.now()
      asked = runLists<Row>(db, queueText, [counted], { withinMs }).catch(() => [])
    }
    return asked
  }
  const gauge = (name: string, help: string, valueOf: (row: Row) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['medium'],
      registers: [registry],
      async collect() {
        const rows = await queue()
        this.reset()
        for (const row of rows) this.set({ medium: row[0] }, valueOf(row))
      }
    })
  gauge(
    'delivery_queue_messages',
    'How many messages wait for a carrier or are on their way, by medium.',
    (row) => row[1]
  )
  gauge(
    'delivery_queue_late_seconds',
    'For how long the message that waits the longest has been due, by medium; 0 while none is late.',
    (row) => row[2]
  )
  const outcomes = new Counter({
    name: 'delivery_outcomes_total',
    help: 'The results of deliveries in this process, by medium.',
    labelNames: ['medium', 'result'],
    registers: [registry]
  })
  return ({ kind, medium }, outcome) => {
    if (!counted.includes(kind)) return
    const result =
      outcome.status === 'failed' ? outcome.reason : outcome.status === 'queued' ? 'deferred' : outcome.status
    outcomes.inc({ medium, result })
  }
}
