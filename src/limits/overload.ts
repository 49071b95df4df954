// Bounded work: what the database cannot do soon is refused at once, instead of waiting until its client has left.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { headersOf, unavailable } from '../errors.js'

/** Calls in flight per connection of the pool: each waits for at most about this many others. */
const callsPerConnection = 8
const fewest = 64

const overloaded = () => unavailable('overloaded')

export class InFlight {
  private count = 0
  private readonly limit: number

  constructor(poolSize: number) {
    this.limit = Math.max(fewest, poolSize * callsPerConnection)
  }

  /** Whether a call is running. */
  get isBusy(): boolean {
    return this.count > 0
  }

  /** Whether one more call would be refused. */
  get isFull(): boolean {
    return this.count >= this.limit
  }

  /** Runs `work`, or throws a 503 when there is too much in flight already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isFull) throw overloaded()
    this.count += 1
    try {
      return await work()
    } finally {
      this.count -= 1
    }
  }
}

const refusal = overloaded()
const text = JSON.stringify(refusal)
const headers = {
  ...headersOf(refusal),
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(text)
}

/** How often what was refused is told. */
const tellingMs = 1000

/**
 * Stands before everything else: at five times what can be served, most of the work is refusing, and whatever that
 * costs is taken from those who are served. So nothing is made for a request that finds the service full, and what was
 * refused is counted: one line a second, not one a request.
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
    if (!this.inFlight.isFull || !this.mayRefuse(request)) return false
    response.writeHead(503, { ...headers, 'X-Request-Id': randomUUID() })
    response.end(request.method === 'HEAD' ? undefined : text)
    this.onAnswer(request.method ?? '', 503, 0)
    this.count()
    return true
  }

  /**
   * Not browsers of other origins, which read a refusal only with the headers that come later; not who asks how it is;
   * not sockets, which are refused call by call.
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
      this.logger.warn({ status: 503, refused: this.refused, ms: tellingMs }, 'overloaded: requests were refused')
      this.refused = 0
    }, tellingMs).unref()
  }
}
