// What a client is told of an invite that is not pending, or not open yet. The caller may know the invite's state.
import { refuse, type FeathersError, type Reason } from '../../../errors.js'
import type { InviteRow } from '../invite.table.js'

const reasons: Partial<Record<InviteRow['status'], Reason>> = {
  accepted: 'used',
  declined: 'declined',
  revoked: 'revoked'
}

/** The state and the times that an error carries. */
const told = ({ status, startTime, endTime }: InviteRow) => ({ status, startTime, endTime })

export const expired = (invite: InviteRow) => refuse('expired', { data: told({ ...invite, status: 'expired' }) })

export const notOpenYet = (invite: InviteRow) => refuse('not-open-yet', { data: told(invite) })

/** 409 or 410 for an invite that is not pending; undefined for one that is. */
export function notPending(invite: InviteRow): FeathersError | undefined {
  if (invite.status === 'pending') return undefined
  return invite.status === 'expired' ? expired(invite) : notManageable(invite)
}

/** 409 for the inviter and administrators, to whom 410 is not told. */
export const notManageable = (invite: InviteRow) =>
  refuse(reasons[invite.status] ?? 'not-pending', { data: told(invite) })
