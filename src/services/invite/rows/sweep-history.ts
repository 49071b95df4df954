// Deletes old entries of the history, and all but the first and newest of an invite that has very many.
import { run, type Database } from '../../../database/statement.js'

/** The rows of an invite that stay: the first and the newest of those that can be repeated, half each. */
const kept = 1000
const invitesPerSweep = 1000
const rowsPerSweep = 10_000

/**
 * The actions that an invite can see again and again. An invite has few rows of the other actions; of 'accepted', one for
 * each use.
 */
const repeatable = `h.action in (
  'patched', 'previewed', 'delivered', 'resent', 'requested', 'deferred', 'rejected', 'gave-up', 'suppressed', 'bounced',
  'complained'
)`

const thinText = `
  with busy as materialized (
    select "inviteId" from invite_history where "createdAt" > clock_timestamp() - interval '10 minutes'
    group by "inviteId" order by count(*) desc limit ${invitesPerSweep}
  ), surplus as (
    select middle."inviteId", middle.id from busy cross join lateral (
      select h."inviteId", h.id, row_number() over (order by h.id) as number, count(*) over () as count
      from invite_history h where h."inviteId" = busy."inviteId" and ${repeatable}
    ) middle
    where middle.number > ${kept / 2} and middle.number <= middle.count - ${kept / 2}
  )
  delete from invite_history h using surplus where h."inviteId" = surplus."inviteId" and h.id = surplus.id`

const forgetText = `
  delete from invite_history where ("inviteId", id) in (
    select h."inviteId", h.id from invite_history h
    where h."createdAt" < clock_timestamp() - interval '1 year'
      and not exists (select 1 from invites i where i.id = h."inviteId" and i.status = 'pending')
    limit ${rowsPerSweep}
  )`

/**
 * Deletes from the middle of long histories, of the invites that most was done to in the last minutes; and what is older
 * than a year, of invites that are not pending.
 */
export async function sweepHistory(db: Database): Promise<void> {
  await run(db, thinText)
  await run(db, forgetText)
}
