// Writes `expired` into the rows of invites past their deadline. Readers never wait for this: they look at the
// deadline.
import { run, type Database } from '../../../database/statement.js'

interface Marking {
  /** The inviter whose invites to mark; undefined is all inviters. */
  inviterId?: string | undefined
  /** Rows that other calls have locked: skip them, or wait for them. */
  busy: 'skip' | 'wait'
}

/** The most that one call marks. */
const mostMarked = 1000

/** Marks open invites past their deadline as expired, at most `mostMarked`. Returns how many. */
export async function markExpired(db: Database, { inviterId, busy }: Marking): Promise<number> {
  const rows = await run<{ id: string }>(
    db,
    `with overdue as (
       select id from invites
       where status = 'pending' and deadline <= clock_timestamp() ${inviterId ? 'and "userId" = $2' : ''}
       order by id limit $1 for update ${busy === 'skip' ? 'skip locked' : ''}
     ), marked as (
       update invites set status = 'expired' where id in (select id from overdue) and status = 'pending' returning id
     ), history as (
       insert into invite_history ("inviteId", action) select id, 'expired' from marked
     )
     select id from marked`,
    inviterId ? [mostMarked, inviterId] : [mostMarked]
  )
  return rows.length
}

/** Marks all expired invites, except rows that another call has locked: the next sweep marks those. */
export async function sweepExpired(db: Database): Promise<void> {
  while ((await markExpired(db, { busy: 'skip' })) === mostMarked) continue
}
