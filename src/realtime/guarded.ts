// What every call over a socket is guaranteed. REST has an edge for this, where the same is done before a body is read
// (rest/rest.ts, rest/edge.ts); calls from inside need none of it.
import type { NextFunction } from '@feathersjs/feathers'
import { getServiceOptions } from '../feathers.js'
import type { HookContext } from '../declarations.js'
import { notAuthenticated, payloadTooLarge, translate } from '../errors.js'
import { refuseHostile } from '../schema/validation.js'

/** A connection carries its token; it is checked again at each call, for it may have expired. */
async function authenticate({ params, service, method, app }: HookContext): Promise<void> {
  const access = getServiceOptions(service).access?.[method] ?? 'signed-in'
  const token = access === 'public' ? undefined : params.authentication?.['accessToken']
  params.caller = typeof token === 'string' ? await app.get('callers').byToken(token) : undefined
  if (!params.caller && access === 'signed-in') throw notAuthenticated()
}

const maxBytes = 64 * 1024

/** Data and query arrive as they are. */
function refuseHarm({ data, params: { query } }: HookContext): void {
  // First, for bottomless nesting has no JSON either.
  refuseHostile(data, 'data')
  refuseHostile(query, 'query')
  if (Buffer.byteLength(JSON.stringify(data) ?? '') > maxBytes) {
    throw payloadTooLarge('The data must not exceed 64 KB')
  }
}

/** A known caller, nothing hostile in what was sent, bounded work, and refusals that say nothing of the inside. */
export async function guarded(context: HookContext, next: NextFunction) {
  const { provider } = context.params
  if (provider === undefined || provider === 'rest') return next()
  const { app } = context
  try {
    return await app.get('inFlight').run(async () => {
      await authenticate(context)
      refuseHarm(context)
      return next()
    })
  } catch (error) {
    const refusal = translate(error)
    if (refusal.code >= 500)
      app.get('logger').error({ err: error, path: context.path, method: context.method }, 'socket call')
    throw refusal
  }
}
