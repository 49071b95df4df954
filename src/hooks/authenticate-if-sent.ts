// A hook for methods that need no token: a token that was sent must still be good.
import { authenticate } from '@feathersjs/authentication'
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'

const byToken = authenticate('jwt')

/** Feathers' hook answers 401 to a call without a token, so it runs only for a call with one. 401 for a bad token. */
export const authenticateIfSent = async (context: HookContext, next: NextFunction) =>
  context.params.authentication ? byToken(context, next) : next()
