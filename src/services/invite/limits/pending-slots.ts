// Two rules for the pending invites of one inviter: no twins, which are alike in recipient, type and target, and only a
// few to the same recipient. Two unique indexes enforce them, so that no two calls at once get around them.

import { runOne, type Database } from '../../../database/statement.js'
import type { InviteType } from '../invite.table.js'

const perRecipient = 3

/** How many pending invites one inviter may have to one recipient. */
export const pendingLimit = (rateLimitFactor: number) => Math.max(1, Math.floor(perRecipient * rateLimitFactor))

/**
 * SQL for a free slot of (inviter, recipient), or null: the first one, or a later one where `earlier` rows of the same
 * statement take those before it. All arguments are SQL expressions. The slots of expired invites count as free. If
 * such an invite is not marked yet, the index reports a violation, and retryPendingClash marks it.
 */
export const freeSlot = (user: string, recipient: string, earlier: string, limit: string) => `(
    select number
    from (
      select array_agg(p.slot) filter (where p.deadline > clock_timestamp()) as taken, count(*)::int as others
      from invites p
      where p."userId" = ${user} and p."recipientKey" = ${recipient} and p.status = 'pending' and p.recipient <> 'bearer'
    ) pending
    cross join lateral generate_series(1, least(${limit}::int, 1 + ${earlier}::int + pending.others)) as number
    where pending.taken is null or number <> all(pending.taken)
    order by number offset ${earlier}::int limit 1
  )`

/** The same for an invite that becomes pending again: without a free slot it gets 0, which violates a constraint. */
export const slotOrNone: typeof freeSlot = (...expressions) => `coalesce(${freeSlot(...expressions)}, 0)`

interface Wanted {
  recipientKey: string | null
  inviteType: InviteType
  targetObjectId: string | null
}

/** The id of the inviter's pending invite that is like the wanted one; undefined if it has ended meanwhile. */
export const twinOf = async (
  db: Database,
  userId: string,
  { recipientKey, inviteType, targetObjectId }: Wanted
): Promise<string | undefined> =>
  (
    await runOne<{ id: string }>(
      db,
      `select id from invites
       where "userId" = $1 and "recipientKey" = $2 and "inviteType" = $3 and "targetObjectId" is not distinct from $4::uuid
         and status = 'pending' and recipient <> 'bearer' and deadline > clock_timestamp()`,
      [userId, recipientKey, inviteType, targetObjectId]
    )
  )?.id
