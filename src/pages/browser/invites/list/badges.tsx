// The status and the delivery of an invite at a glance: a word, and a mark whose shape differs as well as its colour.
import type { Invite } from '../types.js'
import { deliveryOf, statusOf } from './facts.js'

export const StatusBadge = ({ invite }: { invite: Invite }) => (
  <span class={`badge ${invite.status}`}>{statusOf(invite)}</span>
)

export function DeliveryBadge({ invite }: { invite: Invite }) {
  const text = deliveryOf(invite)
  if (!text) return <span class="quiet">–</span>
  return <span class={`badge delivery ${invite.delivery?.status}`}>{text}</span>
}
