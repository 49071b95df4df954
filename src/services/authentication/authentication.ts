// authentication: sign in, stay signed in, sign out. Feathers' service over this project's tokens and strategies.
import { AuthenticationService } from '@feathersjs/authentication'
import type { TSchema } from '@sinclair/typebox'
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { badRequest } from '../../errors.js'
import { noQuery } from '../../hooks/checked.js'
import { checkerOf } from '../../schema/validation.js'
import { authenticationDocs } from './authentication.docs.js'
import { guestDataSchema, jwtDataSchema, localDataSchema } from './authentication.schema.js'
import { GuestStrategy, PasswordStrategy, TokenStrategy } from './strategies.js'

/** Tokens are made and checked in one place, tokens.ts, whoever asks. */
class Authentication extends AuthenticationService {
  override async createAccessToken(_payload: unknown, { subject }: { subject?: string } = {}) {
    const { tokens } = (this.app as Application).get('parts')
    return tokens.sign(subject ?? '')
  }

  override async verifyAccessToken(token: string) {
    return (this.app as Application).get('parts').tokens.verify(token)
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
  const parts = app.get('parts')
  const schemas = {
    local: localDataSchema,
    jwt: jwtDataSchema,
    ...(parts.config.guests && { guest: guestDataSchema })
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
  service.register('local', new PasswordStrategy(parts))
  service.register('jwt', new TokenStrategy(parts))
  if (parts.config.guests) service.register('guest', new GuestStrategy(parts))
  app.use('authentication', service, {
    methods: ['create', 'remove'],
    onCollection: ['remove'],
    // A token as an id would stand in URLs and logs.
    onRow: [],
    access: { create: 'public' },
    docs: authenticationDocs,
    serviceEvents: []
  })
  app.service('authentication').hooks({ around: { create: [noQuery, checkedStrategy(schemas)], remove: [noQuery] } })
}
