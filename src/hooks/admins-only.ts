// A hook for methods that only administrators may call.
import type { NextFunction } from '@feathersjs/feathers'
import { callerOf, isAdmin } from '../callers/caller.js'
import type { HookContext } from '../declarations.js'
import { refuse } from '../errors.js'

/** 403 unless the caller is an administrator. */
export async function adminsOnly(context: HookContext, next: NextFunction) {
  if (!isAdmin(callerOf(context.params))) throw refuse('admins-only')
  return next()
}
