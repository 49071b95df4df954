// The answer to a wish for a mailed link.
import { Type, type Static } from '@sinclair/typebox'
import { closed, oneOf } from '../../schema/formats.js'

export const linkQueuedSchema = Type.Object(
  { status: oneOf(['queued']) },
  { ...closed, $id: 'LinkQueued', description: 'The wish was taken. The link is good for an hour, and once.' }
)
export type LinkQueued = Static<typeof linkQueuedSchema>

/** Of all wishes alike: it does not tell whether an address has an account. */
export const linkQueued = (): LinkQueued => ({ status: 'queued' })
