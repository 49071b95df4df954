// The fields of a user and of a login, in the order of the reply, and the bodies that clients send.
import { Type } from '@sinclair/typebox'
import {
  beside,
  computed,
  field,
  type Besides,
  type Changes,
  type Data,
  type Row,
  type View
} from '../../schema/fields.js'
import { closed, email, nullable, password, typedPassword } from '../../schema/formats.js'
import { flag, id, inviteCode, locale, moment, name, orNull, text } from '../../schema/kinds.js'
import { table } from '../../schema/table.js'

const loginFields = {
  id: field(id(), 'server'),
  userAgent: field(orNull(text(500)), 'server'),
  ipAddress: field(orNull(text(64)), 'server'),
  userId: field(id(), 'server'),
  identityProviderId: field(orNull(id()), 'server'),
  createdAt: field(moment(), 'server')
}
export const logins = table(loginFields)
/** A login as the database has it. */
export type LoginRow = Row<typeof loginFields>
/** A login as its user sees it. */
export type UserLogin = View<typeof loginFields>

export const userLoginSchema = Type.Object(logins.schema.properties, {
  ...closed,
  $id: 'UserLogin',
  description: 'A login of a user: its time, its device and address, and the identity provider.'
})

const userFields = {
  id: field(id(), 'server'),
  name: field(name(), 'editor', { required: true }),
  ageVerified: field(flag(), 'server'),
  isGuest: field(flag(), 'server'),
  inviteCode: field(inviteCode('Null unless the reader is the user or has user:read.'), 'server', { private: 'id' }),
  lastLogin: computed(nullable(userLoginSchema), { private: 'id' }),
  createdAt: field(moment(), 'server'),
  updatedAt: field(moment(), 'server'),
  locale: field(orNull(locale('The language of their messages and pages; null: the service’s.')), 'editor')
}
export const users = table(userFields)
/** A user as a reader sees them. */
export type User = View<typeof userFields>
export const besidePerson = { lastLogin: beside<UserLogin | null>() }
/** A user as the database knows them, with the newest login. */
export type Person = Row<typeof userFields> & Besides<typeof besidePerson>

/** The fields that a new user sends. */
export type UserData = Data<typeof userFields>
/** The fields that a patch sets. */
export type UserChanges = Changes<typeof userFields>

export const userSchema = Type.Object(users.schema.properties, {
  ...closed,
  $id: 'User',
  description: 'A user. A private key is null for readers who may not see it.'
})

export const userDataSchema = Type.Composite(
  [users.dataSchema, Type.Object({ email: email(), password: password() })],
  closed
)
export const userPatchSchema = Type.Composite(
  [
    Type.Partial(Type.Pick(users.dataSchema, users.edited)),
    Type.Object({ password: Type.Optional(password()), oldPassword: Type.Optional(typedPassword()) })
  ],
  { ...closed, minProperties: 1 }
)
export type UserPatch = UserChanges & { password?: string; oldPassword?: string }
export const userQuerySchema = Type.Object({ inviteCode: inviteCode().schema }, closed)
