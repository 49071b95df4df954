// identity-provider: the caller's own addresses. They are made by registration and verified by acceptance.
import { KnexService } from '@feathersjs/knex'
import { hooks, resolve } from '@feathersjs/schema'
import type { Application, HookContext } from '../../declarations.js'
import { checkedQuery, noQuery } from '../../hooks/checked.js'
import { oneRow, ownRows } from '../../hooks/rows.js'
import { pageQuerySchema, paginate } from '../../schema/paging.js'
import { identityProviderDocs } from './identity-provider.docs.js'
import type { IdentityProvider } from './identity-provider.schema.js'

const external = resolve<IdentityProvider, HookContext>({ secret: async () => null })

export function identityProvider(app: Application) {
  const { db } = app.get('parts')
  app.use('identity-provider', new KnexService({ Model: db, name: 'identity_providers', paginate }), {
    methods: ['find', 'get'],
    docs: identityProviderDocs,
    serviceEvents: []
  })
  app.service('identity-provider').hooks({
    around: {
      all: [hooks.resolveExternal(external)],
      find: [checkedQuery(pageQuerySchema), ownRows],
      get: [oneRow, noQuery, ownRows]
    }
  })
}
