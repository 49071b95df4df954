// What a viewer sees of an invite.
import { isAdmin, type Caller } from '../../callers/caller.js'
import { seesPrivate, viewUser } from '../user/user.resolvers.js'
import { inviteKeys, invites, type Invite, type InviteRow, type PopulatedInvite } from './invite.table.js'

/** The inviter and administrators see how delivery goes. */
const seesDelivery = (viewer: Caller | undefined, invite: InviteRow) => viewer?.id === invite.userId || isAdmin(viewer)

const deliveryOf = ({ deliveryStatus, deliveryAttempts, lastAttemptAt }: InviteRow) => ({
  status: deliveryStatus,
  attempts: deliveryAttempts,
  lastAttemptAt
})

/** An invite as `viewer` sees it: every key, in the documented order; a value that is unset or hidden is null. */
export function viewInvite(
  invite: PopulatedInvite,
  viewer: Caller | undefined,
  passcode: string | null = null
): Invite {
  const computed = {
    passcode,
    user: viewUser(invite.user, viewer),
    invitee: invite.invitee && viewUser(invite.invitee, viewer),
    channelName: invite.channelName,
    delivery: seesDelivery(viewer, invite) ? deliveryOf(invite) : null
  }
  return invites.view(invite, computed, (owner) => seesPrivate(viewer, owner))
}

/** Shows invites to one viewer. */
export const viewInvites = (invites: PopulatedInvite[], viewer: Caller | undefined): Invite[] =>
  invites.map((invite) => viewInvite(invite, viewer))

/** Only the keys that a read asked for, in the documented order. */
export function selectKeys(invite: Invite, select: string[] | undefined): Partial<Invite> {
  if (!select) return invite
  return Object.fromEntries(inviteKeys.filter((key) => select.includes(key)).map((key) => [key, invite[key]]))
}
