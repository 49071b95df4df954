// The two ways to end one invite without using it: the inviter revokes, the invitee declines.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { updatedAt } from '../../../database/clock.js'
import { runOne, type Database } from '../../../database/statement.js'
import { notAuthenticated, notFound, refuse } from '../../../errors.js'
import { hasAccepted } from './earlier-answer.js'
import { record } from '../rows/history.js'
import { requireInvitee } from './require-invitee.js'
import { isInvitee, manages } from '../invite.policy.js'
import { notEnded, type InviteRow, type PopulatedInvite } from '../invite.table.js'
import { inviteColumns, loginsFor, populate } from '../rows/populate.js'
import { lockInvite, type LockedInvite } from '../rows/lock-invite.js'
import { isPasscode } from '../limits/passcode.js'
import { notManageable, notPending } from './state-errors.js'

const endText = `
  update invites i set status = $2,
    ${updatedAt()}
  where id = $1 and ${notEnded}
  returning ${inviteColumns}`

async function endInvite(
  db: Database,
  { id }: LockedInvite,
  status: 'revoked' | 'declined',
  caller: Caller | undefined
): Promise<PopulatedInvite> {
  const row = await runOne<InviteRow & object>(db, endText, [id, status])
  const [populated] = row ? await populate(db, [row], loginsFor(caller)) : []
  if (!populated) throw notFound()
  await record(db, id, status, caller?.id ?? null)
  return populated
}

/** DELETE: the inviter or an administrator revokes, an expired invite as well; the invitee declines a pending one. */
export async function removeInvite(db: Database, id: string, caller: Caller): Promise<PopulatedInvite> {
  const invite = await lockInvite(db, id, caller.id)
  if (!invite) throw notFound()
  if (manages(caller, invite)) {
    if (invite.status !== 'pending' && invite.status !== 'expired') throw notManageable(invite)
    return endInvite(db, invite, 'revoked', caller)
  }
  if (isInvitee(caller, invite)) {
    const stateError = notPending(invite)
    if (stateError) throw stateError
    return endInvite(db, invite, 'declined', caller)
  }
  throw !invite.hidden && (await hasAccepted(db, id, caller.id)) ? refuse('bearer-decline') : notFound()
}

/** Throws unless the caller, who is not signed in, sent the passcode that was mailed to the invitee. */
function requireMailed(invite: LockedInvite, passcode: string) {
  if (invite.hidden || !isPasscode(passcode, invite.passcodeHash)) throw notFound()
  if (invite.recipient === 'bearer') throw refuse('bearer-decline')
}

/** An invite that was declined, and the other invites that ended, because the passcode verified the caller's address. */
interface Declined {
  invite: PopulatedInvite
  ended: PopulatedInvite[]
}

/** POST …/decline. The passcode, if one was sent, has been checked by requirePasscode. */
export async function declineInvite(
  db: Database,
  id: string,
  caller: Caller | undefined,
  passcode: string | undefined
): Promise<Declined> {
  if (!caller && passcode === undefined) throw notAuthenticated()
  const invite = await lockInvite(db, id, caller?.id, passcode !== undefined)
  if (!invite) throw notFound()
  let ended: PopulatedInvite[] = []
  if (caller) {
    if (passcode === undefined && !isAdmin(caller) && (await acceptedLink(db, invite, caller))) {
      throw refuse('bearer-decline')
    }
    ended = await requireInvitee(db, invite, caller, passcode, false)
  } else {
    requireMailed(invite, passcode ?? '')
  }
  const stateError = notPending(invite)
  if (stateError) throw stateError
  return { invite: await endInvite(db, invite, 'declined', caller), ended }
}

const acceptedLink = async (db: Database, invite: LockedInvite, caller: Caller) =>
  !invite.hidden && invite.recipient === 'bearer' && (await hasAccepted(db, invite.id, caller.id))
