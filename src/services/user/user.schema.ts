// What a user and a login look like from outside, and which of it is private.
import { Type, type Static } from '@sinclair/typebox'
import { closed, email, name, nullable, password, time, uuid } from '../../schema/formats.js'

export const userLoginSchema = Type.Object(
  {
    id: uuid(),
    userAgent: nullable(Type.String()),
    ipAddress: nullable(Type.String()),
    userId: uuid(),
    identityProviderId: nullable(uuid()),
    createdAt: time()
  },
  { ...closed, $id: 'UserLogin', description: 'One login: when, from where, by which identity provider.' }
)
export type UserLogin = Static<typeof userLoginSchema>

export const userSchema = Type.Object(
  {
    id: uuid(),
    name: Type.String(),
    ageVerified: Type.Boolean(),
    isGuest: Type.Boolean(),
    inviteCode: nullable(Type.String({ description: 'Real for oneself and for scope user:read, else null.' })),
    lastLogin: nullable(userLoginSchema),
    createdAt: time(),
    updatedAt: time()
  },
  { ...closed, $id: 'User', description: 'A person. Private keys are null for others.' }
)
export type User = Static<typeof userSchema>

export const userDataSchema = Type.Object({ name: name(), email: email(), password: password() }, closed)
export const userPatchSchema = Type.Object({ name: name() }, closed)
export const userQuerySchema = Type.Object({ inviteCode: Type.String({ minLength: 1, maxLength: 64 }) }, closed)

/** How a value is written and compared; see the filter of invites. */
export type ValueType = 'uuid' | 'text' | 'boolean' | 'integer' | 'time'

/** The user's own columns, in the order of the reply. `private` ones are for oneself and for scope user:read. */
export const userColumns = {
  id: { type: 'uuid', private: false },
  name: { type: 'text', private: false },
  ageVerified: { type: 'boolean', private: false },
  isGuest: { type: 'boolean', private: false },
  inviteCode: { type: 'text', private: true },
  createdAt: { type: 'time', private: false },
  updatedAt: { type: 'time', private: false }
} as const satisfies Record<string, { type: ValueType; private: boolean }>

/** All of a login is private. */
export const loginColumns = {
  id: { type: 'uuid' },
  userAgent: { type: 'text' },
  ipAddress: { type: 'text' },
  userId: { type: 'uuid' },
  identityProviderId: { type: 'uuid' },
  createdAt: { type: 'time' }
} as const satisfies Record<string, { type: ValueType }>
