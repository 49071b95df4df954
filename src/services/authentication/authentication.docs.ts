// The description of authentication.
import { Type } from '@sinclair/typebox'
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { closed } from '../../schema/formats.js'
import { userSchema } from '../user/user.table.js'
import { guestDataSchema, jwtDataSchema, localDataSchema } from './authentication.schema.js'

const authenticationSchema = Type.Object(
  {
    accessToken: Type.String({ description: 'For `Authorization: Bearer …`.' }),
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
  { ...closed, $id: 'Authentication', description: 'Who is signed in, and the token that says so.' }
)

export const authenticationDocs: ServiceDocs = {
  tag: 'Signing in and out.',
  operations: [
    {
      method: 'create',
      operationId: 'signIn',
      summary: 'Sign in: with a password, as a guest, or with a token that one has',
      description: '`guest` only where guests are enabled. `local` and `guest` record a login, `jwt` does not.',
      body: Type.Union([
        named('LocalSignIn', localDataSchema),
        named('JwtSignIn', jwtDataSchema),
        named('GuestSignIn', guestDataSchema)
      ]),
      answers: { 201: { description: 'Signed in.', schema: authenticationSchema } },
      errors: [401, 429]
    },
    {
      method: 'remove',
      onCollection: true,
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'A token is valid until it expires; clients forget it here.',
      answers: { 200: { description: 'Who was signed in.', schema: authenticationSchema } }
    }
  ]
}
