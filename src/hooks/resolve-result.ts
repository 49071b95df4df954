// Resolvers that turn whole rows into the caller's view, and the hook that runs them.
import { resolve } from '@feathersjs/schema'
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'

export interface RowResolver {
  /** A row that the service returns → the caller's view. */
  show: (row: never, context: HookContext) => unknown
}

/** A resolver of Feathers with a converter and no properties. `show` is its converter, for the hook below. */
export const rowResolver = <Row, View>(show: (row: Row, context: HookContext) => View) =>
  Object.assign(resolve<View, HookContext>({}, { converter: async (row: Row, context) => show(row, context) }), {
    show
  })

/** The view of a result: of one row, a list, or a page. */
export function shown({ show }: RowResolver, result: unknown, context: HookContext): unknown {
  const view = (row: unknown) => show(row as never, context)
  if (Array.isArray(result)) return result.map(view)
  const page = context.method === 'find' ? (result as { data: unknown[] }) : undefined
  return page ? { ...page, data: page.data.map(view) } : view(result)
}

/**
 * As Feathers' hook of this name, but at once for all rows. Feathers' own makes five promises for each row: they took a
 * tenth of the CPU of a patch of 50 rows. It comes after the hook that reads the query.
 */
export const resolveResult = (resolver: RowResolver) => async (context: HookContext, next: NextFunction) => {
  await next()
  context.result = shown(resolver, context.result, context) as HookContext['result']
}
