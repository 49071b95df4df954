// scope: the rights of a user beyond their own data. Administrators grant and remove them.
import { authenticate } from '@feathersjs/authentication'
import type { NextFunction } from '@feathersjs/feathers'
import { RowService } from '../../callers/row-service.js'
import { whenViolated } from '../../database/errors.js'
import type { Application, HookContext } from '../../declarations.js'
import { refuse } from '../../errors.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { columnsOf } from '../../schema/columns.js'
import { adminsOnly } from '../../hooks/admins-only.js'
import { scopeDocs } from './scope.docs.js'
import { scopeDataSchema, scopeQuerySchema, scopeSchema, type Scope } from './scope.schema.js'

/** The next call of this user in this process must see the change. Other processes get a notification. */
async function forgetCaller(context: HookContext, next: NextFunction) {
  await next()
  const { userId } = context.result as Scope
  context.app.get('callers').forget(userId)
}

whenViolated({ scopes_once: () => refuse('already'), scopes_user_fk: () => refuse('no-such-user') })

export function scope(app: Application) {
  // Every row, because the hooks admit only administrators.
  const rows = { table: 'scopes', columns: columnsOf(scopeSchema), rows: 'everybody' as const }
  app.use('scope', new RowService<Scope>({ db: app.get('db'), ...rows }), {
    methods: ['find', 'create', 'remove'],
    docs: scopeDocs,
    serviceEvents: []
  })
  app.service('scope').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(scopeQuerySchema), adminsOnly],
      create: [noQuery, validateData(scopeDataSchema), adminsOnly, forgetCaller],
      remove: [noQuery, adminsOnly, forgetCaller]
    }
  })
}
