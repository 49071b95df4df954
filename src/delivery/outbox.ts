// The outbox: messages of any kind that wait for a carrier. This file and claims.ts know the columns of its table.
import { v7 as uuidv7 } from 'uuid'
import { run, runOne, type Database } from '../database/statement.js'
import { isAttempt, type Outcome, type OutboxEntry, type OutboxRow, type Setback } from './message.js'

const columns = ['id', 'kind', 'medium', 'recipient', 'subjectId', 'payload'] as const
const columnNames = columns.map((name) => `"${name}"`).join(', ')

/** A row as a worker has it. `claim` is null when the row is locked instead. */
export interface TakenRow extends OutboxRow {
  claim: string | null
}
/** The columns of a taken row. `of` is the alias of the table. */
export const takenColumns = (of: string) =>
  [...columns, 'attempts', 'claim'].map((name) => `${of}."${name}"`).join(', ')

/** SQL that adds to the outbox. The values are SQL expressions, over a `from` clause that the caller may write after it. */
export const enqueueText = (values: Record<(typeof columns)[number], string>) =>
  `insert into outbox (${columnNames}) select ${columns.map((name) => values[name]).join(', ')}`

const enqueueOneText = enqueueText({
  id: '$1::uuid',
  kind: '$2::text',
  medium: '$3::text',
  recipient: '$4::text',
  subjectId: '$5::uuid',
  payload: '$6::json'
})

/** Adds one message. Call it in the transaction that decides on the message, and wake the worker after the commit. */
export async function enqueue(db: Database, entry: OutboxEntry): Promise<void> {
  const { kind, medium, recipient, subjectId, payload } = entry
  await run(db, enqueueOneText, [uuidv7(), kind, medium, recipient, subjectId, JSON.stringify(payload)])
}

/** A message is not sent any more this long after it was queued. */
export const longest = `interval '7 days'`

/** The worker with the claim writes the outcome, once. */
const outcomeText = `
  update outbox set status = $3, claim = null, attempts = attempts + $4,
    "nextAttemptAt" = clock_timestamp() + make_interval(secs => $5)
  where id = $1 and claim is not distinct from $2::uuid and status = 'queued'
  returning id`

/**
 * Writes an outcome to the outbox. A message that stays queued is due again in `seconds`. False when the worker has lost
 * its claim, because its lease had run out: then nothing is written.
 */
export async function recordOutcome(db: Database, row: TakenRow, outcome: Outcome, seconds: number): Promise<boolean> {
  const { id, claim } = row
  const written = await runOne(db, outcomeText, [id, claim, outcome.status, isAttempt(outcome) ? 1 : 0, seconds])
  return written !== undefined
}

/** A complaint may follow a bounce. Nothing follows a complaint. */
const reportText = `
  update outbox set report = $2
  where id = $1 and status <> 'queued' and attempts > 0 and (report is null or (report = 'bounced' and $2 = 'complained'))
  returning ${columnNames}, attempts`

/** Writes a provider's report to the message that it is about. Undefined for an unknown message, and a second time. */
export const recordReport = (trx: Database, id: string, event: Setback) =>
  runOne<OutboxRow & object>(trx, reportText, [id, event])

/** Whether the outcome of a message is not written yet. */
export const isQueued = async (db: Database, id: string) =>
  (await runOne(db, `select 1 from outbox where id = $1 and status = 'queued'`, [id])) !== undefined

/** Takes a message that has waited too long, and that no worker is sending just now. Call it in a transaction. */
export const takeOverdue = (trx: Database) =>
  runOne<TakenRow & object>(
    trx,
    `select ${takenColumns('o')} from outbox o
     where status = 'queued' and "nextAttemptAt" <= clock_timestamp() and "createdAt" < clock_timestamp() - ${longest}
     limit 1 for update skip locked`
  )

/** Deletes a message that is of no more use, and that no quota counts. */
export async function dropMessage(trx: Database, id: string): Promise<void> {
  await run(trx, 'delete from outbox where id = $1', [id])
}

/** Deletes messages that were settled, 30 days after they were queued: the quota of a recipient counts those of a day. */
export const sweepOutbox = (db: Database) =>
  run(db, `delete from outbox where status <> 'queued' and "createdAt" < clock_timestamp() - interval '30 days'`)
