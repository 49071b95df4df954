import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from './declarations.js'

export const logError = async (_context: HookContext, next: NextFunction) => {
  try {
    await next()
  } catch (error) {
    console.info(error)
    throw error
  }
}
