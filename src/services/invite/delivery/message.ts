// The text of an invite's message.
import type { Content, Medium } from '../../../delivery/outbox.js'
import { inviteTypes } from '../types/index.js'
import type { InviteRow } from '../invite.table.js'
import { plainName } from './plain-name.js'

export interface Invitation extends InviteRow {
  inviterName: string
  targetName: string | null
}

/** The secret is in the fragment, which browsers do not send: it is in no server's log. */
export const linkTo = (publicUrl: string, inviteId: string, passcode: string) =>
  `${publicUrl}/i/${inviteId}#passcode=${passcode}`

/** A time as people read it: 17 December 2026, 14:05 UTC. */
function inWords(time: string): string {
  const day = new Date(time).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC'
  })
  return `${day}, ${new Date(time).toISOString().slice(11, 16)} UTC`
}

/** When the invite can be accepted. Each has an end. */
function validity(invite: InviteRow): string {
  const from = invite.timed && invite.startTime ? `from ${inWords(invite.startTime)} ` : ''
  const end = invite.timed ? invite.endTime : invite.expiresAt
  return `good ${from}until ${inWords(end ?? '')}`
}

/** Names hold no line break, so none can forge a header: the schema checks them when a client sends them. */
export function messageFor(invitation: Invitation, medium: Medium, link: string): Content {
  const inviter = plainName(invitation.inviterName)
  const target = invitation.targetName && plainName(invitation.targetName)
  const subject = `${inviter} invites you ${inviteTypes[invitation.inviteType].inWords(target)}`
  const text =
    medium === 'sms'
      ? `${subject}: ${link} (${validity(invitation)})`
      : `${subject}.\n\nLook, accept or decline:\n${link}\n\nThe invite is ${validity(invitation)}.\n\nIf you do not know ${inviter}, ignore this message.`
  return { subject, text }
}
