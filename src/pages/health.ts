// /health/live: the process answers. /health/ready: it reaches its database, can write there, and is not stopping. It also
// says which media have a carrier: a service without one makes invites, and sends nothing.
import type { Middleware } from '@feathersjs/koa'
import type { Knex } from 'knex'
import { run } from '../database/statement.js'
import { methodNotAllowed, unavailable } from '../errors.js'
import type { Application } from '../declarations.js'
import type { Medium } from '../delivery/message.js'

/** By medium. */
function carriersOf(app: Application) {
  const { carries } = app.get('outbox')
  const wordFor = (medium: Medium) => (carries(medium) ? 'set' : 'none')
  return { email: wordFor('email'), sms: wordFor('sms') }
}

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
    ctx.body = ctx.path === '/health/ready' ? { status: 'ok', carriers: carriersOf(app) } : { status: 'ok' }
  }
}
