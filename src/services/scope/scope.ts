// scope: what a user may beyond their own. Administrators grant and take away.
import { KnexService } from '@feathersjs/knex'
import { v7 as uuidv7 } from 'uuid'
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { checkedData, checkedQuery, noQuery } from '../../hooks/checked.js'
import { adminsOnly, oneRow } from '../../hooks/rows.js'
import { paginate } from '../../schema/paging.js'
import { scopeDocs } from './scope.docs.js'
import { scopeDataSchema, scopeQuerySchema, type Scope } from './scope.schema.js'

/** The next call of this user, here, must see the change; other processes hear of it from the database. */
async function forgetCaller(context: HookContext, next: NextFunction) {
  await next()
  const { userId } = context.result as Scope
  context.app.get('parts').callers.forget(userId)
}

async function withId(context: HookContext, next: NextFunction) {
  context.data = { id: uuidv7(), ...(context.data as object) }
  return next()
}

export function scope(app: Application) {
  const { db } = app.get('parts')
  app.use('scope', new KnexService({ Model: db, name: 'scopes', paginate }), {
    methods: ['find', 'create', 'remove'],
    docs: scopeDocs,
    serviceEvents: []
  })
  app.service('scope').hooks({
    around: {
      find: [checkedQuery(scopeQuerySchema), adminsOnly],
      create: [noQuery, checkedData(scopeDataSchema), adminsOnly, withId, forgetCaller],
      remove: [noQuery, adminsOnly, oneRow, forgetCaller]
    }
  })
}
