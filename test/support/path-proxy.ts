// A proxy that serves a service under a path of its own. It takes the path off each request, or passes it on.
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface PathProxy {
  /** With the path. */
  url: string
  close: () => void
}

/** `target` is told once the proxy listens: the service may have to know its URL before. */
export async function proxyUnder(prefix: string, target: () => string, strips: boolean): Promise<PathProxy> {
  const ask = (incoming: IncomingMessage) => {
    const { hostname, port } = new URL(target())
    const { method, headers, url = '' } = incoming
    return request({ hostname, port, method, headers, path: strips ? url.slice(prefix.length) : url })
  }
  const isUnder = ({ url }: IncomingMessage) => url?.startsWith(`${prefix}/`) === true
  const proxy = createServer((incoming, outgoing) => {
    if (!isUnder(incoming)) return void outgoing.writeHead(421).end()
    const asked = ask(incoming)
    asked.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(outgoing)
    })
    asked.on('error', () => outgoing.destroy())
    incoming.pipe(asked)
  })
  const sockets = new Set<Duplex>()
  proxy.on('upgrade', (incoming: IncomingMessage, client: Duplex) => {
    if (!isUnder(incoming)) return void client.destroy()
    const asked = ask(incoming)
    asked.on('upgrade', ({ rawHeaders }, service, begun) => {
      const headers = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${rawHeaders[index + 1]}`]))
      client.write(['HTTP/1.1 101 Switching Protocols', ...headers, '', ''].join('\r\n'))
      // The service may have written already.
      client.write(begun)
      for (const end of [client, service]) {
        sockets.add(end)
        end.on('error', () => end.destroy())
      }
      service.pipe(client).pipe(service)
    })
    asked.on('response', () => client.destroy())
    asked.on('error', () => client.destroy())
    asked.end()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      proxy.closeAllConnections()
    }
  }
}
