// Socket calls that are refused before Feathers sees them: it waits for ever, repeats what was sent, or drops a part.
import type { Application } from '../declarations.js'
import { badRequest, methodNotAllowed, refuse, type FeathersError } from '../errors.js'
import { getServiceOptions } from '../feathers.js'

/** Where the query stands among the arguments of each method. */
const queryAt: Record<string, number> = { find: 0, get: 1, create: 1, patch: 2, remove: 1 }

/** What is wrong with a call's path, method, number of arguments, or query; `args` are those after the path. */
export function refusalOfCall(
  app: Application,
  method: string,
  path: unknown,
  args: unknown[]
): FeathersError | undefined {
  const found = typeof path === 'string' ? app.lookup(path) : null
  // An id in the path would be passed over, and a patch would be one of all rows: here it is an argument.
  if (!found || found.params?.['__id'] !== undefined) return refuse('no-such-path')
  if (!getServiceOptions(found.service).methods?.includes(method)) return methodNotAllowed([])
  const position = queryAt[method] ?? 0
  if (args.length > position + 1) return badRequest({ path: 'arguments', message: `must be ${position + 2} at most` })
  // Feathers copies it into an object, in which text, a number and a key __proto__ leave no trace.
  const query = args[position] ?? {}
  if (typeof query !== 'object' || Array.isArray(query)) {
    return badRequest({ path: 'query', message: 'must be an object' })
  }
  if (Object.hasOwn(query, '__proto__')) {
    return badRequest({ path: 'query', message: 'must not have a key of that name' })
  }
  return undefined
}
