// The description of authentication.
import { Type } from '@sinclair/typebox'
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { closed } from '../../schema/formats.js'
import { userSchema } from '../user/user.table.js'
import { guestDataSchema, jwtDataSchema, localDataSchema } from './authentication.schema.js'

const authenticationSchema = Type.Object(
  {
    accessToken: Type.String({ description: 'Send it as `Authorization: Bearer …`.' }),
    authentication: Type.Object(
      {
        strategy: Type.String(),
        accessToken: Type.Optional(Type.String()),
        payload: Type.Object({}, { additionalProperties: true, description: 'The claims of the token.' })
      },
      closed
    ),
    user: userSchema
  },
  { ...closed, $id: 'Authentication', description: 'The signed-in user, and their access token.' }
)

export const authenticationDocs: ServiceDocs = {
  tag: 'Signing in and out.',
  operations: [
    {
      method: 'create',
      operationId: 'signIn',
      summary: 'Sign in with a password, as a guest, or with an access token',
      description: '`guest` works only where guests are enabled. `local` and `guest` record a login, `jwt` does not.',
      body: Type.Union([
        named('LocalSignIn', localDataSchema),
        named('JwtSignIn', jwtDataSchema),
        named('GuestSignIn', guestDataSchema)
      ]),
      examples: {
        local: {
          summary: 'With a password',
          value: { strategy: 'local', email: 'ada@example.com', password: 'a long password' }
        },
        guest: { summary: 'As a guest', value: { strategy: 'guest' } }
      },
      answers: { 201: { description: 'The caller is signed in.', schema: authenticationSchema } },
      errors: [401, 429]
    },
    {
      method: 'remove',
      onCollection: true,
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'The client must forget its token: the token stays valid until it expires or the password changes.',
      answers: {
        200: { description: 'The user who was signed in, and their access token.', schema: authenticationSchema }
      }
    }
  ]
}
