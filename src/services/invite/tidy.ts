// Writes down what the clock has decided. Readers never wait for this: they look at the deadline.
import { run, type Database } from '../../database/statement.js'

/** Marks open invites past their deadline as expired, at most `limit`, of one inviter or of all. Returns how many. */
export async function markExpired(db: Database, { inviterId, limit = 1000 }: { inviterId?: string; limit?: number }) {
  const rows = await run<{ id: string }>(
    db,
    `with overdue as (
       select id from invites
       where status = 'pending' and deadline <= clock_timestamp() ${inviterId ? 'and "userId" = $2' : ''}
       order by id limit $1 for update skip locked
     ), marked as (
       update invites set status = 'expired' where id in (select id from overdue) and status = 'pending' returning id
     ), history as (
       insert into invite_history ("inviteId", action) select id, 'expired' from marked
     )
     select id from marked`,
    inviterId ? [limit, inviterId] : [limit]
  )
  return rows.length
}
