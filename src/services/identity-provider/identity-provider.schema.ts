// An address of a user, as its owner sees it.
import { Type, type Static } from '@sinclair/typebox'
import { closed, nullable, oneOf, time, uuid } from '../../schema/formats.js'

export const identityProviderSchema = Type.Object(
  {
    id: uuid(),
    userId: uuid(),
    type: oneOf(['email', 'sms', 'guest']),
    token: Type.String({ description: 'The address.' }),
    secret: nullable(Type.String({ description: 'Always null: only a hash is stored.' })),
    verified: Type.Boolean(),
    createdAt: time(),
    updatedAt: time()
  },
  { ...closed, $id: 'IdentityProvider', description: 'An address of the caller, and a way to sign in.' }
)
export type IdentityProvider = Static<typeof identityProviderSchema>
