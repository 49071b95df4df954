// The text of an invite's message.
import type { Content, Medium } from '../../../delivery/outbox.js'
import { inviteTypes } from '../types/index.js'
import type { InviteType } from '../invite.table.js'

export interface Invitation {
  inviteType: InviteType
  inviterName: string
  targetName: string | null
}

/** The secret is in the fragment, which browsers do not send: it is in no server's log. */
export const linkTo = (publicUrl: string, inviteId: string, passcode: string) =>
  `${publicUrl}/i/${inviteId}#passcode=${passcode}`

/** Names hold no line break, so none can forge a header: the schema checks them when a client sends them. */
export function messageFor(invitation: Invitation, medium: Medium, link: string): Content {
  const subject = `${invitation.inviterName} invites you ${inviteTypes[invitation.inviteType].inWords(invitation.targetName)}`
  const text =
    medium === 'sms'
      ? `${subject}: ${link}`
      : `${subject}.\n\nLook, accept or decline:\n${link}\n\nIf you do not know ${invitation.inviterName}, ignore this message.`
  return { subject, text }
}
