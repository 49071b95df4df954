// A channel for each connected user, `user/<id>`: everything that a user hears of goes there.
import type { Application } from '@feathersjs/feathers'
import type { Channel } from '@feathersjs/transport-commons'

type Channels = Pick<Application, 'channel'>

/** The user's channel. Feathers makes it when it is asked for, so ask in order to join or leave only. */
export const channelOf = (app: Channels, userId: string): Channel => app.channel(`user/${userId}`)

/** The user's channel if they are connected to this process. */
export function openChannelOf(app: Channels, userId: string): Channel | undefined {
  const channel = channelOf(app, userId)
  if (channel.length > 0) return channel
  // Asking has made it. When nobody is left in a channel, it removes itself.
  channel.leave()
  return undefined
}

/** Whether any socket is open in this process, signed in or not. `io` is there once the service listens. */
export const isAnySocketOpen = ({ io }: { io?: { engine: { clientsCount: number } } }) =>
  io !== undefined && io.engine.clientsCount > 0
