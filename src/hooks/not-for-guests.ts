// A hook: guests may read and accept, but not create.
import type { NextFunction } from '@feathersjs/feathers'
import { callerOf } from '../callers/caller.js'
import type { HookContext } from '../declarations.js'
import { refuse } from '../errors.js'

/** 403 for a guest. */
export async function notForGuests(context: HookContext, next: NextFunction) {
  if (callerOf(context.params).isGuest) throw refuse('not-for-guests')
  return next()
}
