// Answers 503 at once when the service cannot do a call soon: after a long wait the client would be gone.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { headersOf, unavailable } from '../errors.js'
import type { InFlight } from './in-flight.js'

const error = unavailable('overloaded')
const text = JSON.stringify(error)
const headers = {
  ...headersOf(error),
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(text)
}

/** The log reports the number of refused requests this often. */
const reportMs = 1000

/**
 * Answers 503 before any other code sees the request. At five times the load that the service can take, most of its
 * work is answering 503, and that work is taken from the requests that it serves. So the gate makes no context for such
 * a request, and the log gets one line a second, not one a request. It refuses all requests when everything is full, and
 * those of a caller whose own share is full; it knows the caller by the credentials of an earlier refusal.
 */
export class Gate {
  private refused = 0

  constructor(
    private readonly inFlight: InFlight,
    private readonly logger: Logger,
    private readonly onAnswer: (method: string, status: number, seconds: number) => void
  ) {}

  /** True when the request has been answered with 503. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.inFlight.isFull(request.headers.authorization) || !this.mayRefuse(request)) return false
    response.writeHead(503, { ...headers, 'X-Request-Id': randomUUID() })
    response.end(request.method === 'HEAD' ? undefined : text)
    this.onAnswer(request.method ?? '', 503, 0)
    this.count()
    return true
  }

  /**
   * False for requests that must pass: browsers of other origins can read an error only with the CORS headers, which
   * are added later; health checks and metrics must work under load; sockets get a 503 for each call.
   */
  private mayRefuse({ headers, url = '' }: IncomingMessage): boolean {
    return (
      headers.origin === undefined &&
      !url.startsWith('/health/') &&
      !url.startsWith('/metrics') &&
      !url.startsWith('/socket.io/')
    )
  }

  private count(): void {
    this.refused += 1
    if (this.refused > 1) return
    setTimeout(() => {
      this.logger.warn({ status: 503, refused: this.refused, ms: reportMs }, 'overloaded: requests were refused')
      this.refused = 0
    }, reportMs).unref()
  }
}
