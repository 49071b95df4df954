// authentication: sign in, stay signed in, sign out. Feathers' service over this project's tokens and strategies.
import { AuthenticationService } from '@feathersjs/authentication'
import { Type, type TSchema } from '@sinclair/typebox'
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { badRequest } from '../../errors.js'
import { closed, email, oneOf } from '../../schema/formats.js'
import { noQuery } from '../../hooks/checked.js'
import { checkerOf } from '../../schema/validation.js'
import { GuestStrategy, PasswordStrategy, TokenStrategy } from './strategies.js'

export const localDataSchema = Type.Object(
  { strategy: oneOf(['local']), email: email(), password: Type.String({ minLength: 1, maxLength: 256 }) },
  closed
)
export const jwtDataSchema = Type.Object(
  { strategy: oneOf(['jwt']), accessToken: Type.String({ minLength: 1, maxLength: 4096 }) },
  closed
)
export const guestDataSchema = Type.Object({ strategy: oneOf(['guest']) }, closed)

/** Tokens are made and checked in one place, tokens.ts, whoever asks. */
class Authentication extends AuthenticationService {
  override async createAccessToken(_payload: unknown, { subject }: { subject?: string } = {}) {
    return (this.app as Application).get('tokens').sign(subject ?? '')
  }

  override async verifyAccessToken(token: string) {
    return (this.app as Application).get('tokens').verify(token)
  }
}

/** The body must be that of a strategy which is offered here. */
function checkedStrategy(schemas: Record<string, TSchema>) {
  const checks = new Map(Object.entries(schemas).map(([name, schema]) => [name, checkerOf(schema)]))
  return async (context: HookContext, next: NextFunction) => {
    const { strategy } = (context.data ?? {}) as { strategy?: unknown }
    const check = typeof strategy === 'string' ? checks.get(strategy) : undefined
    if (!check) throw badRequest({ path: 'strategy', message: `must be one of ${[...checks.keys()].join(', ')}` })
    check(context.data)
    return next()
  }
}

export function authentication(app: Application) {
  const { guests } = app.get('config')
  const options = { db: app.get('db'), callers: app.get('callers'), quotas: app.get('quotas') }
  const schemas = {
    local: localDataSchema,
    jwt: jwtDataSchema,
    ...(guests && { guest: guestDataSchema })
  }
  app.set('authentication', {
    // Feathers wants to see one; tokens.ts holds the key.
    secret: 'unused',
    entity: 'user',
    entityId: 'id',
    service: 'user',
    authStrategies: Object.keys(schemas),
    // Socket handshakes carry no token: clients sign in with a call.
    parseStrategies: ['jwt']
  })
  const service = new Authentication(app)
  service.register('local', new PasswordStrategy(options))
  service.register('jwt', new TokenStrategy(options))
  if (guests) service.register('guest', new GuestStrategy(options))
  app.use('authentication', service, {
    methods: ['create', 'remove'],
    onCollection: ['remove'],
    // A token as an id would stand in URLs and logs.
    onRow: [],
    access: { create: 'public' },
    serviceEvents: []
  })
  app.service('authentication').hooks({ around: { create: [noQuery, checkedStrategy(schemas)], remove: [noQuery] } })
}
