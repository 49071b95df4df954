// The facts of an invite in words, short enough for a row.
import { words } from '../../kit/page.js'
import type { Invite } from '../types.js'

/** The recipient: an address, a person, or a link that anybody can use. */
export function recipientOf(invite: Invite): string {
  const { token, invitee, uses, maxUses } = invite
  if (token !== null) return words.name(token)
  if (invitee) return words.name(invitee.name)
  return words.say('inviter.link-used', { uses: words.number(uses), most: words.number(maxUses) })
}

/** The type, with the name of the channel. */
export function targetOf({ inviteType, channelName }: Invite): string {
  const type = words.say(`inviter.type.${inviteType}`)
  return channelName === null ? type : words.say('inviter.target', { type, name: words.name(channelName) })
}

export const statusOf = ({ status }: Invite) => words.say(`inviter.status.${status}`)

/** Where no message goes out, empty. */
export function deliveryOf({ delivery, token }: Invite): string {
  if (!delivery || token === null) return ''
  const { status, reason } = delivery
  if (reason === 'no-carrier') return words.say('inviter.delivery.no-carrier')
  if (reason !== null) return words.say(`inviter.delivery.${reason}`)
  return words.say(`inviter.delivery.${status}`)
}

/** The end of its window, or of its lifetime. */
export const endOf = (invite: Invite) => (invite.timed ? invite.endTime : invite.expiresAt)

export const isPending = ({ status }: Invite) => status === 'pending'
/** Untimed expired ones get a new lifetime. */
export const isSendable = ({ status, timed }: Invite) => status === 'pending' || (status === 'expired' && !timed)
export const isRevocable = ({ status }: Invite) => status === 'pending' || status === 'expired'
