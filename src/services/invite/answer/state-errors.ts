// What an invite's state says to whoever may know it.
import type { FeathersError } from '../../../errors.js'
import { conflict, gone } from '../../../errors.js'
import type { InviteRow } from '../invite.resolvers.js'

const words: Record<string, string> = {
  accepted: 'This invite has been used',
  declined: 'This invite has been declined',
  revoked: 'This invite has been revoked'
}

/** The times and the state that a refusal carries. */
const told = ({ status, startTime, endTime }: InviteRow) => ({ status, startTime, endTime })

/** 409 or 410 for an invite that is not pending; undefined for one that is. */
export function notPending(invite: InviteRow): FeathersError | undefined {
  if (invite.status === 'pending') return undefined
  if (invite.status === 'expired') return gone('This invite has expired', told(invite))
  return conflict(words[invite.status] ?? 'This invite is not pending', told(invite))
}

export const notOpenYet = (invite: InviteRow) => gone('This invite is not open yet', told(invite))

/** 409 for those who manage the invite, to whom 410 is not told. */
export const notManageable = (invite: InviteRow) =>
  conflict(words[invite.status] ?? `This invite is ${invite.status}`, told(invite))
