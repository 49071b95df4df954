// The caller, a signed-in user, and the questions that policies ask about them.
import { notAuthenticated } from '../errors.js'

export interface Caller {
  id: string
  isGuest: boolean
  /** `resource:verb`; `admin:admin` implies all. */
  scopes: string[]
  /** Verified addresses, e-mail in lower case. */
  addresses: string[]
}

export const hasScope = (caller: Caller | undefined, scope: string) =>
  caller !== undefined && (caller.scopes.includes(scope) || caller.scopes.includes('admin:admin'))

export const isAdmin = (caller: Caller | undefined) => hasScope(caller, 'admin:admin')

/**
 * The caller of a method that needs one. 401 without a caller, so a service that forgets to authenticate is closed.
 */
export function callerOf({ caller }: { caller?: Caller | undefined }): Caller {
  if (!caller) throw notAuthenticated()
  return caller
}
