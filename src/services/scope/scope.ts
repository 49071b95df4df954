// scope: the rights of a user beyond their own data. Administrators grant and remove them.
import { authenticate } from '@feathersjs/authentication'
import type { Id, NextFunction, Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { v7 as uuidv7 } from 'uuid'
import { callerOf } from '../../callers/caller.js'
import { RowService } from '../../callers/row-service.js'
import { whenViolated } from '../../database/errors.js'
import { inTransaction } from '../../database/retry.js'
import { runOne } from '../../database/statement.js'
import type { Application, HookContext } from '../../declarations.js'
import { notFound, refuse } from '../../errors.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import type { RowLimit, RowLimits } from '../../limits/row-limit.js'
import { columnsOf, columnsSql } from '../../schema/columns.js'
import { rowId } from '../../schema/validation.js'
import { adminsOnly } from '../../hooks/admins-only.js'
import { requireOtherAdmin } from './last-admin.js'
import { scopeDocs } from './scope.docs.js'
import { scopeDataSchema, scopeQuerySchema, scopeSchema, type Scope } from './scope.schema.js'

/** The next call of this user in this process must see the change. Other processes get a notification. */
async function forgetCaller(context: HookContext, next: NextFunction) {
  await next()
  const { userId } = context.result as Scope
  context.app.get('callers').forget(userId)
}

const rightsOfUser: RowLimit = { reason: 'too-many-rights', most: 100, rows: 'from scopes where "userId" = $1' }

export class ScopeService extends RowService<Scope> {
  constructor(
    private readonly knex: Knex,
    private readonly limits: RowLimits
  ) {
    // Every row, because the hooks admit only administrators.
    super({ db: knex, table: 'scopes', columns: columnsOf(scopeSchema), rows: 'everybody' })
  }

  override create(data: Partial<Scope>): Promise<Scope> {
    return this.limits.below(this.knex, rightsOfUser, data.userId ?? '', async (trx) => {
      const row = await runOne<Scope>(
        trx,
        `insert into scopes (id, "userId", type) values ($1, $2, $3) returning ${columnsSql(scopeSchema, 'scopes')}`,
        [uuidv7(), data.userId, data.type]
      )
      if (!row) throw notFound()
      return row
    })
  }

  /** 409 for the right of the last administrator. */
  override remove(id: Id, params: Params): Promise<Scope> {
    return inTransaction(this.knex, async (trx) => {
      const scope = await runOne<Scope>(trx, `select ${columnsSql(scopeSchema, 's')} from scopes s where id = $1`, [
        rowId(id)
      ])
      if (scope?.type === 'admin:admin') await requireOtherAdmin(trx, scope.userId, callerOf(params).id)
      const removed = await runOne<Scope>(
        trx,
        `delete from scopes s where id = $1 returning ${columnsSql(scopeSchema, 's')}`,
        [id]
      )
      if (!removed) throw notFound()
      return removed
    })
  }
}

whenViolated({ scopes_once: () => refuse('already'), scopes_user_fk: () => refuse('no-such-user') })

export function scope(app: Application) {
  app.use('scope', new ScopeService(app.get('db'), app.get('rowLimits')), {
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
