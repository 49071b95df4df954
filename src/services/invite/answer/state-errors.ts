// The errors about an invite that is not pending, or not open yet. Only a caller who may know its state gets them.
import { refuse, type FeathersError, type Reason } from '../../../errors.js'
import { stateKeys, type InviteRow } from '../invite.table.js'

const reasons: Partial<Record<InviteRow['status'], Reason>> = {
  accepted: 'used',
  declined: 'declined',
  revoked: 'revoked'
}

const told = (invite: InviteRow) => Object.fromEntries(stateKeys.map((key) => [key, invite[key]]))

export const expired = (invite: InviteRow) => refuse('expired', { data: told({ ...invite, status: 'expired' }) })

export const notOpenYet = (invite: InviteRow) => refuse('not-open-yet', { data: told(invite) })

/** 409 or 410 for an invite that is not pending; undefined for one that is. */
export function notPending(invite: InviteRow): FeathersError | undefined {
  if (invite.status === 'pending') return undefined
  return invite.status === 'expired' ? expired(invite) : notManageable(invite)
}

/** 409 for an invite that a holder of its passcode can still take. */
export const stillPending = (invite: InviteRow) => refuse('still-pending', { data: told(invite) })

/** 409 for the inviter and administrators, who never get a 410. */
export const notManageable = (invite: InviteRow) =>
  refuse(reasons[invite.status] ?? 'not-pending', { data: told(invite) })
