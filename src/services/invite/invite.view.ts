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
  secrets: { passcode: string | null; link: string | null } = { passcode: null, link: null }
): Invite {
  const computed = {
    ...secrets,
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

/** The passcode and the link of a bearer link that was just made or sent again. */
const secretsOf = ({ id, passcode }: PopulatedInvite, { app }: HookContext) => ({
  passcode,
  link: passcode && linkTo(app.get('publicUrl')(), id, passcode)
})

/** For the hook `showViews`: a row of the service → the caller's view, of the keys that a read asked for. */
export const inviteView = (row: PopulatedInvite, context: HookContext) => {
  const { params } = context
  return selectKeys(viewInvite(row, params.caller, secretsOf(row, context)), (params as InviteParams).select)
}
