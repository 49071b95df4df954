// The operations on people: accounts, signing in, their addresses, logins, rights, friends and blocks.
import { Type } from '@sinclair/typebox'
import { guestDataSchema, jwtDataSchema, localDataSchema } from './authentication/authentication.js'
import { closed } from '../schema/formats.js'
import { identityProviderQuerySchema, identityProviderSchema } from './identity-provider/identity-provider.js'
import { pageSchema } from '../schema/paging.js'
import { scopeDataSchema, scopeQuerySchema, scopeSchema } from './scope/scope.js'
import { userLoginQuerySchema } from './user-login/user-login.js'
import {
  userRelationshipDataSchema,
  userRelationshipQuerySchema,
  userRelationshipSchema
} from './user-relationship/user-relationship.js'
import { userDataSchema, userLoginSchema, userPatchSchema, userQuerySchema, userSchema } from './user/user.schema.js'
import { named } from '../openapi/components.js'
import type { Operation } from '../openapi/operation.js'

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

const aUser = { description: 'The user, as the caller may see them.', schema: userSchema }

const accounts: Operation[] = [
  {
    service: 'user',
    method: 'create',
    operationId: 'register',
    summary: 'Make an account',
    description: 'The address is not verified by this. 403 where registration is by invite only; 409 if it is taken.',
    body: named('UserData', userDataSchema),
    answers: { 201: aUser },
    refusals: [403, 409, 429]
  },
  {
    service: 'user',
    method: 'find',
    operationId: 'findUser',
    summary: 'Find somebody by the invite code they told',
    query: userQuerySchema,
    answers: { 200: { description: 'None or one.', schema: Type.Array(userSchema, { maxItems: 1 }) } },
    refusals: [429]
  },
  {
    service: 'user',
    method: 'get',
    operationId: 'getUser',
    summary: 'Read oneself; with scope user:read, anybody',
    answers: { 200: aUser }
  },
  {
    service: 'user',
    method: 'patch',
    operationId: 'renameUser',
    summary: 'Rename oneself',
    body: named('UserPatch', userPatchSchema),
    answers: { 200: aUser },
    refusals: [403]
  },
  {
    service: 'authentication',
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
    refusals: [401, 429]
  },
  {
    service: 'authentication',
    method: 'remove',
    onCollection: true,
    operationId: 'signOut',
    summary: 'Sign out',
    description: 'A token is valid until it expires; clients forget it here.',
    answers: { 200: { description: 'Who was signed in.', schema: authenticationSchema } }
  }
]

const ownRows: Operation[] = [
  {
    service: 'identity-provider',
    method: 'find',
    operationId: 'findIdentityProviders',
    summary: 'The caller’s own addresses',
    query: identityProviderQuerySchema,
    answers: {
      200: { description: 'A page.', schema: named('IdentityProviderPage', pageSchema(identityProviderSchema)) }
    }
  },
  {
    service: 'identity-provider',
    method: 'get',
    operationId: 'getIdentityProvider',
    summary: 'One of the caller’s own addresses',
    answers: { 200: { description: 'The address.', schema: identityProviderSchema } }
  },
  {
    service: 'user-login',
    method: 'find',
    operationId: 'findUserLogins',
    summary: 'The caller’s own logins, newest first',
    query: userLoginQuerySchema,
    answers: { 200: { description: 'A page.', schema: named('UserLoginPage', pageSchema(userLoginSchema)) } }
  },
  {
    service: 'user-login',
    method: 'get',
    operationId: 'getUserLogin',
    summary: 'One of the caller’s own logins',
    answers: { 200: { description: 'The login.', schema: userLoginSchema } }
  },
  {
    service: 'user-relationship',
    method: 'find',
    operationId: 'findUserRelationships',
    summary: 'The caller’s own friends and blocks',
    query: userRelationshipQuerySchema,
    answers: {
      200: { description: 'A page.', schema: named('UserRelationshipPage', pageSchema(userRelationshipSchema)) }
    }
  },
  {
    service: 'user-relationship',
    method: 'create',
    operationId: 'blockUser',
    summary: 'Block somebody, which ends a friendship on both sides',
    body: named('UserRelationshipData', userRelationshipDataSchema),
    answers: { 201: { description: 'The block.', schema: userRelationshipSchema } },
    refusals: [404, 409]
  },
  {
    service: 'user-relationship',
    method: 'remove',
    operationId: 'removeUserRelationship',
    summary: 'Unblock, or end a friendship on both sides',
    answers: { 200: { description: 'What was removed.', schema: userRelationshipSchema } }
  }
]

const rights: Operation[] = [
  {
    service: 'scope',
    method: 'find',
    operationId: 'findScopes',
    summary: 'Who may what: for administrators',
    query: scopeQuerySchema,
    answers: { 200: { description: 'A page.', schema: named('ScopePage', pageSchema(scopeSchema)) } },
    refusals: [403]
  },
  {
    service: 'scope',
    method: 'create',
    operationId: 'grantScope',
    summary: 'Grant a right: administrators',
    body: named('ScopeData', scopeDataSchema),
    answers: { 201: { description: 'The right.', schema: scopeSchema } },
    refusals: [403, 404, 409]
  },
  {
    service: 'scope',
    method: 'remove',
    operationId: 'revokeScope',
    summary: 'Take a right away: administrators',
    answers: { 200: { description: 'What was taken away.', schema: scopeSchema } },
    refusals: [403]
  }
]

export const peopleOperations: Operation[] = [...accounts, ...ownRows, ...rights]
