// The description of user.
import { Type } from '@sinclair/typebox'
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { userDataSchema, userPatchSchema, userQuerySchema, userSchema } from './user.table.js'

const aUser = { description: 'The user, as the caller may see them.', schema: userSchema }

export const userDocs: ServiceDocs = {
  tag: 'Accounts.',
  operations: [
    {
      method: 'create',
      operationId: 'register',
      summary: 'Make an account',
      description: 'This does not verify the address. 403 where registration is by invite only; 409 if it is taken.',
      body: named('UserData', userDataSchema),
      examples: { account: { value: { name: 'Ada', email: 'ada@example.com', password: 'a long password' } } },
      answers: { 201: aUser },
      errors: [403, 409, 429]
    },
    {
      method: 'find',
      operationId: 'findUser',
      summary: 'Find a user by their invite code',
      query: Type.Object({ inviteCode: { ...userQuerySchema.properties.inviteCode, example: 'ABCDEFGHJK' } }),
      answers: {
        200: { description: 'A list with the user, or an empty list.', schema: Type.Array(userSchema, { maxItems: 1 }) }
      },
      errors: [429]
    },
    {
      method: 'get',
      operationId: 'getUser',
      summary: 'Read your own user; with the scope user:read, any user',
      answers: { 200: aUser }
    },
    {
      method: 'patch',
      operationId: 'renameUser',
      summary: 'Change your own name, language and password',
      description:
        'A new `password` needs the `oldPassword`, and ends every other session of the account: its access tokens are 401 ' +
        'from then on, and its sockets hear nothing more. The session that made the call stays.',
      body: named('UserPatch', userPatchSchema),
      examples: {
        name: { value: { name: 'Ada' } },
        password: {
          summary: 'A new password',
          value: { password: 'a longer password', oldPassword: 'a long password' }
        }
      },
      answers: { 200: aUser },
      errors: [403, 409, 429]
    }
  ]
}
