// Counts statements where they pass: a proxy between a server and Postgres that reads the protocol. Postgres itself
// counts transactions, not statements, unless an extension is loaded. Counted apart from what is timed.
import { connect, createServer, type Server } from 'node:net'

export interface StatementCount {
  /** SELECT, INSERT, UPDATE, DELETE and their like. */
  statements: number
  /** BEGIN, COMMIT, ROLLBACK. */
  bracketing: number
}

const zero = '\0'
const bracket = /^\s*(begin|commit|rollback|start transaction|end|savepoint|release)\b/i
/** The settings that a new connection gets. */
const setting = /^\s*(set|reset)\b/i

/** Reads what a client sends: simple queries, and executions of what was parsed and bound before. */
function reader(onStatement: (text: string) => void): (chunk: Buffer) => void {
  const prepared = new Map<string, string>()
  const portals = new Map<string, string>()
  let pending: Buffer = Buffer.alloc(0)
  let started = false

  const read = (type: string, body: string) => {
    const [first = '', second = ''] = body.split(zero, 2)
    if (type === 'Q') onStatement(first)
    else if (type === 'P') prepared.set(first, second)
    else if (type === 'B') portals.set(first, prepared.get(second) ?? '')
    else if (type === 'E') onStatement(portals.get(first) ?? '')
  }
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      // The first message of a connection has no type.
      const header = started ? 1 : 0
      if (pending.length < header + 4) return
      const end = header + pending.readInt32BE(header)
      if (pending.length < end) return
      if (started) read(String.fromCharCode(pending[0] ?? 0), pending.toString('utf8', 5, end))
      started = true
      pending = pending.subarray(end)
    }
  }
}

export class CountingProxy {
  private count: StatementCount = { statements: 0, bracketing: 0 }
  private constructor(
    private readonly server: Server,
    /** Where the database is, seen through the proxy. */
    readonly url: string
  ) {}

  static open(databaseUrl: string): Promise<CountingProxy> {
    const { hostname, port } = new URL(databaseUrl)
    return new Promise((resolve, reject) => {
      const server = createServer((client) => {
        const upstream = connect(Number(port || 5432), hostname)
        client.on(
          'data',
          reader((text) => proxy.add(text))
        )
        client.pipe(upstream).pipe(client)
        client.on('error', () => upstream.destroy())
        upstream.on('error', () => client.destroy())
      })
      let proxy: CountingProxy
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        const url = new URL(databaseUrl)
        url.hostname = '127.0.0.1'
        url.port = String(typeof address === 'object' && address ? address.port : 0)
        proxy = new CountingProxy(server, url.href)
        resolve(proxy)
      })
    })
  }

  private add(text: string) {
    if (bracket.test(text)) this.count.bracketing++
    else if (!setting.test(text)) this.count.statements++
  }

  /** The count since the last call. */
  take(): StatementCount {
    const taken = this.count
    this.count = { statements: 0, bracketing: 0 }
    return taken
  }

  close() {
    this.server.close()
  }
}
