// The caller of a service method, for those that are never reached without one.
import type { NextFunction, Params } from '@feathersjs/feathers'
import type { Caller } from '../callers/callers.js'
import type { HookContext } from '../declarations.js'
import { notAuthenticated, refuse } from '../errors.js'

/** 401 without one: a service that forgets to ask for a caller is closed, not open. */
export function callerOf(params: Params): Caller {
  if (!params.caller) throw notAuthenticated()
  return params.caller
}

/** Guests look and accept; they make nothing. */
export async function notForGuests(context: HookContext, next: NextFunction) {
  if (callerOf(context.params).isGuest) throw refuse('not-for-guests')
  return next()
}
