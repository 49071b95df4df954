// The two clients that people have, over a socket: createClient() and Feathers' own, as its documentation makes it.
import authenticationModule from '@feathersjs/authentication-client'
import { feathers, type Application } from '@feathersjs/feathers'
import socketioModule from '@feathersjs/socketio-client'
import { io, type Socket } from 'socket.io-client'
import { createClient } from '../../src/client.js'
import type { Invite } from '../../src/services/invite/invite.table.js'
import type { Person } from './people.js'

export const kinds = ['the plain Feathers client', 'the plain client over long polling', 'createClient()'] as const

/** A signed-in client and what it hears. */
export interface Listener {
  client: Application
  socket: Socket
  heard: Invite[]
  stale: () => number
  close: () => void
}

function plainClient(url: string, transport: 'websocket' | 'polling'): Application {
  const client = feathers()
  const socket = io(url, { transports: [transport], forceNew: true })
  client.configure(socketioModule.default(socket as unknown as Parameters<typeof socketioModule.default>[0]))
  client.configure(authenticationModule.default({ storage: new authenticationModule.MemoryStorage() }))
  return client
}

export const signInOf = ({ email, password }: Person) => ({ strategy: 'local', email, password })

/** Makes a client that is not signed in. */
export function clientOf(url: string, kind: (typeof kinds)[number]): Listener {
  const client =
    kind === 'createClient()'
      ? (createClient({ url, transport: 'socket' }) as unknown as Application)
      : plainClient(url, kind === 'the plain Feathers client' ? 'websocket' : 'polling')
  const socket = client.io as Socket
  const heard: Invite[] = []
  let stale = 0
  socket.on('stale', () => (stale += 1))
  client.service('invite').on('created', (invite: Invite) => heard.push(invite))
  return { client, socket, heard, stale: () => stale, close: () => socket.close() }
}

export async function listener(url: string, who: Person, kind: (typeof kinds)[number]): Promise<Listener> {
  const made = clientOf(url, kind)
  await made.client.authenticate(signInOf(who))
  return made
}
