// HTTP → a service's method. The steps are in the contract's order of errors: unknown path 404, method 405, caller 401,
// body 415/413/400, and then the service.
import type { ServiceOptions } from '@feathersjs/feathers'
import { http } from '@feathersjs/transport-commons'
import type { Middleware } from '@feathersjs/koa'
import { clientAddressReader } from '../callers/client-address.js'
import type { Caller } from '../callers/caller.js'
import { bearerToken } from '../callers/tokens.js'
import type { Access, Application } from '../declarations.js'
import { isNotAuthenticated, methodNotAllowed, notAuthenticated } from '../errors.js'
import { createContext, getServiceOptions, httpMethods, type Method } from '../feathers.js'
import { isChange } from '../limits/capacity.js'
import { readBody } from './body.js'
import { noSuchPath } from './known-paths.js'
import { readQueryString } from '../schema/query-string.js'

/**
 * The service method for an HTTP method at this path, or a 405 with the methods that the path allows. Undefined for a
 * path without any.
 */
function methodOf(httpMethod: string, hasId: boolean, options: ServiceOptions): Method | undefined {
  const onCollection = ['find', 'create', ...(options.onCollection ?? [])]
  const onRow = options.onRow ?? ['get', 'patch', 'remove']
  const here = (Object.keys(httpMethods) as Method[]).filter(
    (method) => options.methods?.includes(method) && (hasId ? onRow.includes(method) : onCollection.includes(method))
  )
  if (here.length === 0) return undefined
  const wanted = httpMethod === 'HEAD' ? 'GET' : httpMethod
  const method = here.find((candidate) => httpMethods[candidate] === wanted)
  if (method) return method
  const allowed = here.map((candidate) => httpMethods[candidate])
  throw methodNotAllowed(allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed)
}

/** The length of a text that counts as short, in characters. */
const shortText = 8192

const takesBody = new Set<Method>(['create', 'patch'])

/**
 * Adds the last middleware of the chain: it finds the service, calls it, and answers. It replaces Feathers' own
 * `rest()`, which reads a body before the caller is known, and whose query parser drops conditions.
 */
export function rest(app: Application): void {
  app.use(answerer(app))
}

function answerer(app: Application): Middleware {
  const callers = app.get('callers')
  const inFlight = app.get('inFlight')
  const tokens = app.get('tokens')
  const clientAddress = clientAddressReader(app.get('config').trustedProxies)

  /** The caller by the Authorization header, as far as `access` looks at it. 401 for a bad token, unless it is ignored. */
  async function signedIn(sign: string | undefined, access: Access): Promise<{ caller?: Caller; token?: string }> {
    if (access === 'public') return {}
    try {
      const token = bearerToken(sign)
      if (token === undefined) return {}
      const caller = await inFlight.run(tokens.verify(token).sub, () => callers.byToken(token), { sign })
      return { caller, token }
    } catch (error) {
      if (access === 'if-good' && isNotAuthenticated(error)) return {}
      throw error
    }
  }

  return async (ctx) => {
    const found = app.lookup(ctx.path)
    if (!found) throw noSuchPath(app, ctx.path)
    const { service } = found
    const { __id: id = null, ...route } = found.params ?? {}
    const options = getServiceOptions(service)
    const method = methodOf(ctx.method, id !== null, options)
    if (!method) throw noSuchPath(app, ctx.path)
    const access: Access = options.access?.[method] ?? 'signed-in'

    const sign = ctx.req.headers.authorization || undefined
    const { caller, token } = await signedIn(sign, access)
    ctx.state['callerId'] = caller?.id
    if (!caller && access === 'signed-in') throw notAuthenticated()

    const data = takesBody.has(method) ? await readBody(ctx.req, ctx.res) : undefined
    const ip = clientAddress(ctx.req)
    const params = {
      provider: 'rest',
      headers: ctx.headers,
      route,
      ip,
      query: readQueryString(ctx.querystring),
      // With `authenticated`, Feathers' authenticate hook returns at once: the token was checked above.
      ...(caller && { caller, authenticated: true }),
      ...(token && { authentication: { strategy: 'jwt', accessToken: token } })
    }
    const args = http.argumentsFor[method]({ id, data, params })
    const context = createContext(service, method, { http: {} })
    const run = service[method as keyof typeof service] as unknown as (...args: unknown[]) => Promise<typeof context>
    // The call counts from here, and not while its body arrives: a slow sender must not take the place of others.
    const work = () => run.call(service, ...args, context)
    const call = { changes: isChange(context.path, method), sign: caller && sign }
    const response = http.getResponse(await inFlight.run(caller?.id ?? ip ?? '', work, call))
    ctx.set(response.headers)
    ctx.status = response.status
    ctx.type = 'application/json'
    const text = JSON.stringify(response.body)
    // Node sends a short text in one write with its headers. It would turn a long one into three times as many bytes.
    ctx.body = text.length < shortText ? text : Buffer.from(text)
  }
}
