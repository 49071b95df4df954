// The session of the person at the page, for every part of it.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { call, Refusal, type Answer, type CallOptions } from '../kit/api.js'
import type { Session } from '../kit/session.js'

export interface SignedIn {
  session: Session
  /** Ends the session on this browser, and shows the form to sign in. */
  leave: () => void
}

export const SessionContext = createContext<SignedIn | undefined>(undefined)

/** Only below SessionContext. */
export function useSession(): SignedIn {
  const signedIn = useContext(SessionContext)
  if (!signedIn) throw new Error('no session')
  return signedIn
}

/** `call` with the token of the session. A token that the service does not take any more ends the session. */
export function useCall(): <T>(method: string, path: string, options?: CallOptions) => Promise<Answer<T>> {
  const { session, leave } = useSession()
  return async <T>(method: string, path: string, options: CallOptions = {}) => {
    try {
      return await call<T>(method, path, { ...options, token: session.token })
    } catch (error) {
      if (error instanceof Refusal && error.reason === 'bad-token') leave()
      throw error
    }
  }
}
