// authentication: sign in, stay signed in, sign out. Feathers' service over this project's tokens and strategies.
import {
  AuthenticationService,
  type AuthenticationRequest,
  type AuthenticationResult
} from '@feathersjs/authentication'
import type { NextFunction, Params } from '@feathersjs/feathers'
import type { TSchema } from '@sinclair/typebox'
import type { Knex } from 'knex'
import type { Caller } from '../../callers/caller.js'
import type { AccessTokens } from '../../callers/tokens.js'
import type { Application, HookContext } from '../../declarations.js'
import { badRequest, notAuthenticated, refuse } from '../../errors.js'
import { noQuery } from '../../hooks/validate.js'
import { checkerOf } from '../../schema/validation.js'
import { loadPeople, viewUser } from '../user/user.resolvers.js'
import { authenticationDocs } from './authentication.docs.js'
import { guestDataSchema, jwtDataSchema, localDataSchema } from './authentication.schema.js'
import { GuestStrategy, PasswordStrategy, TokenStrategy } from './strategies.js'

interface Options {
  db: Knex
  tokens: AccessTokens
}

/** callers/tokens.ts alone makes and checks tokens. */
export class Authentication extends AuthenticationService {
  constructor(
    app: Application,
    private readonly options: Options
  ) {
    super(app)
  }

  /** Signs in. */
  override async create(data: AuthenticationRequest, params: Params) {
    return this.withUser(await super.create(data, params))
  }

  /** Signs out: `id` is null or the access token. */
  override async remove(id: string | null, params: Params) {
    return this.withUser(await super.remove(id, params))
  }

  /** 401 without a request, with the message of this service. */
  override async authenticate(request: AuthenticationRequest | undefined, params: Params, ...strategies: string[]) {
    if (!request) throw notAuthenticated()
    return super.authenticate(request, params, ...strategies)
  }

  override async getTokenOptions({ caller }: AuthenticationResult) {
    return { subject: (caller as Caller).id }
  }

  override async getPayload({ signedInAt }: AuthenticationResult) {
    return { signedInAt: signedInAt as number }
  }

  override async createAccessToken({ signedInAt }: { signedInAt?: number }, { subject }: { subject?: string } = {}) {
    return this.options.tokens.sign(subject ?? '', signedInAt)
  }

  override async verifyAccessToken(token: string) {
    return this.options.tokens.verify(token)
  }

  /**
   * The reply to a client: the user's view of themselves, instead of the caller. It is read from the database here, and
   * not by the strategies, which run at each call over a socket.
   */
  private async withUser({ caller, signedInAt: _, ...result }: AuthenticationResult) {
    const self = caller as Caller
    const [person] = await loadPeople(this.options.db, 'u.id = $1', [self.id])
    if (!person) throw refuse('bad-token')
    return { ...result, user: viewUser(person, self) }
  }
}

/** For signing out: Feathers' authenticate hook does not run on its own service. */
async function authenticated({ app, params }: HookContext, next: NextFunction) {
  // Over REST the token has been checked before the body was read.
  if (!params.authenticated) await app.service('authentication').authenticate(params.authentication, params, 'jwt')
  return next()
}

/** The body must fit a strategy that this service offers. */
function checkedStrategy(schemas: Record<string, TSchema>) {
  const checks = new Map(Object.entries(schemas).map(([name, schema]) => [name, checkerOf(schema)]))
  return async (context: HookContext, next: NextFunction) => {
    const { strategy } = (context.data ?? {}) as { strategy?: unknown }
    const check = typeof strategy === 'string' ? checks.get(strategy) : undefined
    if (!check) throw badRequest({ path: 'strategy', message: `must be one of ${[...checks.keys()].join(', ')}` })
    context.data = check(context.data)
    return next()
  }
}

export function authentication(app: Application) {
  const { guests } = app.get('config')
  const db = app.get('db')
  const tokens = app.get('tokens')
  const callers = app.get('callers')
  const options = { db, callers, quotas: app.get('quotas') }
  const schemas = {
    local: localDataSchema,
    jwt: jwtDataSchema,
    ...(guests && { guest: guestDataSchema })
  }
  app.set('authentication', {
    // Feathers demands a secret and never uses it: see createAccessToken and verifyAccessToken.
    secret: 'the key of access tokens is in callers/tokens.ts',
    entity: 'user',
    entityId: 'id',
    service: 'user',
    authStrategies: Object.keys(schemas),
    // Socket handshakes carry no token: clients sign in with a call.
    parseStrategies: ['jwt']
  })
  const service = new Authentication(app, { db, tokens })
  service.register('local', new PasswordStrategy(options))
  service.register('jwt', new TokenStrategy({ callers, tokens }))
  if (guests) service.register('guest', new GuestStrategy(options))
  app.use('authentication', service, {
    methods: ['create', 'remove'],
    onCollection: ['remove'],
    // A client must not send its token as an id: URLs and logs would contain it.
    onRow: [],
    access: { create: 'public' },
    docs: authenticationDocs,
    serviceEvents: []
  })
  app
    .service('authentication')
    .hooks({ around: { create: [noQuery, checkedStrategy(schemas)], remove: [authenticated, noQuery] } })
}
