// identity-provider: the caller's own addresses. They are made by registration and verified by acceptance.
import { authenticate } from '@feathersjs/authentication'
import { hooks, resolve } from '@feathersjs/schema'
import { Type, type Static } from '@sinclair/typebox'
import type { Application, HookContext } from '../../declarations.js'
import { RowService } from '../../callers/row-service.js'
import { closed, nullable, oneOf, time, uuid } from '../../schema/formats.js'
import { validateQuery, noQuery } from '../../hooks/validate.js'
import { oneRow } from '../../hooks/rows.js'
import { listQuery } from '../../schema/paging.js'

export const identityProviderSchema = Type.Object(
  {
    id: uuid(),
    userId: uuid(),
    type: oneOf(['email', 'sms', 'guest']),
    token: Type.String({ description: 'The address.' }),
    secret: nullable(Type.String({ description: 'Always null: only a hash is stored.' })),
    verified: Type.Boolean(),
    createdAt: time(),
    updatedAt: time()
  },
  { ...closed, $id: 'IdentityProvider', description: 'An address of the caller, and a way to sign in.' }
)
export type IdentityProvider = Static<typeof identityProviderSchema>

export const identityProviderQuerySchema = listQuery({})

const external = resolve<IdentityProvider, HookContext>({ secret: async () => null })

export function identityProvider(app: Application) {
  app.use('identity-provider', new RowService<IdentityProvider>({ db: app.get('db'), table: 'identity_providers' }), {
    methods: ['find', 'get'],
    serviceEvents: []
  })
  app.service('identity-provider').hooks({
    around: {
      all: [authenticate('jwt'), hooks.resolveExternal(external)],
      find: [validateQuery(identityProviderQuerySchema)],
      get: [oneRow, noQuery]
    }
  })
}
