// The outermost layer: a request id, one log line a request, and every failure in one shape.
import { randomUUID } from 'node:crypto'
import type { Middleware } from '@feathersjs/koa'
import type { Logger } from 'pino'
import { translate } from '../database/errors.js'
import { badRequest, FeathersError, headersOf } from '../errors.js'

/** A word of ours, or an id. */
const loggable = /^([a-z][a-z.-]{0,31}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$/

/**
 * What a log line calls the path. A query never appears, and of a segment that is neither word nor id nothing does:
 * somebody may have put an address or a passcode there.
 */
const loggedPath = (path: string) =>
  path
    .split('/', 12)
    .map((segment) => (loggable.test(segment) ? segment : '?'))
    .join('/')

/** What is asked for; 400 for a target that is none, or that has a fragment, behind which conditions would be lost. */
function pathOf({ request, req: { url = '' } }: Parameters<Middleware>[0]): string {
  let path: string | null
  try {
    path = url.includes('#') ? null : request.path
  } catch {
    path = null
  }
  if (path === null) throw badRequest({ path: 'target', message: 'must be a path and a query' })
  return path
}

export function edge(logger: Logger, onAnswer: (route: string, status: number, seconds: number) => void): Middleware {
  return async (ctx, next) => {
    const started = process.hrtime.bigint()
    const requestId = randomUUID()
    ctx.set('X-Request-Id', requestId)
    let failure: unknown
    let path = ''
    try {
      if (ctx.req.httpVersion === '1.1' && ctx.headers.host === undefined) {
        throw badRequest({ path: 'headers', message: 'must have a Host' })
      }
      path = pathOf(ctx)
      await next()
    } catch (error) {
      failure = error
      const refusal: FeathersError = translate(error)
      ctx.status = refusal.code
      ctx.set(headersOf(refusal))
      // What was not read of the request is not worth a connection.
      if (refusal.code === 413) ctx.set('Connection', 'close')
      ctx.body =
        refusal.code === 500 ? { ...refusal.toJSON(), data: { reason: 'unforeseen', requestId } } : refusal.toJSON()
    }
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    onAnswer(ctx.method, ctx.status, seconds)
    const line = {
      requestId,
      method: ctx.method,
      path: loggedPath(path),
      status: ctx.status,
      ms: Math.round(seconds * 1e4) / 10
    }
    // Our own refusal needs no stack to be understood, and under overload there are many.
    if (failure instanceof FeathersError && ctx.status === 503)
      logger.warn({ ...line, reason: failure.message }, 'request')
    else if (ctx.status >= 500) logger.error({ ...line, err: failure }, 'request')
    else logger.info(line, 'request')
  }
}
