// The socket transport, and the channels that its connections join and leave.
import socketio from '@feathersjs/socketio'
import type { RealTimeConnection } from '@feathersjs/feathers'
import { channelOf } from '../callers/channels.js'
import { clientAddressReader } from '../callers/client-address.js'
import type { Application } from '../declarations.js'
import { errorOfCall } from './calls.js'
import { answerRefusedConnections } from './refused-connections.js'

const secondsToSignIn = 10

/** Opens the socket transport. Call it before services are registered: it gives them `publish`. */
export function sockets(app: Application) {
  const { corsOrigins: allowed, trustedProxies } = app.get('config')
  const clientAddress = clientAddressReader(trustedProxies)
  app.configure(
    socketio(
      {
        // socket.io cuts off a socket that sends more, and all its calls. So the limit is above the 64 KB of a call: a
        // call between the two gets a 413.
        maxHttpBufferSize: 256 * 1024,
        serveClient: false,
        cors: { origin: allowed.length > 0 ? allowed : false },
        // Browsers send an Origin with websockets, and no preflight stops them: only allowed origins may connect.
        allowRequest: (request, decide) => {
          const { origin, host } = request.headers
          const own = origin === `http://${host}` || origin === `https://${host}`
          decide(null, origin === undefined || own || allowed.includes(origin))
        }
      },
      (io) => {
        answerRefusedConnections(io)
        io.on('connection', (socket) => {
          const connection = (socket as unknown as { feathers: RealTimeConnection }).feathers
          Object.assign(connection, { ip: clientAddress(socket.request) })
          // A connection that does not sign in is closed: it costs memory and counts against the limit.
          const timer = setTimeout(() => {
            if (!connection['authentication']) socket.disconnect(true)
          }, secondsToSignIn * 1000)
          timer.unref()
          socket.on('disconnect', () => clearTimeout(timer))
          socket.use(([method, ...call]: unknown[], next) => {
            const answer = typeof call.at(-1) === 'function' ? (call.pop() as (error: object) => void) : undefined
            const [path, ...args] = call
            const error = errorOfCall(app, String(method), path, args)
            if (error) answer?.(error.toJSON())
            else next()
          })
        })
      }
    )
  )
  // The transport's own listeners make a connection that ends leave every channel of the process, one by one: 7 ms for
  // each with 10,000 users connected. A connection here is in one channel, and channels() makes it leave that. There
  // are no other listeners of these events yet.
  app.removeAllListeners('disconnect')
  app.removeAllListeners('logout')
}

/** Joins a connection to the channel of its user while the user is signed in. Call it after `sockets`. */
export function channels(app: Application) {
  const joined = new WeakMap<RealTimeConnection, string>()
  const leave = (connection: RealTimeConnection) => {
    const userId = joined.get(connection)
    if (userId === undefined) return
    joined.delete(connection)
    channelOf(app, userId).leave(connection)
  }
  app.on('login', ({ user }: { user: { id: string } }, { connection }: { connection?: RealTimeConnection }) => {
    if (!connection) return
    // A connection may sign in as another user.
    leave(connection)
    joined.set(connection, user.id)
    channelOf(app, user.id).join(connection)
  })
  app.on('logout', (_result: unknown, { connection }: { connection?: RealTimeConnection }) => {
    if (connection) leave(connection)
  })
  app.on('disconnect', leave)
}
