// What the socket tells of invites.
import type { Invite } from '../types.js'

/** `requested`: a holder of an expired invite asks for a new one. */
export const eventKinds = ['created', 'patched', 'removed', 'requested'] as const

export interface LiveEvent {
  kind: (typeof eventKinds)[number]
  invite: Invite
}

/** `again`: events were missed, so lists are to be read again. */
export type Heard = LiveEvent | { kind: 'again' }

export type LiveState = 'connecting' | 'live' | 'reconnecting'
