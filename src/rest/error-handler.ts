// The outermost middleware: gives each request an id and one log line, and every error the same shape.
import { randomUUID } from 'node:crypto'
import type { Middleware } from '@feathersjs/koa'
import type { Logger } from 'pino'
import { translate } from '../database/errors.js'
import { badRequest, FeathersError, headersOf } from '../errors.js'

/** A path segment that may be logged: a word of the API, or an id. */
const loggable = /^([a-z][a-z.-]{0,31}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$/

/**
 * The path as the log shows it. It has no query, and `?` for a segment that is neither a word nor an id: a client may
 * have put an address or a passcode there.
 */
const loggedPath = (path: string) =>
  path
    .split('/', 12)
    .map((segment) => (loggable.test(segment) ? segment : '?'))
    .join('/')

/**
 * The path of the request. 400 for a malformed target, or one with a fragment: conditions after the `#` would be lost.
 */
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

/** Orchestrators, Prometheus and the mailbox ask every few seconds: at `info`, their lines would hide the others. */
const asksForState = /^\/(health\/(live|ready)|metrics|dev\/mailbox\/messages)$/

export function errorHandler(
  logger: Logger,
  onAnswer: (route: string, status: number, seconds: number) => void
): Middleware {
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
      const clientError: FeathersError = translate(error)
      ctx.status = clientError.code
      ctx.set(headersOf(clientError))
      // The client is still sending a body that the service does not read: the connection ends.
      if (clientError.code === 413) ctx.set('Connection', 'close')
      ctx.body =
        clientError.code === 500
          ? { ...clientError.toJSON(), data: { reason: 'unforeseen', requestId } }
          : clientError.toJSON()
    }
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    onAnswer(ctx.method, ctx.status, seconds)
    const line = {
      requestId,
      method: ctx.method,
      path: loggedPath(path),
      status: ctx.status,
      callerId: (ctx.state as { callerId?: string }).callerId,
      ms: Math.round(seconds * 1e4) / 10
    }
    // An error of our own needs no stack, and under overload there are many.
    if (failure instanceof FeathersError && ctx.status === 503)
      logger.warn({ ...line, reason: failure.message }, 'request')
    else if (ctx.status >= 500) logger.error({ ...line, err: failure }, 'request')
    else if (asksForState.test(path)) logger.debug(line, 'request')
    else logger.info(line, 'request')
  }
}
