// Puts the messages of invites into the outbox: their kind and their payload.
import type { Database } from '../../../database/statement.js'
import type { Medium, OutboxRow } from '../../../delivery/message.js'
import { enqueue, enqueueText } from '../../../delivery/outbox.js'
import { inviteKind } from '../limits/invite-quotas.js'

/** SQL that queues messages. The values are SQL expressions; the nonce is in hex. A `from` clause may follow. */
export const enqueueInvitesText = (values: {
  id: string
  medium: string
  recipient: string
  inviteId: string
  nonce: string
}) =>
  enqueueText({
    id: values.id,
    kind: `'${inviteKind}'`,
    medium: values.medium,
    recipient: values.recipient,
    subjectId: values.inviteId,
    payload: `json_build_object('nonce', ${values.nonce})`
  })

/** Queues the message of one invite. */
export const enqueueInvite = (
  db: Database,
  { inviteId, medium, recipient, nonce }: { inviteId: string; medium: Medium; recipient: string; nonce: Buffer }
) =>
  enqueue(db, {
    kind: inviteKind,
    medium,
    recipient,
    subjectId: inviteId,
    payload: { nonce: nonce.toString('hex') }
  })

/** The nonce of a message that was queued here. */
export const nonceOf = ({ payload }: OutboxRow) => Buffer.from((payload as { nonce: string }).nonce, 'hex')
