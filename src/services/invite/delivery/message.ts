// The words of an invite's message.
import { inviteTypes } from '../types/index.js'
import type { InviteType } from '../invite.table.js'
import type { Message } from '../../../delivery/carrier.js'

export interface Invitation {
  id: string
  inviteType: InviteType
  inviterName: string
  targetName: string | null
}

/** The secret is in the fragment, which browsers do not send: it is in no server's log. */
export const linkTo = (publicUrl: string, inviteId: string, passcode: string) =>
  `${publicUrl}/i/${inviteId}#passcode=${passcode}`

/** Names are checked where they are made to hold no line break, so none can forge a header. */
export function messageFor(
  invitation: Invitation,
  to: Pick<Message, 'id' | 'carrier' | 'recipient'>,
  link: string
): Message {
  const what = `${invitation.inviterName} invites you ${inviteTypes[invitation.inviteType].inWords(invitation.targetName)}`
  const text =
    to.carrier === 'sms'
      ? `${what}: ${link}`
      : `${what}.\n\nLook, accept or decline:\n${link}\n\nIf you do not know ${invitation.inviterName}, ignore this message.`
  return { ...to, subject: what, text }
}
