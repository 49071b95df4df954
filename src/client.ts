// The typed Feathers client of this service, for browsers and Node, over REST or socket.io.
import authenticationModule, { type Storage } from '@feathersjs/authentication-client'
import type { AuthenticationRequest, AuthenticationResult } from '@feathersjs/authentication'
import { feathers, type Application, type HookContext, type NextFunction, type Params } from '@feathersjs/feathers'
import restModule from '@feathersjs/rest-client'
import socketioModule from '@feathersjs/socketio-client'
import { io } from 'socket.io-client'
import { staySignedIn } from './client-session.js'
import { badRequest } from './errors.js'
import type { ChannelUser } from './services/channel-user/channel-user.js'
import type { IdentityProvider } from './services/identity-provider/identity-provider.schema.js'
import type { Services } from './services/index.js'
import type { Invite, InviteChanges, InviteData } from './services/invite/invite.table.js'
import type { LocationAuthorizedUser } from './services/location-authorized-user/location-authorized-user.js'
import { isObject } from './schema/is-object.js'
import type { Page } from './schema/paging.js'
import type { RoleData } from './services/channel/place.js'
import type { Reason } from './reasons.js'
import type { Scope } from './services/scope/scope.schema.js'
import type { UserLogin } from './services/user/user.table.js'

// These packages replace their CommonJS module by a function that carries its names: Node finds a default and no names.
const { default: authentication, AuthenticationClient, getDefaultStorage } = authenticationModule
const { default: rest } = restModule
const { default: socketio } = socketioModule

export type { Invite, InviteChanges, InviteData, Page, Reason }

/** A method as a client calls it: parameters may be left out. */
type Call<Method> = Method extends (...args: [...infer Leading, Params]) => infer Result
  ? (...args: [...Leading, params?: Params]) => Result
  : never

/** Some methods of a service. */
type Remote<Path extends keyof Services, Methods extends keyof Services[Path]> = {
  [Method in Methods]: Call<Services[Path][Method]>
}

interface Rows<Row> {
  find(params?: Params): Promise<Page<Row>>
  get(id: string, params?: Params): Promise<Row>
  remove(id: string, params?: Params): Promise<Row>
}
interface Members<Row> extends Pick<Rows<Row>, 'find'> {
  patch(id: string, data: RoleData, params?: Params): Promise<Row>
}

/** Conditions on invites, in `filter` or beside it, and the options of a list. */
export interface InviteQuery {
  filter?: Record<string, unknown>
  action?: 'sent' | 'received'
  search?: string
  $limit?: number
  $skip?: number
  $sort?: Partial<Record<keyof Invite, 1 | -1>>
  $select?: (keyof Invite)[]
  [condition: string]: unknown
}

export interface Invites {
  find(params?: Params<InviteQuery>): Promise<Page<Invite>>
  get(id: string, params?: Params<Pick<InviteQuery, '$select'>>): Promise<Invite>
  create(data: InviteData[], params?: Params): Promise<Invite[]>
  create(data: InviteData, params?: Params): Promise<Invite>
  /** Every invite that the query matches, or none of them. */
  patch(id: null, data: InviteChanges | { body: InviteChanges }, params: Params<InviteQuery>): Promise<Invite[]>
  patch(id: string, data: InviteChanges | { body: InviteChanges }, params?: Params): Promise<Invite>
  /** Revokes every invite that the query matches, or none of them. */
  remove(id: null, params: Params<InviteQuery>): Promise<Invite[]>
  remove(id: string, params?: Params): Promise<Invite>
}

/** The services of `client.service(path)`, by path. */
export interface ClientServices {
  authentication: {
    create(data: AuthenticationRequest, params?: Params): Promise<AuthenticationResult>
    remove(id: null, params?: Params): Promise<AuthenticationResult>
  }
  user: Remote<'user', 'find' | 'get' | 'create' | 'patch'>
  'user/verify': Remote<'user/verify', 'create'>
  'password-reset': Remote<'password-reset', 'create'>
  'password-reset/confirm': Remote<'password-reset/confirm', 'create'>
  'identity-provider': Pick<Rows<IdentityProvider>, 'find' | 'get'>
  'user-login': Pick<Rows<UserLogin>, 'find' | 'get'>
  'user-relationship': Remote<'user-relationship', 'find' | 'create' | 'remove'>
  scope: Pick<Rows<Scope>, 'find' | 'remove'> & {
    create(data: Pick<Scope, 'userId' | 'type'>, params?: Params): Promise<Scope>
  }
  channel: Remote<'channel', 'find' | 'create'>
  'channel-user': Members<ChannelUser>
  location: Remote<'location', 'find' | 'create'>
  'location-authorized-user': Members<LocationAuthorizedUser>
  instance: Remote<'instance', 'find' | 'create'>
  'invite-stats': Remote<'invite-stats', 'find'>
  invite: Invites
  [accept: `invite/${string}/accept`]: Remote<'invite/:inviteId/accept', 'create'>
  [decline: `invite/${string}/decline`]: { create(data: { passcode?: string }, params?: Params): Promise<Invite> }
  [resend: `invite/${string}/resend`]: { create(data: object, params?: Params): Promise<Invite> }
  [preview: `invite/${string}/preview`]: Remote<'invite/:inviteId/preview', 'create'>
  [request: `invite/${string}/request`]: Remote<'invite/:inviteId/request', 'create'>
  [qrCode: `invite/${string}/qr-code`]: Remote<'invite/:inviteId/qr-code', 'create'>
  [history: `invite/${string}/history`]: Remote<'invite/:inviteId/history', 'find'>
}

export interface ClientOptions {
  /** The URL of the service, which may have a path: `http://localhost:3030`, `https://example.com/invites-service`. */
  url: string
  transport: 'rest' | 'socket'
  /** REST: used instead of the global one. */
  fetch?: typeof fetch
  /** The storage of the access token: by default localStorage in browsers, elsewhere the memory of this client. */
  storage?: Storage
}

export interface Client extends Application<ClientServices> {
  /** Closes the socket; over REST it does nothing. */
  close: () => void
}

/** A socket call without an answer after this time fails. */
const socketTimeoutMs = 20_000

/**
 * Sends conditions as JSON. The REST client's own query string drops empty lists and objects, and a call that loses a
 * condition changes or revokes more invites. It also writes null and the text "null" alike.
 */
async function conditionsAsJson(context: HookContext, next: NextFunction) {
  const { path, method, params } = context
  if (path !== 'invite' || !['find', 'patch', 'remove'].includes(method)) return next()
  const { filter = {}, action, search, $limit, $skip, $sort, $select, ...conditions } = params.query ?? {}
  if (isObject(filter) && (Object.keys(conditions).length > 0 || 'filter' in (params.query ?? {}))) {
    const twice = Object.keys(conditions).find((key) => key in filter)
    if (twice !== undefined) throw badRequest({ path: twice, message: 'must not be given twice' })
    context.params = {
      ...params,
      query: { filter: JSON.stringify({ ...filter, ...conditions }), action, search, $limit, $skip, $sort, $select }
    }
  }
  return next()
}

/**
 * The library signs in again as soon as the socket is lost: no server answers then, and no code can catch the rejection.
 * client-session.ts does so when the socket is back.
 */
class PatientAuthentication extends AuthenticationClient {
  override handleSocket(): void {}
}

/** The client; sign in with `client.authenticate({ strategy: 'local', email, password })`. */
export function createClient({ url, transport, fetch: fetcher, storage }: ClientOptions): Client {
  const client = feathers<ClientServices>()
  const base = url.replace(/\/$/, '')
  let close = () => {}
  if (transport === 'socket') {
    // socket.io would take the path of a URL for the name of a namespace.
    const [, origin = base, path = ''] = /^([a-z]+:\/\/[^/]+)(\/.*)?$/i.exec(base) ?? []
    const socket = io(origin, {
      path: `${path}/socket.io`,
      transports: ['websocket'],
      forceNew: true,
      ackTimeout: socketTimeoutMs
    })
    // One class with two sets of types: one for ES modules, and one for the CommonJS of Feathers.
    client.configure(socketio(socket as unknown as Parameters<typeof socketio>[0]))
    staySignedIn(client, socket, socketTimeoutMs)
    close = () => socket.close()
  } else {
    client.configure(rest<ClientServices>(base).fetch(fetcher ?? fetch.bind(globalThis)))
    client.hooks([conditionsAsJson])
  }
  // Each client has a storage of its own: the library's default is one for all of them.
  client.configure(authentication({ storage: storage ?? getDefaultStorage(), Authentication: PatientAuthentication }))
  return Object.assign(client, { close })
}
