// A link to copy, and its QR code to show and to print.
import type { Invite } from '../types.js'

/** `invite.link` is there: the answer to a creation or a resend of a bearer link. */
export function LinkCard(_: { invite: Invite }) {
  return null
}
