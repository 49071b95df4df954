// The socket transport, and what its connections hear of.
import socketio from '@feathersjs/socketio'
import type { RealTimeConnection } from '@feathersjs/feathers'
import proxyAddress from 'proxy-addr'
import { channelOf, openChannelOf } from '../callers/channels.js'
import type { Application } from '../declarations.js'
import { audience } from '../services/invite/invite.policy.js'
import { viewInvite } from '../services/invite/invite.resolvers.js'
import type { PopulatedInvite } from '../services/invite/invite.table.js'
import type { User } from '../services/user/user.table.js'
import { refusalOfCall } from './calls.js'

const secondsToSignIn = 10

/** Opens the socket transport: before services are registered, which learn to publish by it. */
export function sockets(app: Application) {
  const { corsOrigins: allowed, trustedProxies } = app.get('config')
  const trusted = proxyAddress.compile(trustedProxies)
  app.configure(
    socketio(
      {
        // What is larger is cut off, and all calls of its socket with it: so there is room for what is refused.
        maxHttpBufferSize: 256 * 1024,
        serveClient: false,
        cors: { origin: allowed.length > 0 ? allowed : false },
        // Browsers send an Origin with websockets, and no preflight stops them: refused here unless it is ours.
        allowRequest: (request, decide) => {
          const { origin, host } = request.headers
          const own = origin === `http://${host}` || origin === `https://${host}`
          decide(null, origin === undefined || own || allowed.includes(origin))
        }
      },
      (io) => {
        io.on('connection', (socket) => {
          const connection = (socket as unknown as { feathers: RealTimeConnection }).feathers
          Object.assign(connection, { ip: proxyAddress(socket.request, trusted) })
          // Nobody needs a connection that says nothing: it costs memory and counts against the limit.
          const timer = setTimeout(() => {
            if (!connection['authentication']) socket.disconnect(true)
          }, secondsToSignIn * 1000)
          timer.unref()
          socket.on('disconnect', () => clearTimeout(timer))
          socket.use(([method, ...call]: unknown[], next) => {
            const answer = typeof call.at(-1) === 'function' ? (call.pop() as (refusal: object) => void) : undefined
            const [path, ...args] = call
            const refusal = refusalOfCall(app, String(method), path, args)
            if (refusal) answer?.(refusal.toJSON())
            else next()
          })
        })
      }
    )
  )
  // The transport makes a connection that ends leave every channel of the process, one by one: 7 ms for each with 10,000
  // users connected. A connection here is in one channel, which publishing() makes it leave. No other listeners are there.
  app.removeAllListeners('disconnect')
  app.removeAllListeners('logout')
}

/** Joins users to their channel while they are signed in, and sends them what they hear of. After services are there. */
export function publishing(app: Application) {
  const callers = app.get('callers')
  const joined = new WeakMap<RealTimeConnection, string>()
  const leave = (connection: RealTimeConnection) => {
    const userId = joined.get(connection)
    if (userId === undefined) return
    joined.delete(connection)
    channelOf(app, userId).leave(connection)
  }
  app.on('login', ({ user }: { user: User }, { connection }: { connection?: RealTimeConnection }) => {
    if (!connection) return
    // A connection may sign in as somebody else.
    leave(connection)
    joined.set(connection, user.id)
    channelOf(app, user.id).join(connection)
  })
  app.on('logout', (_result: unknown, { connection }: { connection?: RealTimeConnection }) => {
    if (connection) leave(connection)
  })
  app.on('disconnect', leave)

  /** Inviter and invitee hear of an invite, each their own view. */
  app.service('invite').publish(async (invite: unknown) => {
    const populated = invite as PopulatedInvite
    const listening = audience(populated).filter((userId) => openChannelOf(app, userId))
    const views = listening.map(async (userId) => {
      const viewer = await callers.byId(userId)
      const channel = openChannelOf(app, userId)
      return viewer && channel ? [channel.send(viewInvite(populated, viewer))] : []
    })
    return (await Promise.all(views)).flat()
  })
}
