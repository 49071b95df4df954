// user-login: the caller's own logins, newest first.
import { authenticate } from '@feathersjs/authentication'
import { KnexService } from '@feathersjs/knex'
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { validateQuery, noQuery } from '../../hooks/validate.js'
import { oneRow, ownRows } from '../../hooks/rows.js'
import { listQuery, paginate } from '../../schema/paging.js'

export const userLoginQuerySchema = listQuery({})

async function newestFirst(context: HookContext, next: NextFunction) {
  context.params.query = { ...context.params.query, $sort: { createdAt: -1, id: -1 } }
  return next()
}

export function userLogin(app: Application) {
  app.use('user-login', new KnexService({ Model: app.get('db'), name: 'user_logins', paginate }), {
    methods: ['find', 'get'],
    serviceEvents: []
  })
  app.service('user-login').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(userLoginQuerySchema), ownRows, newestFirst],
      get: [oneRow, noQuery, ownRows]
    }
  })
}
