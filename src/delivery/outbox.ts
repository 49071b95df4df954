// The outbox: messages of any kind that wait for a carrier. This file alone knows the columns of its table.
import { v7 as uuidv7 } from 'uuid'
import { run, runOne, type Database } from '../database/statement.js'
import { isAttempt, type Medium, type Outcome, type OutboxEntry, type OutboxRow } from './message.js'

const columns = ['id', 'kind', 'medium', 'recipient', 'subjectId', 'payload'] as const
const columnNames = columns.map((name) => `"${name}"`).join(', ')

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
const longest = `interval '7 days'`

/** Takes only rows that this process can send: others would be due again each minute, and delay the rest. */
const takeText = `
  update outbox set "nextAttemptAt" = clock_timestamp() + interval '1 minute'
  where status = 'queued' and id = (
    select id from outbox
    where status = 'queued' and "nextAttemptAt" <= clock_timestamp()
      and "createdAt" >= clock_timestamp() - ${longest}
      and medium = any($1::text[]) and kind = any($2::text[])
    order by "nextAttemptAt" limit 1 for update skip locked
  )
  returning ${columnNames}, attempts`

/**
 * Takes the next due message of these media and kinds for a minute, in which other workers leave it alone. If this
 * process dies in that minute, the message is due again at its end.
 */
export const takeDue = (db: Database, media: Medium[], kinds: string[]) =>
  runOne<OutboxRow & object>(db, takeText, [media, kinds])

/** Writes an outcome to the outbox. A message that stays queued is due again in `seconds`. */
export async function recordOutcome(db: Database, id: string, outcome: Outcome, seconds: number): Promise<void> {
  await run(
    db,
    `update outbox set status = $2, attempts = attempts + $3,
       "nextAttemptAt" = clock_timestamp() + make_interval(secs => $4) where id = $1`,
    [id, outcome.status, isAttempt(outcome) ? 1 : 0, seconds]
  )
}

/** Takes a message that has waited too long, and that no worker is sending just now. Call it in a transaction. */
export const takeOverdue = (trx: Database) =>
  runOne<OutboxRow & object>(
    trx,
    `select ${columnNames}, attempts from outbox
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
