// When an address becomes a verified account, the other pending invites to make an account there end.
import { updatedAt } from '../../../database/clock.js'
import { run, type Database } from '../../../database/statement.js'
import type { InviteRow, PopulatedInvite } from '../invite.table.js'
import { toNewcomer } from '../rows/lock-invite.js'
import { inviteColumns, loginsFor, populate } from '../rows/populate.js'

const supersedeText = `
  with others as materialized (
    select i.id from invites i where ${toNewcomer('$1')} and i.id is distinct from $2::uuid order by i.id for update
  ), ended as (
    update invites i set status = 'revoked', ${updatedAt()} where i.id in (select id from others)
    returning ${inviteColumns}
  ), history as (
    insert into invite_history ("inviteId", action) select id, 'superseded' from ended
  )
  select * from ended order by id`

/**
 * Ends the pending invites to make an account at an address that is verified now, except `exceptId`. Call it in every
 * transaction that verifies an address, and announce the rows that it returns as removed, after the commit. The messages
 * of these invites that are still queued are not sent, because the delivery worker looks at the status.
 */
export const supersedeInvites = async (
  db: Database,
  address: string,
  exceptId: string | null
): Promise<PopulatedInvite[]> =>
  populate(db, await run<InviteRow & object>(db, supersedeText, [address, exceptId]), loginsFor(undefined))
