// A proxy between the service and Postgres, which a test can make deaf, or let answer in place of Postgres.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** One connection of the service: how its bytes are passed on. Without a function, they pass as they are. */
interface Passing {
  toPostgres?: (chunk: Buffer, pass: () => void, client: Socket) => void
  toService?: (chunk: Buffer, pass: () => void) => void
}

export interface DatabaseProxy {
  /** The URL of the database through the proxy. */
  url: string
  close: () => Promise<void>
}

/** Listens on a free port for the database of this URL; `passing` makes the functions of each new connection. */
export async function proxyTo(databaseUrl: string, passing: () => Passing): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(databaseUrl)
  const server = createServer((client) => {
    const upstream = connect(Number(port || 5432), hostname)
    const { toPostgres, toService } = passing()
    client.on('data', (chunk: Buffer) => {
      const pass = () => void upstream.write(chunk)
      if (toPostgres) toPostgres(chunk, pass, client)
      else pass()
    })
    upstream.on('data', (chunk: Buffer) => {
      const pass = () => void client.write(chunk)
      if (toService) toService(chunk, pass)
      else pass()
    })
    const end = (one: Socket, other: Socket) =>
      one.on('close', () => other.destroy()).on('error', () => other.destroy())
    end(client, upstream)
    end(upstream, client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: url.href, close: async () => void (await new Promise((resolve) => server.close(resolve))) }
}
