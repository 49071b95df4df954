// Deletes old logins, and guests who do not come back.
import { run, type Database } from '../../database/statement.js'

const loginsKept = 100
const guestsPerSweep = 1000

/**
 * Deletes logins that are older than a year, and all but the newest hundred of each user. The newest login stays, because
 * users see it. Only users with a login in the last minutes can have got one too many.
 */
export async function sweepLogins(db: Database): Promise<void> {
  await run(
    db,
    `delete from user_logins where id in (
       select surplus.id from (
         select distinct "userId" from user_logins where "createdAt" > clock_timestamp() - interval '10 minutes'
       ) recent cross join lateral (
         select l.id from user_logins l where l."userId" = recent."userId"
         order by l."createdAt" desc, l.id desc offset ${loginsKept}
       ) surplus
     )`
  )
  await run(
    db,
    `delete from user_logins old where old."createdAt" < clock_timestamp() - interval '1 year' and exists (
       select 1 from user_logins newer where newer."userId" = old."userId"
         and (newer."createdAt", newer.id) > (old."createdAt", old.id)
     )`
  )
}

/**
 * Deletes guests who were made more than 90 days ago, have neither signed in nor accepted an invite since, and have got
 * no right. A guest has no password: after the end of the access token nobody can come back as one.
 */
export async function sweepGuests(db: Database): Promise<void> {
  await run(
    db,
    `delete from users where id in (
       select g.id from users g
       where g."isGuest" and g."createdAt" < clock_timestamp() - interval '90 days'
         and not exists (
           select 1 from user_logins l
           where l."userId" = g.id and l."createdAt" > clock_timestamp() - interval '90 days'
         )
         and not exists (select 1 from scopes s where s."userId" = g.id)
         and not exists (
           select 1 from invite_acceptances a
           where a."userId" = g.id and a."acceptedAt" > clock_timestamp() - interval '90 days'
         )
       order by g.id limit ${guestsPerSweep} for update skip locked
     )`
  )
}
