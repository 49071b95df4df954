// Hooks of the lean services, which are a KnexService each: whose rows, which row, and who may.
import type { NextFunction } from '@feathersjs/feathers'
import { callerOf, isAdmin } from '../callers/caller.js'
import type { HookContext } from '../declarations.js'
import { forbidden, notFound } from '../errors.js'
import { isUuid } from '../schema/formats.js'

/** An id that is no uuid is nobody's: 404, before a database reads it. */
export async function oneRow(context: HookContext, next: NextFunction) {
  if (context.params.provider && !(typeof context.id === 'string' && isUuid(context.id))) throw notFound()
  return next()
}

/** ANDs `userId = caller` to whatever is asked. */
export async function ownRows(context: HookContext, next: NextFunction) {
  const { id } = callerOf(context.params)
  const { $limit, $skip, ...conditions } = context.params.query ?? {}
  context.params.query = {
    ...($limit !== undefined && { $limit }),
    ...($skip !== undefined && { $skip }),
    $and: [conditions, { userId: id }]
  }
  return next()
}

/** 403 for everybody else. */
export async function adminsOnly(context: HookContext, next: NextFunction) {
  if (!isAdmin(callerOf(context.params))) throw forbidden('Only administrators may do this')
  return next()
}
