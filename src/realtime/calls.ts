// The errors of malformed socket calls, before Feathers sees them: it would wait for ever, repeat the client's data, or
// drop a part.
import type { Application } from '../declarations.js'
import { badRequest, methodNotAllowed, type FeathersError } from '../errors.js'
import { getServiceOptions } from '../feathers.js'
import { noSuchPath } from '../rest/known-paths.js'

/** The position of the query among the arguments of each method. */
const queryAt: Record<string, number> = { find: 0, get: 1, create: 1, patch: 2, remove: 1 }

/** The error of a call whose path, method, number of arguments, or query is wrong; `args` are those after the path. */
export function errorOfCall(
  app: Application,
  method: string,
  path: unknown,
  args: unknown[]
): FeathersError | undefined {
  const found = typeof path === 'string' ? app.lookup(path) : null
  // Over a socket, the id is an argument. Feathers would ignore an id in the path, and a patch would change all rows.
  if (!found || found.params?.['__id'] !== undefined) return noSuchPath(app, typeof path === 'string' ? path : '')
  const { methods = [] } = getServiceOptions(found.service)
  if (!methods.includes(method)) return methodNotAllowed(methods)
  const position = queryAt[method] ?? 0
  if (args.length > position + 1)
    return badRequest({ path: 'arguments', message: `must be ${position + 2} at most, and the last a query` })
  // Feathers copies the query into an object, and silently loses a text, a number and a key __proto__.
  const query = args[position] ?? {}
  if (typeof query !== 'object' || Array.isArray(query)) {
    return badRequest({ path: 'query', message: 'must be an object' })
  }
  if (Object.hasOwn(query, '__proto__')) {
    return badRequest({ path: 'query', message: 'must not have a key of that name' })
  }
  return undefined
}
