// The delivery of an invite's message, as the inviter and administrators see it.
import { Type } from '@sinclair/typebox'
import { closed, nullable, oneOf, time } from '../../schema/formats.js'

export const deliveryStatuses = ['none', 'queued', 'sent', 'failed'] as const

/** Why a message did not arrive. The inviter never learns that a recipient blocks them. */
export const deliveryReasons = ['no-carrier', 'suppressed', 'bounced', 'complained', 'rejected', 'gave-up'] as const
export type DeliveryReason = (typeof deliveryReasons)[number]

export const deliverySchema = Type.Object(
  {
    status: oneOf(deliveryStatuses),
    reason: nullable(oneOf(deliveryReasons, 'Why no message arrived; null where no reason is known.')),
    attempts: Type.Integer(),
    lastAttemptAt: nullable(time())
  },
  closed
)
