// Hooks of services over rows: the id of a row, and methods for administrators.
import type { NextFunction } from '@feathersjs/feathers'
import { callerOf, isAdmin } from '../callers/caller.js'
import type { HookContext } from '../declarations.js'
import { notFound, refuse } from '../errors.js'
import { isUuid } from '../schema/formats.js'

/**
 * The id of a row, in lower case. 404 unless it is a uuid: no row has another id, and Postgres would throw an error.
 */
export function rowId(id: unknown): string {
  if (typeof id !== 'string' || !isUuid(id)) throw notFound()
  return id.toLowerCase()
}

/** The id must be a uuid, as in `rowId`. */
export async function oneRow(context: HookContext, next: NextFunction) {
  if (context.params.provider) rowId(context.id)
  return next()
}

/** 403 unless the caller is an administrator. */
export async function adminsOnly(context: HookContext, next: NextFunction) {
  if (!isAdmin(callerOf(context.params))) throw refuse('admins-only')
  return next()
}
