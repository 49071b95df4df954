// The answer to a wish for a mailed link.
import { Type, type Static } from '@sinclair/typebox'
import { hour, type Quota } from '../../limits/quotas.js'
import { closed, oneOf } from '../../schema/formats.js'

/**
 * Messages with a link to one address, of both kinds together, over all callers: an account with the address of a
 * stranger must not fill their mailbox. The key is the hash of the address.
 */
export const accountMessages: Quota = {
  name: 'accountMessages',
  reason: 'quota-account-messages',
  points: 5,
  seconds: hour
}

export const linkQueuedSchema = Type.Object(
  { status: oneOf(['queued']) },
  { ...closed, $id: 'LinkQueued', description: 'The wish was taken. The link is good for an hour, and once.' }
)
export type LinkQueued = Static<typeof linkQueuedSchema>

/** Of all wishes alike: it does not tell whether an address has an account. */
export const linkQueued = (): LinkQueued => ({ status: 'queued' })
