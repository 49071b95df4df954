// Whether somebody is whom a locked invite is for: the invitee, or who holds its passcode.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound, refuse, type FeathersError } from '../../../errors.js'
import { isInvitee } from '../invite.policy.js'
import type { LockedInvite } from '../rows/lock-invite.js'
import { isPasscode } from '../limits/passcode.js'

/**
 * Whoever sends the mailed passcode has read mail at the invite's address: an account that carries this address,
 * unverified so far, is the invitee's, and the address is verified by that.
 */
async function verifyAddress(db: Database, invite: LockedInvite, userId: string): Promise<boolean> {
  const verified = await runOne(
    db,
    `update identity_providers set verified = true, "updatedAt" = clock_timestamp()
     where "userId" = $1 and type = $2 and token = $3 returning id`,
    [userId, invite.identityProviderType, invite.token]
  )
  return verified !== undefined
}

/** What somebody who is not whom the invite is for is told: that it is not theirs, if they may see it; else 404. */
function notTheirs(caller: Caller, invite: LockedInvite): FeathersError {
  return caller.id === invite.userId || isAdmin(caller) ? refuse('not-for-you') : notFound()
}

/**
 * Throws unless the signed-in caller is whom the invite is for. The passcode was checked before; it is compared again
 * with the locked row, for a resend may have replaced it. `bearerMay` is false where holding a link is not enough.
 */
export async function requireHolder(
  db: Database,
  invite: LockedInvite,
  caller: Caller,
  passcode: string | undefined,
  bearerMay: boolean
): Promise<void> {
  if (caller.id === invite.userId) throw refuse('own-invite')
  if (passcode !== undefined && !isPasscode(passcode, invite.passcodeHash)) throw notFound()
  if (invite.recipient !== 'bearer' && isInvitee(caller, invite)) return
  if (passcode === undefined) throw notTheirs(caller, invite)
  if (invite.recipient === 'bearer') {
    if (bearerMay) return
    throw refuse('bearer-decline')
  }
  if (invite.recipient === 'address' && (await verifyAddress(db, invite, caller.id))) return
  throw refuse('not-for-you')
}
