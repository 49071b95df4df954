// `/` leads to the page of the inviter.
import type { Middleware } from '@feathersjs/koa'
import type { Config } from '../config.js'
import { methodNotAllowed } from '../errors.js'

/** Without PUBLIC_URL the address is relative: a proxy may serve the service under a path that it does not know. */
export function rootPage({ pages, publicUrl }: Config): Middleware {
  return (ctx, next) => {
    if (ctx.path !== '/' || !pages.inviter) return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
    ctx.status = 302
    ctx.set('Location', publicUrl ? `${publicUrl}/invites` : 'invites')
    return undefined
  }
}
