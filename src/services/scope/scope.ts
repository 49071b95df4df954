// scope: what a user may beyond their own. Administrators grant and take away.
import { authenticate } from '@feathersjs/authentication'
import { Type, type Static } from '@sinclair/typebox'
import { v7 as uuidv7 } from 'uuid'
import type { NextFunction } from '@feathersjs/feathers'
import { RowService } from '../../callers/row-service.js'
import type { Application, HookContext } from '../../declarations.js'
import { closed, time, uuid } from '../../schema/formats.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { adminsOnly, oneRow } from '../../hooks/rows.js'
import { listQuery } from '../../schema/paging.js'

const type = () =>
  Type.String({
    pattern: '^[a-z][a-z-]{0,31}:[a-z][a-z-]{0,31}$',
    description: 'resource:verb; admin:admin implies all.'
  })

export const scopeSchema = Type.Object(
  { id: uuid(), userId: uuid(), type: type(), createdAt: time() },
  { ...closed, $id: 'Scope', description: 'A right of a user.' }
)
export type Scope = Static<typeof scopeSchema>

export const scopeDataSchema = Type.Object({ userId: uuid(), type: type() }, closed)
export const scopeQuerySchema = listQuery({ userId: Type.Optional(uuid()), type: Type.Optional(type()) })

/** The next call of this user, here, must see the change; other processes hear of it from the database. */
async function forgetCaller(context: HookContext, next: NextFunction) {
  await next()
  const { userId } = context.result as Scope
  context.app.get('callers').forget(userId)
}

async function withId(context: HookContext, next: NextFunction) {
  context.data = { id: uuidv7(), ...(context.data as object) }
  return next()
}

export function scope(app: Application) {
  // Administrators only, by hook.
  app.use('scope', new RowService<Scope>({ db: app.get('db'), table: 'scopes', rows: 'everybody' }), {
    methods: ['find', 'create', 'remove'],
    serviceEvents: []
  })
  app.service('scope').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(scopeQuerySchema), adminsOnly],
      create: [noQuery, validateData(scopeDataSchema), adminsOnly, withId, forgetCaller],
      remove: [noQuery, adminsOnly, oneRow, forgetCaller]
    }
  })
}
