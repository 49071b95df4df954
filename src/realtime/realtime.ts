// Sockets: who is connected, who hears what.
import socketio from '@feathersjs/socketio'
import { Channel } from '@feathersjs/transport-commons'
import type { RealTimeConnection } from '@feathersjs/feathers'
import proxyAddress from 'proxy-addr'
import type { Application } from '../declarations.js'
import { audience } from '../services/invite/invite.policy.js'
import { viewInvite, type PopulatedInvite } from '../services/invite/invite.resolvers.js'
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
}

/** Decides who hears of an invite: after services are registered. */
export function publishing(app: Application) {
  const callers = app.get('callers')
  const connections = app.get('connections')
  app.on('login', (result: { user?: { id: string } }, { connection }: { connection?: RealTimeConnection }) => {
    if (connection && result.user) connections.add(result.user.id, connection)
  })
  app.on('logout', (_result: unknown, { connection }: { connection?: RealTimeConnection }) => {
    if (connection) connections.remove(connection)
  })
  app.on('disconnect', (connection: RealTimeConnection) => connections.remove(connection))

  /** Inviter and invitee, each their own view; nobody else, and nothing for who is not connected. */
  app.service('invite').publish((invite: unknown) => {
    const populated = invite as PopulatedInvite
    const listening = audience(populated).filter((userId) => connections.has(userId))
    if (listening.length === 0) return undefined
    return Promise.all(
      listening.map(async (userId) => {
        const viewer = await callers.byId(userId)
        return new Channel(viewer ? connections.of(userId) : [], viewer && viewInvite(populated, viewer))
      })
    )
  })
}
