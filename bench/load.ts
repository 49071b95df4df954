// The load: a process of its own that speaks HTTP/1.1 over raw sockets.
//
// autocannon, and node's own HTTP client, cost as much CPU per small request as the servers that are measured, and on
// a machine with few cores what the load takes is taken from them. This writes a request as one string and reads of
// a reply the status, the length, and how many invites are in it: a few microseconds each, the same for every server.
import { connect, type Socket } from 'node:net'
import { layoutOf } from './layout.js'
import { scenariosOf, type Dialect, type Scenario } from './scenarios.js'
import { tokenFor } from './tokens.js'

export interface LoadOrder {
  port: number
  secret: string
  invites: number
  scenario: string
  dialect: Dialect
  connections: number
  warmupSeconds: number
  seconds: number
  /** For scenarios whose targets are used up: the first that is fresh, and how many there are. */
  first: number
  available: number
  /** Ends after so many requests, where they are counted and not timed. */
  requests?: number
}

export interface LoadResult {
  requests: number
  /** How long was measured: less than was ordered if the targets ran out. */
  seconds: number
  p50: number
  p99: number
  bytes: number
  /** Fresh targets that were used, those of the warm-up included. */
  used: number
  failures: number
  /** The first failure, for people. */
  failure?: string
}

export type LoadMessage = { kind: 'measuring' } | { kind: 'done'; result: LoadResult }

const tokens = new Map<number, string>()

function tokenOf(user: number, secret: string): string {
  let token = tokens.get(user)
  if (token === undefined) tokens.set(user, (token = tokenFor(user, secret)))
  return token
}

/** A request as it goes over the wire. */
function wireText(scenario: Scenario, n: number, { dialect, secret, port }: LoadOrder): string {
  const { method, path, user, body } = scenario.request(n, dialect)
  const authorization = user === undefined ? '' : `Authorization: Bearer ${tokenOf(user, secret)}\r\n`
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\n${authorization}`
  if (!body) return `${head}\r\n`
  const text = JSON.stringify(body)
  return `${head}Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

const headEnd = Buffer.from('\r\n\r\n')
/** Stands once in every invite, and nowhere else. */
const rowMark = Buffer.from('"channelName":')

function rowsIn(body: Buffer): number {
  let rows = 0
  for (let at = body.indexOf(rowMark); at >= 0; at = body.indexOf(rowMark, at + rowMark.length)) rows++
  return rows
}

/** Calls back with each whole reply; one request is on the way at a time. */
function onReplies(socket: Socket, onReply: (status: number, body: Buffer) => void, onError: (why: string) => void) {
  let chunks: Buffer[] = []
  let received = 0
  let status = 0
  let bodyAt = 0
  let whole = Infinity
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    received += chunk.length
    if (bodyAt === 0) {
      const start = chunks.length === 1 ? chunk : Buffer.concat(chunks)
      const end = start.indexOf(headEnd)
      if (end < 0) return
      const head = start.toString('latin1', 0, end)
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
      if (length === undefined) return onError('a reply has no Content-Length')
      status = Number(head.slice(9, 12))
      bodyAt = end + headEnd.length
      whole = bodyAt + Number(length)
    }
    if (received < whole) return
    const all = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    const body = all.subarray(bodyAt)
    chunks = []
    received = bodyAt = 0
    whole = Infinity
    onReply(status, body)
  })
}

const now = () => performance.now()

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function run(order: LoadOrder, onMeasuring: () => void): Promise<LoadResult> {
  const scenario = scenariosOf(layoutOf(order.invites)).find(({ name }) => name === order.scenario)
  if (!scenario) throw new Error(`there is no scenario ${order.scenario}`)
  const { connections } = order
  const latencies: number[] = []
  let fresh = 0
  let bytes = 0
  let failures = 0
  let failure: string | undefined
  let measuring = false
  let stopping = false
  let startedAt = 0
  let endedAt = 0

  const fail = (why: string) => {
    failures++
    failure ??= why
  }

  /** Each connection has targets of its own: two requests never wait for each other's rows. */
  function* targetsOf(connection: number): Generator<number> {
    if (scenario?.targets === undefined) {
      while (fresh < order.available) yield order.first + fresh++
      return
    }
    const share = Math.max(1, Math.floor(scenario.targets / connections))
    for (let k = 0; ; k++) yield (connection + connections * (k % share)) % scenario.targets
  }

  const connection = (number: number) =>
    new Promise<void>((resolve) => {
      const targets = targetsOf(number)
      const socket = connect(order.port, '127.0.0.1')
      socket.setNoDelay(true)
      let sentAt = 0
      let ended = false
      const end = () => {
        ended = true
        socket.destroy()
        resolve()
      }
      let sent = 0
      const send = () => {
        const target = stopping || sent++ === order.requests ? undefined : targets.next()
        if (!target || target.done) {
          // Whoever runs out of targets ends the measurement for all.
          if (!stopping) stop()
          return end()
        }
        const text = wireText(scenario, target.value, order)
        sentAt = now()
        socket.write(text, 'latin1')
      }
      const broken = (why: string) => {
        fail(why)
        end()
      }
      onReplies(
        socket,
        (status, body) => {
          if (measuring && !stopping) {
            latencies.push(now() - sentAt)
            bytes += body.length
          }
          const rows = status === scenario.status ? rowsIn(body) : 0
          if (status !== scenario.status) fail(`${status} ${body.toString('utf8', 0, 300)}`)
          else if (rows !== scenario.rows) fail(`${rows} rows where ${scenario.rows} were expected`)
          send()
        },
        broken
      )
      socket.once('connect', send)
      socket.once('error', (error) => broken(error.message))
      socket.once('close', () => {
        if (!ended) broken('the server closed the connection')
      })
    })

  let timer: NodeJS.Timeout
  const stop = () => {
    stopping = true
    endedAt = now()
    clearTimeout(timer)
  }
  /** A server that is slower than the measurement is long has answered every connection once. */
  const stopWhenMeasured = () => {
    if (latencies.length >= connections || failures > 0) return stop()
    timer = setTimeout(stopWhenMeasured, 100)
  }
  timer = setTimeout(() => {
    measuring = true
    startedAt = now()
    onMeasuring()
    timer = setTimeout(stopWhenMeasured, order.seconds * 1000)
  }, order.warmupSeconds * 1000)

  return Promise.all(Array.from({ length: connections }, (_, number) => connection(number))).then(() => {
    clearTimeout(timer)
    const sorted = Float64Array.from(latencies).sort()
    return {
      requests: sorted.length,
      seconds: (endedAt - startedAt) / 1000,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      bytes,
      used: fresh,
      failures,
      ...(failure !== undefined && { failure })
    }
  })
}

const tell = (message: LoadMessage) => process.send?.(message)

process.on('message', (order: LoadOrder) => {
  void run(order, () => tell({ kind: 'measuring' })).then((result) => tell({ kind: 'done', result }))
})
