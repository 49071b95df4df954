// user-login: the caller's own logins, newest first.
import { KnexService } from '@feathersjs/knex'
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { checkedQuery, noQuery } from '../../hooks/checked.js'
import { oneRow, ownRows } from '../../hooks/rows.js'
import { pageQuerySchema, paginate } from '../../schema/paging.js'
import { userLoginDocs } from './user-login.docs.js'

async function newestFirst(context: HookContext, next: NextFunction) {
  context.params.query = { ...context.params.query, $sort: { createdAt: -1, id: -1 } }
  return next()
}

export function userLogin(app: Application) {
  const { db } = app.get('parts')
  app.use('user-login', new KnexService({ Model: db, name: 'user_logins', paginate }), {
    methods: ['find', 'get'],
    docs: userLoginDocs,
    serviceEvents: []
  })
  app.service('user-login').hooks({
    around: {
      find: [checkedQuery(pageQuerySchema), ownRows, newestFirst],
      get: [oneRow, noQuery, ownRows]
    }
  })
}
