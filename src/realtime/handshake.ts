// Answers a handshake of a socket that is refused, in the shape of other errors. engine.io would answer in its own.
import { randomUUID } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { headersOf, type FeathersError } from '../errors.js'

/** engine.io adds the response of a request, and none when the client asks for a websocket at once. */
type Handshake = IncomingMessage & { res?: ServerResponse }

export function refuseHandshake(request: Handshake, error: FeathersError): void {
  const body = JSON.stringify(error)
  const headers = {
    ...headersOf(error),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Request-Id': randomUUID()
  }
  if (request.res) {
    request.res.writeHead(error.code, headers).end(body)
    return
  }
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
  request.socket.end([`HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? ''}`, ...lines, '', body].join('\r\n'))
}
