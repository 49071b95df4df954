// The rights on an invite: to see it, to change it, and to receive its events. Always ANDed to the caller's conditions.
import { isAdmin, type Caller } from '../../callers/caller.js'
import type { Values } from '../../database/values.js'
import { isPending, notEnded, type InviteRow, type PopulatedInvite } from './invite.table.js'
import { blocks } from './limits/blocks.js'

/** SQL for "the caller does not block the inviter". An invite of a person whom the caller blocks does not exist for them. */
const unblocked = (caller: Caller, values: Values) => `not ${blocks(values.add(caller.id, 'uuid'), 'i."userId"')}`

/**
 * SQL for "the caller received it": the invite names their id, or one of their verified addresses. Each address is a
 * condition of its own: Postgres expects ten values of a list that it does not know yet, and would plan each list anew.
 */
const received = (caller: Caller, values: Values) => {
  const addresses = caller.addresses.map((address) => `i.token = ${values.add(address, 'text')}`)
  const isForCaller = [`i."inviteeId" = ${values.add(caller.id, 'uuid')}`, ...addresses].join(' or ')
  return `((${isForCaller}) and ${unblocked(caller, values)})`
}

const sent = (caller: Caller, values: Values) => `i."userId" = ${values.add(caller.id, 'uuid')}`

/**
 * SQL for the invites that a list shows: sent and received ones; to administrators all, unless they ask for their own.
 */
export function listed(caller: Caller, action: 'sent' | 'received' | undefined, values: Values): string {
  if (action === 'sent') return sent(caller, values)
  if (action === 'received') return received(caller, values)
  return isAdmin(caller) ? 'true' : `(${sent(caller, values)} or ${received(caller, values)})`
}

/** SQL for the invites that exist for the caller: those listed, and those that they have accepted. */
export function visible(caller: Caller, values: Values): string {
  if (isAdmin(caller)) return 'true'
  const accepted = `exists (
    select 1 from invite_acceptances a where a."inviteId" = i.id and a."userId" = ${values.add(caller.id, 'uuid')}
  )`
  return `(${sent(caller, values)} or ${received(caller, values)} or (${accepted} and ${unblocked(caller, values)}))`
}

/**
 * SQL for the invites that the caller may patch: their own pending ones; for administrators, all pending and expired
 * ones.
 */
export function patchable(caller: Caller, values: Values): string {
  return isAdmin(caller) ? notEnded : `${sent(caller, values)} and ${isPending}`
}

/**
 * SQL for the invites that the caller may revoke: their own that have not ended, expired ones as well; for
 * administrators, all such.
 */
export function revocable(caller: Caller, values: Values): string {
  return isAdmin(caller) ? notEnded : `${sent(caller, values)} and ${notEnded}`
}

/** Whether the caller may write this `makeAdmin`: only administrators may set it. */
export const mayMakeAdmin = (caller: Caller, makeAdmin: boolean | null | undefined) =>
  makeAdmin !== true || isAdmin(caller)

/** SQL for the invites that the caller manages, as `manages` says: their delivery and history are theirs to see. */
export const managed = (caller: Caller, values: Values) => (isAdmin(caller) ? 'true' : sent(caller, values))

/** Whether the caller manages the invite: patches, revokes, resends it, reads its history. */
export const manages = (caller: Caller, invite: InviteRow) => caller.id === invite.userId || isAdmin(caller)

/**
 * Whether the caller is the invitee of a locked invite, which is not hidden from them: it names their id, or their
 * verified address. answer/require-invitee.ts decides about callers who hold a passcode.
 */
export const isInvitee = (caller: Caller, invite: InviteRow & { hidden: boolean }) =>
  !invite.hidden &&
  (invite.recipient === 'address'
    ? invite.token !== null && caller.addresses.includes(invite.token)
    : invite.inviteeId !== null && caller.id === invite.inviteeId)

/** An invite in an event, and the users who do not receive it, because they block the inviter. */
export type AnnouncedInvite = PopulatedInvite & { hiddenFrom?: readonly string[] }

/** The events of invites. `requested`: a holder of the passcode of an expired invite asks for a new one. */
export const inviteEvents = ['created', 'patched', 'removed', 'requested'] as const
export type InviteEvent = (typeof inviteEvents)[number]

/** The ids of the users who receive an event: the inviter and the invitee, no other user; of a request the inviter. */
export const audience = (invite: AnnouncedInvite, event: InviteEvent): string[] =>
  [...new Set(event === 'requested' ? [invite.userId] : [invite.userId, invite.inviteeId, invite.addresseeId])]
    .filter((id) => id !== null)
    .filter((id) => !invite.hiddenFrom?.includes(id))
