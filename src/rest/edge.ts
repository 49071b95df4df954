// The outermost layer: a request id, one log line a request, and every failure in one shape.
import { randomUUID } from 'node:crypto'
import type { Middleware } from '@feathersjs/koa'
import type { Logger } from 'pino'
import { FeathersError, headersOf, translate } from '../errors.js'
import { overloaded, type InFlight } from '../overload.js'

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

/**
 * Refused before anything is done for it, for a service that is full must say so to many. Not to browsers of other
 * origins, which read a refusal only with the headers that come later, and not to who asks how it is.
 */
const isRefusedAtOnce = (ctx: { path: string; get: (header: string) => string }, { isFull }: InFlight) =>
  isFull && ctx.get('origin') === '' && !ctx.path.startsWith('/health/') && ctx.path !== '/metrics'

const atOnce = overloaded()
const atOnceText = JSON.stringify(atOnce)
const atOnceHeaders = {
  ...headersOf(atOnce),
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(atOnceText)
}

export function edge(
  logger: Logger,
  inFlight: InFlight,
  onAnswer: (route: string, status: number, seconds: number) => void
): Middleware {
  return async (ctx, next) => {
    const started = process.hrtime.bigint()
    const requestId = randomUUID()
    ctx.set('X-Request-Id', requestId)
    if (isRefusedAtOnce(ctx, inFlight)) {
      // By hand: at five times what can be served, most of the work is refusing.
      ctx.respond = false
      ctx.res.writeHead(503, atOnceHeaders).end(ctx.method === 'HEAD' ? undefined : atOnceText)
      onAnswer(ctx.method, 503, Number(process.hrtime.bigint() - started) / 1e9)
      const { method, path } = ctx
      logger.warn({ requestId, method, path: loggedPath(path), status: 503, ms: 0 }, 'request')
      return
    }
    let failure: unknown
    try {
      await next()
    } catch (error) {
      failure = error
      const refusal: FeathersError = translate(error)
      ctx.status = refusal.code
      ctx.set(headersOf(refusal))
      // What was not read of the request is not worth a connection.
      if (refusal.code === 413) ctx.set('Connection', 'close')
      ctx.body = refusal.code === 500 ? { ...refusal.toJSON(), data: { requestId } } : refusal.toJSON()
    }
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    onAnswer(ctx.method, ctx.status, seconds)
    const line = {
      requestId,
      method: ctx.method,
      path: loggedPath(ctx.path),
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
