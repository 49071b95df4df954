// user-login: the caller's own logins, newest first.
import { authenticate } from '@feathersjs/authentication'
import type { NextFunction } from '@feathersjs/feathers'
import { RowService } from '../../callers/row-service.js'
import type { Application, HookContext } from '../../declarations.js'
import { showViews } from '../../hooks/show-views.js'
import { validateQuery, noQuery } from '../../hooks/validate.js'
import { pageQuerySchema } from '../../schema/paging.js'
import { loginView } from '../user/user.resolvers.js'
import { logins, type LoginRow } from '../user/user.table.js'
import { userLoginDocs } from './user-login.docs.js'

async function newestFirst(context: HookContext, next: NextFunction) {
  context.params.query = { ...context.params.query, $sort: { createdAt: -1, id: -1 } }
  return next()
}

export function userLogin(app: Application) {
  app.use('user-login', new RowService<LoginRow>({ db: app.get('db'), table: 'user_logins', columns: logins.stored }), {
    methods: ['find', 'get'],
    docs: userLoginDocs,
    serviceEvents: []
  })
  app.service('user-login').hooks({
    around: {
      all: [authenticate('jwt'), showViews(loginView)],
      find: [validateQuery(pageQuerySchema), newestFirst],
      get: [noQuery]
    }
  })
}
