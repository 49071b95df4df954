// Who is signed in on this browser. The access token is never in a cookie, so no request carries it by itself.
import type { User } from '../../../services/user/user.table.js'
import { call } from './api.js'
import { base } from './page.js'

export interface Session {
  token: string
  user: Pick<User, 'id' | 'name'>
}

/** The key of what this browser stores. Other services on the same origin have keys of their own. */
export const storeKey = (part = '') => `invite-service:${base.pathname}${part}`
const key = storeKey()

const read = (store: Storage): Session | undefined => {
  try {
    const session = JSON.parse(store.getItem(key) ?? 'null') as Session | null
    return session && typeof session.token === 'string' && typeof session.user?.name === 'string' ? session : undefined
  } catch {
    return undefined
  }
}

/** A browser may forbid its stores: then what would be stored ends with the page. */
export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** Where the browser forbids its stores: the session of this page. Without it, to sign in would lead nowhere. */
let ofThisPage: Session | undefined

/** The session that this browser remembers. It is not known whether the service still takes it. */
export const storedSession = (): Session | undefined =>
  ofThisPage ?? attempt(() => read(sessionStorage)) ?? attempt(() => read(localStorage))

/** `keep`: other tabs have the session too, and it is still there when the browser starts again. */
export function remember(session: Session, keep: boolean): void {
  const isStored = attempt(() => {
    ;(keep ? localStorage : sessionStorage).setItem(key, JSON.stringify(session))
    return true
  })
  ofThisPage = isStored ? undefined : session
  attempt(() => (keep ? sessionStorage : localStorage).removeItem(key))
}

export function forget(): void {
  ofThisPage = undefined
  attempt(() => sessionStorage.removeItem(key))
  attempt(() => localStorage.removeItem(key))
}

/** Signs in. 401 is a Refusal with the reason `wrong-password`. */
export async function signIn(email: string, password: string, keep: boolean): Promise<Session> {
  const { body } = await call<{ accessToken: string; user: User }>('POST', 'authentication', {
    body: { strategy: 'local', email, password }
  })
  const session = { token: body.accessToken, user: { id: body.user.id, name: body.user.name } }
  remember(session, keep)
  return session
}
