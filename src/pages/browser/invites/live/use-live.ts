// The live changes, for every part of the page that wants to hear of them.
import { createContext } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useSession } from '../session-context.js'
import type { Heard, LiveState } from './events.js'

type Listener = (event: Heard) => void

export interface Live {
  /** Tells every part: what the socket says, and what the answers of this page's own calls say. */
  tell: Listener
  /** Returns what ends it. */
  listen: (listener: Listener) => () => void
}

export const LiveContext = createContext<Live>({ tell: () => {}, listen: () => () => {} })

/** Opens the socket of the session. */
export function useSocket(): { live: Live; state: LiveState } {
  const { session, leave } = useSession()
  const [state, setState] = useState<LiveState>('connecting')
  const live = useMemo((): Live => {
    const listeners = new Set<Listener>()
    return {
      tell: (event) => listeners.forEach((listener) => listener(event)),
      listen: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      }
    }
  }, [])
  useEffect(() => {
    let isOver = false
    let close = () => {}
    void import('./socket.js')
      .then(({ openSocket }) => {
        if (!isOver) close = openSocket({ token: session.token, heard: live.tell, state: setState, ended: leave })
      })
      .catch(() => setState('reconnecting'))
    return () => {
      isOver = true
      close()
    }
  }, [session.token])
  return { live, state }
}

export const useTell = () => useContext(LiveContext).tell

/** Calls the newest `listener` at each event. */
export function useHeard(listener: Listener): void {
  const { listen } = useContext(LiveContext)
  const newest = useRef(listener)
  newest.current = listener
  useEffect(() => listen((event) => newest.current(event)), [listen])
}
