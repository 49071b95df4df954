// Claims: a worker takes due messages under an id of its own, for the time of a lease, and keeps the order of a recipient.
import { randomUUID } from 'node:crypto'
import { run, runOne, type Database } from '../database/statement.js'
import type { Medium } from './message.js'
import { longest, takenColumns, type TakenRow } from './outbox.js'

/** The time of the database. A planner can look for it in an index, unlike for `clock_timestamp()`. */
const now = 'statement_timestamp()'
/** "nextAttemptAt" is rounded to milliseconds, and a worker may be woken within the one in which a message was queued. */
const isDue = `o."nextAttemptAt" <= ${now} + interval '1 ms'`

/**
 * An earlier message of the recipient and kind comes first, as long as it is due. One that waits after an attempt has lost
 * its place: another inviter's message must not wait for a day behind it, or behind an invite that was revoked meanwhile.
 */
const earlier = `
  select true from outbox e
  where e.status = 'queued' and e.recipient = o.recipient and e.kind = o.kind
    and (e."createdAt", e.id) < (o."createdAt", o.id)
    and (e.claim is not null or e."nextAttemptAt" <= ${now})
  limit 1`

/** One message of a recipient and kind at a time is on its way. */
const onItsWay = `
  select true from outbox c
  where c.claim is not null and c.status = 'queued' and c.recipient = o.recipient and c.kind = o.kind
    and c.id <> o.id and c."nextAttemptAt" > ${now}
  limit 1`

/**
 * A claim need not wait until the disk has it: when the server crashes, a claim that is lost belongs to a message whose
 * outcome is not written either. An outcome is flushed, and everything before it.
 */
const withoutFlush = `unflushed as materialized (select set_config('synchronous_commit', 'off', true))`

/**
 * The scalar subqueries are no `not exists`: the planner would make a join of those, and read the whole queue for it. Only
 * rows that this process can send are claimed: others would be due again after each lease, and delay the rest.
 */
const claimText = `
  with ${withoutFlush}, due as materialized (
    select o.id from outbox o
    where o.status = 'queued' and ${isDue} and o."createdAt" >= ${now} - ${longest}
      and o.medium = $1 and o.kind = any($2::text[])
      and (${earlier}) is null and (${onItsWay}) is null
    order by o."nextAttemptAt" limit $3 for update of o skip locked
  )
  update outbox o set claim = $4::uuid, "nextAttemptAt" = clock_timestamp() + make_interval(secs => $5)
  from due, unflushed where o.id = due.id
  returning ${takenColumns('o')}`

/**
 * Claims at most `most` due messages of a medium, of these kinds. Other workers leave them alone for `leaseSeconds`. If this
 * process dies meanwhile, they are due again at the end of the lease.
 */
export const claim = (
  db: Database,
  { medium, kinds, most, leaseSeconds }: { medium: Medium; kinds: string[]; most: number; leaseSeconds: number }
) => run<TakenRow & object>(db, claimText, [medium, kinds, most, randomUUID(), leaseSeconds])

/** Renews the lease of a message whose carrier still works. False when another worker has taken it over. */
export const renew = async (db: Database, { id, claim: own }: TakenRow, seconds: number): Promise<boolean> =>
  (await runOne(
    db,
    `update outbox set "nextAttemptAt" = clock_timestamp() + make_interval(secs => $3)
     where id = $1 and claim = $2 and status = 'queued' returning id`,
    [id, own, seconds]
  )) !== undefined

/** Gives back a message that no carrier got: it is due at once. */
export const release = (db: Database, { id, claim: own }: TakenRow) =>
  run(
    db,
    `update outbox set claim = null, "nextAttemptAt" = clock_timestamp()
     where id = $1 and claim = $2 and status = 'queued'`,
    [id, own]
  )

/**
 * Puts off a message that could not be composed, without an attempt. It waits as long as it has waited so far, at least
 * a minute and at most four hours, and it is overdue in the end.
 */
export const postpone = (db: Database, { id, claim: own }: TakenRow) =>
  run(
    db,
    `update outbox set claim = null, "nextAttemptAt" = clock_timestamp()
       + least(interval '4 hours', greatest(interval '1 minute', clock_timestamp() - "createdAt"))
     where id = $1 and claim = $2 and status = 'queued'`,
    [id, own]
  )
