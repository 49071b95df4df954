// A viewer's view of an invite.
import { isAdmin, type Caller } from '../../callers/caller.js'
import type { HookContext } from '../../declarations.js'
import type { InviteParams } from './filter/read-query.js'
import { seesPrivate, viewUser } from '../user/user.resolvers.js'
import { linkTo } from './limits/passcode.js'
import { inviteKeys, invites, type Invite, type InviteRow, type PopulatedInvite } from './invite.table.js'

/** The inviter and administrators see how delivery goes. */
const seesDelivery = (viewer: Caller | undefined, invite: InviteRow) => viewer?.id === invite.userId || isAdmin(viewer)

const deliveryOf = ({ deliveryStatus, deliveryReason, deliveryAttempts, lastAttemptAt }: InviteRow) => ({
  status: deliveryStatus,
  reason: deliveryReason,
  attempts: deliveryAttempts,
  lastAttemptAt
})

/** An invite as `viewer` sees it: every key, in the documented order; a value that is unset or hidden is null. */
export function viewInvite(
  invite: PopulatedInvite,
  viewer: Caller | undefined,
  passcode: string | null = null,
  link: string | null = null
): Invite {
  const computed = {
    passcode,
    link,
    user: viewUser(invite.user, viewer),
    invitee: invite.invitee && viewUser(invite.invitee, viewer),
    channelName: invite.channelName,
    delivery: seesDelivery(viewer, invite) ? deliveryOf(invite) : null
  }
  return invites.view(invite, computed, (owner) => seesPrivate(viewer, owner))
}

/** Only the keys that a read asked for, in the documented order. */
function selectKeys(invite: Invite, select: string[] | undefined): Partial<Invite> {
  if (!select) return invite
  return Object.fromEntries(inviteKeys.filter((key) => select.includes(key)).map((key) => [key, invite[key]]))
}

/**
 * For the hook `showViews`: a row of the service → the caller's view, of the keys that a read asked for. A bearer link
 * that was just made or sent again is shown with its passcode.
 */
export const inviteView = (row: PopulatedInvite, { app, params }: HookContext) => {
  const { passcode } = row
  const link = passcode === null ? null : linkTo(app.get('publicUrl')(), row.id, passcode)
  return selectKeys(viewInvite(row, params.caller, passcode, link), (params as InviteParams).select)
}
