// Hooks for methods that need no token. With one of them a token that was sent must still be good, and the other ignores
// a bad one.
import { authenticate } from '@feathersjs/authentication'
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'
import { isNotAuthenticated } from '../errors.js'

const byToken = authenticate('jwt')

/** Feathers' hook answers 401 to a call without a token, so it runs only for a call with one. 401 for a bad token. */
export const authenticateIfSent = async (context: HookContext, next: NextFunction) =>
  context.params.authentication ? byToken(context, next) : next()

/** For `if-good` methods: the caller of a good token. A call with a bad token goes on as one without any. */
export async function authenticateIfGood(context: HookContext, next: NextFunction) {
  try {
    if (context.params.authentication) await byToken(context, async () => {})
  } catch (error) {
    if (!isNotAuthenticated(error)) throw error
  }
  return next()
}
