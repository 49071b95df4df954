// Checks for every call over a socket: load, hostile input, size; and errors without details of the inside. REST does
// the same in rest/rest.ts, before it reads a body. Internal calls need none of it.
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'
import { translate } from '../database/errors.js'
import { refuse } from '../errors.js'
import { getServiceOptions } from '../feathers.js'
import { isChange } from '../limits/capacity.js'
import { maxBodyBytes, refuseHostile } from '../schema/validation.js'

/** Throws 400 or 413 for harmful data or a harmful query, which arrive as the client sent them. */
function refuseHarm({ data, params: { query } }: HookContext): void {
  // First, because JSON.stringify fails on very deep nesting.
  refuseHostile(data, 'data')
  refuseHostile(query, 'query')
  if (Buffer.byteLength(JSON.stringify(data) ?? '') > maxBodyBytes) {
    throw refuse('too-large')
  }
}

/** The user of a token that a client signs in with; undefined for another call, and for a bad token. */
function signingIn({ app, path, data }: HookContext): string | undefined {
  const { strategy, accessToken } = (path === 'authentication' ? (data ?? {}) : {}) as Record<string, unknown>
  if (strategy !== 'jwt' || typeof accessToken !== 'string') return undefined
  try {
    return app.get('tokens').verify(accessToken).sub
  } catch {
    return undefined
  }
}

/**
 * The user of the connection, or its address until it has signed in. After a restart all clients of one address sign in
 * again at once, so a sign-in with a token counts for its user.
 */
const callerOf = (context: HookContext): string => {
  const { user, ip = '' } = context.params
  return (user as { id: string } | undefined)?.id ?? signingIn(context) ?? ip
}

/** Throws the 401 that the service's own authenticate hook would throw. */
async function requireCaller({ app, params, service, method }: HookContext): Promise<void> {
  const access = getServiceOptions(service).access?.[method] ?? 'signed-in'
  if (access === 'public' || access === 'if-good' || (access === 'optional' && !params.authentication)) return
  await app.service('authentication').authenticate(params.authentication, params, 'jwt')
}

/**
 * An app-wide hook: limits the calls in flight, checks the client's data, and gives errors the same shape as over REST.
 */
export async function guarded(context: HookContext, next: NextFunction) {
  const { app, params, path, method } = context
  if (params.provider === undefined || params.provider === 'rest' || params.admitted) return next()
  try {
    const work = async () => {
      params.admitted = true
      try {
        refuseHarm(context)
      } catch (error) {
        // This hook runs before those of the service. As over REST, 401 comes before an error in the client's data.
        await requireCaller(context)
        throw error
      }
      return next()
    }
    return await app.get('inFlight').run(callerOf(context), work, { changes: isChange(path, method) })
  } catch (error) {
    const clientError = translate(error)
    const callerId = context.params.caller?.id
    if (clientError.code >= 500) app.get('logger').error({ err: error, path, method, callerId }, 'socket call')
    throw clientError
  }
}
