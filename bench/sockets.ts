// Measures the memory of an idle websocket in the service.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BenchDatabase } from './database.js'
import { familyOf, residentMegabytes } from './processes.js'
import { table } from './report.js'
import { secret, startServer } from './servers.js'
import type { ClientsMessage, ClientsOrder } from './socket-clients.js'

const settleMs = 3000
const settled = () => new Promise((resolve) => setTimeout(resolve, settleMs))

/** Signs `count` clients in over websockets, lets them sit, and looks at the resident memory before and after. */
export async function idleSockets(database: BenchDatabase, count: number): Promise<string> {
  const server = await startServer('service', database.url)
  const clients = fork(fileURLToPath(new URL('../dist/bench/socket-clients.js', import.meta.url)), { execArgv: [] })
  const connect = (first: number, count: number) =>
    new Promise<void>((resolve, reject) => {
      clients.once('message', (message: ClientsMessage) =>
        message.failure === undefined ? resolve() : reject(new Error(message.failure))
      )
      const order: ClientsOrder = { port: server.port, secret, first, count }
      clients.send(order)
    })
  const memory = () => residentMegabytes(familyOf(server.pid))
  try {
    await settled()
    const fresh = memory()
    // The first ones load code and grow the heap once: they are not what the next one costs.
    const first = Math.ceil(count / 5)
    await connect(0, first)
    await settled()
    const before = memory()
    await connect(first, count)
    await settled()
    const after = memory()
    const each = ((after - before) * 1024) / count
    return table(
      ['', ''],
      [
        ['an instance, started', `${fresh.toFixed(0)} MB`],
        [`with ${first} websockets signed in`, `${before.toFixed(0)} MB`],
        [`with ${first + count}`, `${after.toFixed(0)} MB`],
        ['an idle websocket', `${each.toFixed(1)} KB`]
      ]
    )
  } finally {
    clients.kill()
    await server.stop()
  }
}
