// Acceptance: claims the invite and does everything that it promises, in one transaction.
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../../../callers/caller.js'
import { updatedAt } from '../../../database/clock.js'
import { runOne, run, type Database } from '../../../database/statement.js'
import { notFound, refuse } from '../../../errors.js'
import { record } from '../rows/history.js'
import { earlierAnswer, keepAnswer, type Answer } from './earlier-answer.js'
import { requireInvitee } from './require-invitee.js'
import { inviteTypes } from '../types/index.js'
import { viewInvite } from '../invite.view.js'
import { isOpen, isPending, type InviteRow, type PopulatedInvite } from '../invite.table.js'
import { inviteColumns, loginsFor, populate } from '../rows/populate.js'
import { lockInvite, type LockedInvite } from '../rows/lock-invite.js'
import { expired, notOpenYet, notPending } from './state-errors.js'

export interface Acceptance {
  answer: Answer
  /** For the events; undefined if nothing changed, because the user accepted before or was in already. */
  changed?: { invite: PopulatedInvite; removed: boolean }
  /** Other invites that ended, because this acceptance verified their address. */
  ended: PopulatedInvite[]
}

/**
 * Uses the invite once, and only if it is pending, inside its lifetime and has a use left. The accepter becomes the
 * invitee of a single-use invite.
 */
const claimText = `
  update invites i set
    uses = uses + 1,
    status = case when uses + 1 >= "maxUses" then 'accepted' else 'pending' end,
    "inviteeId" = case when "maxUses" = 1 then $2::uuid else "inviteeId" end,
    ${updatedAt()}
  where id = $1 and ${isPending} and ${isOpen} and uses < "maxUses"
  returning ${inviteColumns}`

/**
 * Makes the accepter an administrator. The user who set makeAdmin must still be one; their scope is locked until the
 * grant is committed.
 */
async function grantAdmin(db: Database, invite: InviteRow, userId: string) {
  const granter = await runOne(db, `select 1 from scopes where "userId" = $1 and type = 'admin:admin' for share`, [
    invite.makeAdminBy
  ])
  if (!granter) throw refuse('admin-gone')
  await run(db, `insert into scopes (id, "userId", type) values ($1, $2, 'admin:admin') on conflict do nothing`, [
    uuidv7(),
    userId
  ])
}

/** Throws if the invite is not pending or not open, if the inviter may no longer invite, or if one blocks the other. */
async function requireAcceptable(db: Database, invite: LockedInvite) {
  const stateError = notPending(invite)
  if (stateError) throw stateError
  if (!invite.open) throw notOpenYet(invite)
  if (invite.hidden || invite.barred) throw notFound()
  if (!(await inviteTypes[invite.inviteType].mayStillInvite(db, invite))) {
    throw refuse('inviter-may-not')
  }
}

/**
 * The accepter's view, and where they go. The hook `showViews` would be too late: the transaction stores the answer. And
 * a person who registers is no caller yet.
 */
async function answerOf(db: Database, invite: InviteRow, accepter: Caller) {
  const [populated] = await populate(db, [invite], loginsFor(accepter))
  if (!populated) throw notFound()
  const landing = await inviteTypes[invite.inviteType].landing(db, invite)
  return { populated, answer: { invite: viewInvite(populated, accepter), landing } satisfies Answer }
}

/**
 * Does the work of a locked invite for a user who is entitled to it, and claims it. A link of which the user needs
 * nothing, because they are in already by another way, stays as it is.
 */
export async function claim(
  db: Database,
  invite: LockedInvite,
  accepter: Caller,
  isNew: boolean
): Promise<Omit<Acceptance, 'ended'>> {
  await requireAcceptable(db, invite)
  const gave = await inviteTypes[invite.inviteType].accept(db, invite, { id: accepter.id, isNew })
  if (!gave && invite.recipient === 'bearer') return { answer: (await answerOf(db, invite, accepter)).answer }

  const claimed = await runOne<InviteRow & object>(db, claimText, [invite.id, accepter.id])
  // The clock may have passed the deadline since the lock.
  if (!claimed) throw expired(invite)
  if (claimed.makeAdmin) await grantAdmin(db, claimed, accepter.id)
  await record(db, invite.id, 'accepted', accepter.id)

  const { answer, populated } = await answerOf(db, claimed, accepter)
  await keepAnswer(db, accepter.id, answer)
  const removed = claimed.deleteOnUse && claimed.status === 'accepted'
  if (removed) await run(db, 'delete from invites where id = $1', [invite.id])
  return { answer, changed: { invite: populated, removed } }
}

/** A signed-in caller accepts. The passcode, if one was sent, has been checked by requirePasscode. */
export async function acceptInvite(
  db: Database,
  id: string,
  caller: Caller,
  passcode: string | undefined
): Promise<Acceptance> {
  const invite = await lockInvite(db, id, caller.id, passcode !== undefined)
  // While this call waited for the lock, the same user may have accepted in another call.
  const earlier = await earlierAnswer(db, id, caller.id, passcode)
  if (earlier) return { answer: earlier, ended: [] }
  if (!invite) throw notFound()
  const ended = await requireInvitee(db, invite, caller, passcode, true)
  return { ...(await claim(db, invite, caller, false)), ended }
}
