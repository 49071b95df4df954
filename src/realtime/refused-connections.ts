// Answers the handshakes of sockets that are refused, by this service or by socket.io itself, in the shape of other
// errors. socket.io would answer in a shape of its own, and without a request id.
import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest, headersOf, type FeathersError } from '../errors.js'
import { answerRaw } from '../rest/raw-answer.js'

/** The engine under socket.io. It emits the event, then answers unless an answer has begun. */
interface Engine {
  on: (event: 'connection_error', listener: (refused: Refused) => void) => void
  ws: { on: (event: 'wsClientError', listener: (error: Error, socket: Duplex) => void) => void }
}
interface Refused {
  /** `res` is there unless the request is an upgrade; `websocket` once that has happened. */
  req: IncomingMessage & { res?: ServerResponse; websocket?: { close: (code: number) => void } }
  code: number
}

/** By the codes of the engine. */
const wrong: Record<number, { path: string; message: string }> = {
  0: { path: 'transport', message: 'must be polling or websocket' },
  1: { path: 'sid', message: 'must be that of an open connection' },
  2: { path: 'method', message: 'must be GET when there is no sid' },
  5: { path: 'EIO', message: 'must be 4' }
}
/** The answer has begun: see refuseHandshake. */
const forbidden = 4
/** The close code of a websocket (RFC 6455). */
const protocolError = 1002
const malformed = { path: 'request', message: 'must be a handshake of socket.io' }

/** Answers one handshake with an error. A request that asks for a websocket at once has no response. */
export function refuseHandshake(request: IncomingMessage & { res?: ServerResponse }, error: FeathersError): void {
  if (!request.res) return answerRaw(request.socket, error)
  const body = JSON.stringify(error)
  request.res.writeHead(error.code, {
    ...headersOf(error),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': randomUUID()
  })
  request.res.end(body)
}

/** `io` is the server of socket.io; its types hide the websocket server of its engine. */
export function answerRefusedConnections(io: { engine: object; httpServer: EventEmitter }): void {
  const engine = io.engine as Engine
  engine.on('connection_error', ({ req, code }) => {
    if (req.websocket) {
      // The engine would write an HTTP response into the websocket.
      req.websocket.close(protocolError)
      return void req.socket.end()
    }
    if (code !== forbidden) refuseHandshake(req, badRequest(wrong[code] ?? malformed))
  })
  // The engine makes its websocket server when the HTTP server listens.
  io.httpServer.on('listening', () => {
    engine.ws.on('wsClientError', (_error, socket) => answerRaw(socket, badRequest(malformed)))
  })
}
