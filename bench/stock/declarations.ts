import type { Application as FeathersApplication, HookContext as FeathersHookContext } from '@feathersjs/feathers'
import type { Application as KoaApplication } from '@feathersjs/koa'
import type { AuthenticationService } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import type { KnexAdapterParams, KnexService } from '@feathersjs/knex'
import type { Knex } from 'knex'

export interface User {
  id: string
  name: string
  ageVerified: boolean
  isGuest: boolean
  inviteCode: string | null
  lastLogin: UserLogin | null
  createdAt: string
  updatedAt: string
}
export interface UserLogin {
  id: string
  userAgent: string | null
  ipAddress: string | null
  userId: string
  identityProviderId: string | null
  createdAt: string
}
export interface Channel {
  id: string
  name: string
}
export interface Relationship {
  id: string
  userId: string
  relatedUserId: string
  userRelationshipType: string
}
export interface Invite {
  id: string
  recipient?: string
  userId: string
  inviteeId: string | null
  inviteType: string
  targetObjectId: string | null
  status: string
  uses: number
  expiresAt: string | null
  createdAt: string
  updatedAt: string
  user: User
  invitee: User | null
  channelName: string | null
  passcode: string | null
  delivery: object | null
  /** Columns that stay inside. */
  passcodeHash?: unknown
  makeAdminBy?: string | null
  deadline?: string
  recipientKey?: string | null
  slot?: number
  deliveryStatus?: string
  deliveryAttempts?: number
  lastAttemptAt?: string | null
  resentAt?: string | null
}

/** The generator declares `user` on everybody's Params; this program shares its types with the service, so not here. */
export type StockParams = KnexAdapterParams & { user?: User }
export const userOf = (params: Params) => (params as StockParams).user
export type Table<T> = KnexService<T, Partial<T>, StockParams>
export interface AcceptService {
  create(data: object, params: Params): Promise<object>
}

export interface ServiceTypes {
  users: Table<User>
  'user-logins': Table<UserLogin>
  channels: Table<Channel>
  'user-relationships': Table<Relationship>
  invite: Table<Invite>
  'invite/:inviteId/accept': AcceptService
  authentication: AuthenticationService
}
export interface Configuration {
  authentication: object
  postgresqlClient: Knex
}
export type Application = KoaApplication<ServiceTypes, Configuration>
export type HookContext = FeathersHookContext<FeathersApplication<ServiceTypes, Configuration>>
