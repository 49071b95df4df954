// The outbox: messages of any kind that wait for a carrier. This file alone knows the columns of its table.
import { v7 as uuidv7 } from 'uuid'
import { run, runOne, type Database } from '../database/statement.js'

/** How a message travels. A new medium is a word here and a carrier in app.ts. */
export type Medium = 'email' | 'sms'

/** The content of a message, composed by the owner of its kind. Not every medium shows a subject. */
export interface Content {
  subject: string
  text: string
}

export interface Message extends Content {
  /** The outbox row: the same message sent twice has the same id. */
  id: string
  medium: Medium
  /** An address of the medium: an e-mail address or a phone number. */
  recipient: string
}

export interface Carrier {
  /**
   * Resolves when the message is on its way. Rejects when it may be tried again. It must give up in well under a minute:
   * after that, another worker sends the message too.
   */
  send(message: Message): Promise<void>
}

/** A message before it is composed. */
export interface OutboxEntry {
  kind: string
  medium: Medium
  recipient: string
  /** The row that the message is about, in a table of the kind's owner. */
  subjectId: string
  /** Other data that the owner needs to compose the message, as JSON. */
  payload: unknown
}

export interface OutboxRow extends OutboxEntry {
  id: string
  /** Attempts that have ended. */
  attempts: number
}

/**
 * The result of a delivery. 'queued': the attempt failed, and there will be another. 'superseded': the message was not
 * sent. 'overdue': it waited too long, and will not be sent.
 */
export type Outcome = 'sent' | 'queued' | 'failed' | 'superseded' | 'overdue'

/** The owner of a kind gives this to the worker, which knows no service. */
export interface MessageKind {
  /** The `kind` of its rows. */
  name: string
  /**
   * The words of a message that is due; 'superseded' when it must not be sent any more; 'withheld' when the recipient
   * must not get it and the sender must not learn that: then its outcome is 'sent', and no carrier gets it.
   */
  compose(db: Database, row: OutboxRow): Promise<Content | 'superseded' | 'withheld'>
  /** Writes the outcome where the owner keeps it, in the transaction that writes it to the outbox. */
  settle(trx: Database, row: OutboxRow, outcome: Outcome): Promise<void>
}

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
  if (outcome === 'superseded' || outcome === 'overdue') {
    // No carrier got the message, so this is not an attempt.
    await run(db, `update outbox set status = $2 where id = $1`, [id, outcome === 'overdue' ? 'failed' : outcome])
    return
  }
  await run(
    db,
    `update outbox set status = $2, attempts = attempts + 1,
       "nextAttemptAt" = clock_timestamp() + make_interval(secs => $3) where id = $1`,
    [id, outcome, seconds]
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

/** Deletes messages that were settled, 30 days after they were queued: the quota of a recipient counts those of a day. */
export const sweepOutbox = (db: Database) =>
  run(db, `delete from outbox where status <> 'queued' and "createdAt" < clock_timestamp() - interval '30 days'`)
