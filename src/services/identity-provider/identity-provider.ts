// identity-provider: the caller's own addresses. Registration makes them, and acceptance verifies them.
import { authenticate } from '@feathersjs/authentication'
import { hooks, resolve } from '@feathersjs/schema'
import type { Application, HookContext } from '../../declarations.js'
import { RowService } from '../../callers/row-service.js'
import { validateQuery, noQuery } from '../../hooks/validate.js'
import { columnsOf } from '../../schema/columns.js'
import { pageQuerySchema } from '../../schema/paging.js'
import { identityProviderDocs } from './identity-provider.docs.js'
import { identityProviderSchema, type IdentityProvider } from './identity-provider.schema.js'

const external = resolve<IdentityProvider, HookContext>({ secret: async () => null })

export function identityProvider(app: Application) {
  const rows = { table: 'identity_providers', columns: columnsOf(identityProviderSchema) }
  app.use('identity-provider', new RowService<IdentityProvider>({ db: app.get('db'), ...rows }), {
    methods: ['find', 'get'],
    docs: identityProviderDocs,
    serviceEvents: []
  })
  app.service('identity-provider').hooks({
    around: {
      all: [authenticate('jwt'), hooks.resolveExternal(external)],
      find: [validateQuery(pageQuerySchema)],
      get: [noQuery]
    }
  })
}
