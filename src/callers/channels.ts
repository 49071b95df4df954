// A channel for each connected user, `user/<id>`, to which the service sends the user's events.
import type { Application } from '@feathersjs/feathers'
import type { Channel } from '@feathersjs/transport-commons'

type Channels = Pick<Application, 'channel'>

/** The user's channel. Feathers makes it when code asks for it, so ask only to join or leave. */
export const channelOf = (app: Channels, userId: string): Channel => app.channel(`user/${userId}`)

/** The user's channel if they are connected to this process. */
export function openChannelOf(app: Channels, userId: string): Channel | undefined {
  const channel = channelOf(app, userId)
  if (channel.length > 0) return channel
  // channelOf has made an empty channel. A channel without connections removes itself at `leave`.
  channel.leave()
  return undefined
}

/** Whether any socket is open in this process, signed in or not. `io` exists once the service listens. */
export const isAnySocketOpen = ({ io }: { io?: { engine: { clientsCount: number } } }) =>
  io !== undefined && io.engine.clientsCount > 0
