// Decides whether the caller is the invitee of an invite, or holds its passcode.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound, refuse, type FeathersError } from '../../../errors.js'
import { isInvitee } from '../invite.policy.js'
import type { PopulatedInvite } from '../invite.table.js'
import type { JudgedInvite, LockedInvite } from '../rows/lock-invite.js'
import { inviteTypes } from '../types/index.js'
import { isPasscode } from '../limits/passcode.js'
import type { standings } from './preview.schema.js'
import { supersedeInvites } from './supersede.js'

/**
 * Verifies the invite's address on the caller's account, and returns the other invites that ended by that; undefined if
 * the account does not carry the address. A caller who sends the mailed passcode has read mail there, so the account is
 * the invitee's.
 */
async function verifyAddress(
  db: Database,
  invite: LockedInvite,
  userId: string
): Promise<PopulatedInvite[] | undefined> {
  const verified = await runOne(
    db,
    `update identity_providers set verified = true, "updatedAt" = clock_timestamp()
     where "userId" = $1 and type = $2 and token = $3 returning id`,
    [userId, invite.identityProviderType, invite.token]
  )
  return verified && supersedeInvites(db, invite.token ?? '', invite.id)
}

/** Whether a caller who sends the right passcode is the invitee: by the link, by an id, or by an address of theirs. */
const isInviteeByPasscode = (caller: Caller, invite: JudgedInvite) =>
  invite.recipient === 'bearer' || isInvitee(caller, invite) || (invite.recipient === 'address' && invite.carried)

/** By the rules of an acceptance: an invite for people without an account is for no caller, and neither are blocks. */
export function standingOf(caller: Caller, invite: JudgedInvite): (typeof standings)[number] {
  if (caller.id === invite.userId) return 'inviter'
  const isOpenToThem = !invite.barred && inviteTypes[invite.inviteType].invitee === 'anybody'
  return isOpenToThem && isInviteeByPasscode(caller, invite) ? 'invitee' : 'other'
}

/** The error for a caller who is not the invitee: 403 if they may see the invite, else 404. */
function notTheirs(caller: Caller, invite: LockedInvite): FeathersError {
  return caller.id === invite.userId || isAdmin(caller) ? refuse('not-for-you') : notFound()
}

/**
 * Throws unless the signed-in caller is the invitee, or holds the passcode. The passcode was checked before; it is
 * compared again with the locked row, because a resend may have replaced it. `bearerMay` is false where it is not
 * enough to hold a link. Returns the other invites that ended, because the passcode verified the caller's address.
 */
export async function requireInvitee(
  db: Database,
  invite: LockedInvite,
  caller: Caller,
  passcode: string | undefined,
  bearerMay: boolean
): Promise<PopulatedInvite[]> {
  if (caller.id === invite.userId) throw refuse('own-invite')
  if (invite.hidden) throw notFound()
  if (passcode !== undefined && !isPasscode(passcode, invite.passcodeHash)) throw notFound()
  if (invite.recipient !== 'bearer' && isInvitee(caller, invite)) return []
  if (passcode === undefined) throw notTheirs(caller, invite)
  if (!isInviteeByPasscode(caller, invite)) throw refuse('not-for-you')
  if (invite.recipient === 'bearer') {
    if (bearerMay) return []
    throw refuse('bearer-decline')
  }
  const ended = await verifyAddress(db, invite, caller.id)
  // The account may have lost the address since the invite was locked.
  if (!ended) throw refuse('not-for-you')
  return ended
}
