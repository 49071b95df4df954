// Acceptance: claims the invite and does everything that it promises, in one transaction.
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../../../callers/caller.js'
import { updatedAt } from '../../../database/clock.js'
import { runOne, run, type Database } from '../../../database/statement.js'
import { notFound, refuse } from '../../../errors.js'
import { eitherBlocks } from '../limits/blocks.js'
import { record } from '../rows/history.js'
import { requireInvitee } from './require-invitee.js'
import { inviteTypes } from '../types/index.js'
import { viewInvite } from '../invite.view.js'
import { isOpen, isPending, type InviteRow, type PopulatedInvite, type Invite, type Landing } from '../invite.table.js'
import { inviteColumns, loginsFor, populate } from '../rows/populate.js'
import { lockInvite, type LockedInvite } from '../rows/lock-invite.js'
import { expired, notOpenYet, notPending } from './state-errors.js'

export interface Answer {
  invite: Invite
  landing: Landing
}

export interface Acceptance {
  answer: Answer
  /** For the events; undefined if the same user accepted before and nothing changed. */
  changed?: { invite: PopulatedInvite; removed: boolean }
}

/** The answer that the same user got when they accepted before. */
export async function earlierAnswer(db: Database, inviteId: string, userId: string): Promise<Answer | undefined> {
  const row = await runOne<{ answer: Answer }>(
    db,
    'select answer from invite_acceptances where "inviteId" = $1 and "userId" = $2',
    [inviteId, userId]
  )
  return row?.answer
}

/** Whether the user accepted the invite before: then they may see it, even if they are not its invitee. */
export const hasAccepted = async (db: Database, inviteId: string, userId: string): Promise<boolean> =>
  (await runOne(db, 'select 1 from invite_acceptances where "inviteId" = $1 and "userId" = $2', [inviteId, userId])) !==
  undefined

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
async function requireAcceptable(db: Database, invite: LockedInvite, accepter: string) {
  const stateError = notPending(invite)
  if (stateError) throw stateError
  if (!invite.open) throw notOpenYet(invite)
  if (await eitherBlocks(db, invite.userId, accepter)) throw notFound()
  if (!(await inviteTypes[invite.inviteType].mayStillInvite(db, invite))) {
    throw refuse('inviter-may-not')
  }
}

/** Claims a locked invite for a user who is entitled to it, and does the work of its type. */
export async function claim(db: Database, invite: LockedInvite, accepter: Caller, isNew: boolean): Promise<Acceptance> {
  await requireAcceptable(db, invite, accepter.id)
  const claimed = await runOne<InviteRow & object>(db, claimText, [invite.id, accepter.id])
  // The clock may have passed the deadline since the lock.
  if (!claimed) throw expired(invite)

  const rules = inviteTypes[invite.inviteType]
  await rules.accept(db, claimed, { id: accepter.id, isNew })
  if (claimed.makeAdmin) await grantAdmin(db, claimed, accepter.id)
  await record(db, invite.id, 'accepted', accepter.id)

  const [populated] = await populate(db, [claimed], loginsFor(accepter))
  if (!populated) throw notFound()
  // The hook `showViews` would be too late: this transaction stores the answer. And who registers is no caller yet.
  const answer = { invite: viewInvite(populated, accepter), landing: await rules.landing(db, claimed) }
  await run(db, 'insert into invite_acceptances ("inviteId", "userId", answer) values ($1, $2, $3)', [
    invite.id,
    accepter.id,
    JSON.stringify(answer)
  ])
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
  const invite = await lockInvite(db, id)
  // While this call waited for the lock, the same user may have accepted in another call.
  const earlier = await earlierAnswer(db, id, caller.id)
  if (earlier) return { answer: earlier }
  if (!invite) throw notFound()
  await requireInvitee(db, invite, caller, passcode, true)
  return claim(db, invite, caller, false)
}
