// Answers on a connection that has no HTTP response: an error in the same shape as all others, and the connection closes.
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest, headersOf, refuse, type FeathersError } from '../errors.js'

export function answerRaw(socket: Duplex, error: FeathersError): void {
  const body = JSON.stringify(error)
  socket.end(
    [
      `HTTP/1.1 ${error.code} ${STATUS_CODES[error.code]}`,
      ...Object.entries(headersOf(error)).map(([name, value]) => `${name}: ${value}`),
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${randomUUID()}`,
      'Connection: close',
      '',
      body
    ].join('\r\n')
  )
}

/** Answers a request that Node cannot parse, and that never reaches the chain. */
export function answerUnreadable({ code }: Error & { code?: string }, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  if (code === 'HPE_HEADER_OVERFLOW') {
    answerRaw(socket, badRequest({ path: 'headers', message: 'must not exceed 40 KB' }))
  } else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    answerRaw(socket, refuse('timeout'))
  } else {
    answerRaw(socket, badRequest({ path: 'request', message: 'must be well-formed HTTP/1.1' }))
  }
}
