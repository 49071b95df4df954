// The socket that tells of changes. It is a chunk of its own: the page shows its first list without it.
import { io } from 'socket.io-client'
import { base } from '../../kit/page.js'
import type { Invite } from '../types.js'
import { eventKinds, type Heard, type LiveState } from './events.js'

interface Listener {
  token: string
  heard: (event: Heard) => void
  state: (state: LiveState) => void
  /** The service does not take the token any more. */
  ended: () => void
}

/** Connects and signs in, again whenever the connection was lost. Returns what closes it. */
export function openSocket({ token, heard, state, ended }: Listener): () => void {
  const socket = io(base.origin, { path: `${base.pathname}socket.io` })
  let isFirst = true
  const signIn = () =>
    socket.emit('create', 'authentication', { strategy: 'jwt', accessToken: token }, {}, (error: unknown) => {
      if ((error as { code?: number } | null)?.code === 401) return ended()
      if (error) return state('reconnecting')
      state('live')
      if (!isFirst) heard({ kind: 'again' })
      isFirst = false
    })
  socket.on('connect', signIn)
  socket.on('disconnect', () => state('reconnecting'))
  socket.on('connect_error', () => state('reconnecting'))
  socket.on('stale', () => heard({ kind: 'again' }))
  for (const kind of eventKinds) socket.on(`invite ${kind}`, (invite: Invite) => heard({ kind, invite }))
  return () => void socket.close()
}
