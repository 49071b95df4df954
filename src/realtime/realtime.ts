// The socket transport: which sockets it admits, and what it checks before Feathers sees a call.
import type { IncomingMessage } from 'node:http'
import socketio from '@feathersjs/socketio'
import type { RealTimeConnection } from '@feathersjs/feathers'
import { clientAddressReader } from '../callers/client-address.js'
import type { Application } from '../declarations.js'
import { refuse, unavailable, type FeathersError } from '../errors.js'
import { Admission } from './admission.js'
import { boundBacklog } from './backlog.js'
import { errorOfCall } from './calls.js'
import { presence } from './presence.js'
import { answerRefusedConnections, refuseHandshake } from './refused-connections.js'
import type { Wire } from './wire.js'

/** Opens the socket transport. Call it before services are registered: it gives them `publish`. */
export function sockets(app: Application) {
  const { corsOrigins: allowed, trustedProxies, rateLimitFactor } = app.get('config')
  const addressOf = clientAddressReader(trustedProxies)
  const admission = new Admission(rateLimitFactor)

  const refusalFor = (request: IncomingMessage): FeathersError | undefined => {
    const { origin, host } = request.headers
    // Browsers send an Origin with websockets, and no preflight stops them: only allowed origins may connect.
    const own = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
    if (!own && !allowed.includes(origin)) return refuse('origin-not-allowed')
    return app.get('stopping') ? unavailable('stopping') : admission.refusalFor(addressOf(request))
  }
  app.configure(
    socketio(
      {
        // socket.io cuts off a socket that sends more, and all its calls. So the limit is above the 64 KB of a call: a
        // call between the two gets a 413.
        maxHttpBufferSize: 256 * 1024,
        serveClient: false,
        cors: { origin: allowed.length > 0 ? allowed : false },
        allowRequest: (request, decide) => {
          const refusal = refusalFor(request)
          if (refusal) refuseHandshake(request, refusal)
          decide(refusal?.message, !refusal)
        }
      },
      (io) => {
        answerRefusedConnections(io)
        io.engine.on('connection', (wire: Wire) => {
          admission.opened(wire, addressOf(wire.request))
          boundBacklog(wire)
        })
        io.on('connection', (socket) => {
          const { feathers } = socket as unknown as { feathers: RealTimeConnection }
          Object.assign(feathers, { ip: addressOf(socket.request) })
          opened(feathers, socket)
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
  // each with 10,000 users connected. A connection here is in one channel, and presence() makes it leave that, and sends
  // it events. There are no other listeners of these events yet.
  for (const event of ['disconnect', 'logout', 'publish']) app.removeAllListeners(event)
  const opened = presence(app, admission)
}
