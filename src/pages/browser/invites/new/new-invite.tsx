// The form that makes an invite.
import type { Invite } from '../types.js'

/** `onMade` gets the invites as the service answered them: a bearer link has its `link` in this answer alone. */
export function NewInvite(_: { onMade: (invites: Invite[]) => void }) {
  return null
}
