// A holder of the passcode of an expired invite asks its inviter for a new one.
import type { Caller } from '../../../callers/caller.js'
import { now } from '../../../database/clock.js'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound, tooManyRequests, unavailable, type FeathersError } from '../../../errors.js'
import { requestSpacing } from '../limits/invite-quotas.js'
import { hashPasscode } from '../limits/passcode.js'
import { isExpired, type InviteRow, type PopulatedInvite } from '../invite.table.js'
import { inviteColumns, populate } from '../rows/populate.js'
import { existsForHolder, heldInvite } from './held-invite.js'
import { notManageable, stillPending } from './state-errors.js'

/** `updatedAt` stays: nothing that the inviter wrote has changed. */
const requestText = `
  with asked as (
    update invites i set "requestedAt" = ${now}
    where i.id = $1 and i."passcodeHash" = $3 and ${isExpired} and ${existsForHolder}
      and coalesce(i."requestedAt" <= clock_timestamp() - make_interval(secs => ${requestSpacing.seconds}), true)
    returning i.*
  ), told as (
    insert into invite_history ("inviteId", "userId", action) select id, $2, 'requested' from asked
  )
  select ${inviteColumns}, i."requestedAt" from asked i`

const waitText = `
  select extract(
    epoch from ("requestedAt" + make_interval(secs => ${requestSpacing.seconds}) - clock_timestamp())
  )::float8 as seconds
  from invites where id = $1`

/** The error of a request that changed nothing. */
async function requestError(
  db: Database,
  id: string,
  passcode: string,
  caller: Caller | undefined
): Promise<FeathersError> {
  const invite = await heldInvite(db, id, passcode, caller)
  if (invite.status === 'pending') return stillPending(invite)
  if (invite.status !== 'expired') return notManageable(invite)
  const wait = await runOne<{ seconds: number | null }>(db, waitText, [id])
  // Without a wait, the invite has expired since the request looked.
  return (wait?.seconds ?? 0) > 0
    ? tooManyRequests('requested-today', requestSpacing, wait?.seconds ?? 0)
    : unavailable()
}

/**
 * Writes down the request for a new invite, once a day. The passcode has been checked by requirePasscode; a resend may
 * have replaced it since. Throws 404 for such a passcode and where one of the people blocks the inviter, 409 unless the
 * invite has expired, 429 for a second request within a day.
 */
export async function requestInvite(
  db: Database,
  id: string,
  passcode: string,
  caller: Caller | undefined
): Promise<{ invite: PopulatedInvite; requestedAt: string }> {
  const row = await runOne<InviteRow & { requestedAt: string }>(db, requestText, [
    id,
    caller?.id ?? null,
    hashPasscode(passcode)
  ])
  if (!row) throw await requestError(db, id, passcode, caller)
  const { requestedAt, ...invite } = row
  const [populated] = await populate(db, [invite], [])
  if (!populated) throw notFound()
  return { invite: populated, requestedAt }
}
