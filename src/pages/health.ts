// /health/live: the process answers. /health/ready: it reaches its database, can write there, and is not
// stopping.
import type { Middleware } from '@feathersjs/koa'
import type { Knex } from 'knex'
import { run } from '../database/statement.js'
import { methodNotAllowed, unavailable } from '../errors.js'
import type { Application } from '../declarations.js'

export function health(db: Knex, app: Application): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
    ctx.set('Cache-Control', 'no-store')
    if (ctx.path === '/health/ready') {
      if (app.get('stopping')) throw unavailable('stopping')
      // A database that takes no writes refuses to lock rows, too, even when there are none to lock.
      await run(db, 'select 1 from users where false for update')
    }
    ctx.body = { status: 'ok' }
  }
}
