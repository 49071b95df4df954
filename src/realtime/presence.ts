// The connections of signed-in users: each is in the channel of its user from its sign-in until its token ends.
import type { EventEmitter } from 'node:events'
import type { RealTimeConnection } from '@feathersjs/feathers'
import type { CombinedChannel } from '@feathersjs/transport-commons'
import { channelOf, openChannelOf } from '../callers/channels.js'
import type { AccessPayload } from '../callers/tokens.js'
import type { Application } from '../declarations.js'
import type { Admission } from './admission.js'
import { closeWire, type Wire } from './wire.js'

/** The open sockets of one user. A newer one takes the place of the oldest. */
const mostOfOneUser = 100
/** Node's timers take no longer time. */
const longestTimer = 2 ** 31 - 1

interface Socket extends Pick<EventEmitter, 'emit'> {
  id: string
  conn: object
}

interface Present {
  socket: Socket
  wire: Wire
  userId?: string
  /** The claims of the token that it has signed in with. */
  payload?: AccessPayload
  /** Ends with the token. */
  timer?: NodeJS.Timeout
}

/** The answer of a sign-in, which Feathers tells of; its client may have gone since it asked. */
interface Login {
  user: { id: string }
  authentication: { payload: AccessPayload }
}

/** Makes connections join and leave the channels of their users. The result must be called for each new socket. */
export function presence(app: Application, admission: Admission) {
  const open = new Map<RealTimeConnection, Present>()
  const callers = app.get('callers')

  const leave = (connection: RealTimeConnection, present: Present) => {
    clearTimeout(present.timer)
    if (present.userId === undefined) return
    channelOf(app, present.userId).leave(connection)
    delete present.userId
    admission.signedOut(present.wire, String(connection['ip']))
  }

  /** The connection keeps the token that has ended, so that each call says why it is a 401. */
  const end = (connection: RealTimeConnection, present: Present) => {
    leave(connection, present)
    // The client misses events from now on.
    present.socket.emit('stale')
  }

  const endWith = (exp: number, connection: RealTimeConnection, present: Present) => {
    const ms = exp * 1000 - Date.now()
    present.timer = setTimeout(
      () => (ms > longestTimer ? endWith(exp, connection, present) : end(connection, present)),
      Math.min(ms, longestTimer)
    ).unref()
  }

  /** Ends the presence of a connection whose session has ended, or whose user is gone. */
  const recheck = async (connection: RealTimeConnection, present: Present) => {
    const { payload } = present
    if (present.userId === undefined || payload === undefined) return
    const caller = await callers.ofSession(payload)
    // It may have signed in anew, or gone, while the database was asked.
    if (!caller && present.payload === payload && present.userId === payload.sub) end(connection, present)
  }

  /**
   * One after the other, so that a process with many connections leaves the database to their calls. If the database is
   * away, the callers tell when it is back.
   */
  const recheckAll = async (connections: RealTimeConnection[]) => {
    try {
      for (const connection of connections) {
        const present = open.get(connection)
        if (present) await recheck(connection, present)
      }
    } catch (error) {
      app.get('logger').warn({ err: error }, 'the sessions of sockets were not checked')
    }
  }

  callers.watch((userId) => {
    const connections = userId === undefined ? open.keys() : openChannelOf(app, userId)?.connections
    void recheckAll([...(connections ?? [])])
  })

  app.on('login', ({ user, authentication }: Login, { connection }: { connection?: RealTimeConnection }) => {
    // A socket may be gone before its sign-in is done: then it joins nothing.
    const present = connection && open.get(connection)
    if (!present) return
    // A connection may sign in as another user.
    leave(connection, present)
    const channel = channelOf(app, user.id)
    const [oldest] = channel.connections
    const replaced = channel.length >= mostOfOneUser && oldest ? open.get(oldest) : undefined
    if (oldest && replaced) {
      leave(oldest, replaced)
      closeWire(replaced.wire)
    }
    channel.join(connection)
    present.userId = user.id
    present.payload = authentication.payload
    admission.signedIn(present.wire)
    endWith(authentication.payload.exp, connection, present)
    // Its session may have ended since it was let in.
    void recheckAll([connection])
  })
  app.on('logout', (_result: unknown, { connection }: { connection?: RealTimeConnection }) => {
    const present = connection && open.get(connection)
    if (present) leave(connection, present)
  })
  app.on('disconnect', (connection: RealTimeConnection) => {
    const present = open.get(connection)
    if (!present) return
    leave(connection, present)
    open.delete(connection)
  })

  // In place of Feathers' dispatcher, which encodes an event anew for each socket: a user with a hundred sockets who
  // changes a thousand large invites would keep the process busy for seconds.
  app.on('publish', (event: string, channel: CombinedChannel, { path, result }: { path: string; result: unknown }) => {
    const receivers = new Map<unknown, string[]>()
    for (const connection of channel.connections) {
      const present = open.get(connection)
      const view = channel.dataFor(connection) ?? result
      if (present) receivers.set(view, [...(receivers.get(view) ?? []), present.socket.id])
    }
    for (const [view, ids] of receivers) app.io.to(ids).emit(`${path} ${event}`, view)
  })

  // Emitted by code that could not tell a user of a change.
  app.on('stale', (userId: string) => {
    for (const connection of openChannelOf(app, userId)?.connections ?? []) open.get(connection)?.socket.emit('stale')
  })

  return (connection: RealTimeConnection, socket: Socket): void => {
    open.set(connection, { socket, wire: socket.conn as Wire })
  }
}
