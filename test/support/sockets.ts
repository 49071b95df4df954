// A socket as the Feathers socket client opens one, with the reply told like an HTTP one.
import { io, type Socket } from 'socket.io-client'
import { requireReason } from './reasons.js'
import type { TestServer } from './server.js'

export interface SocketReply<Body = any> {
  /** The refusal's code; 200 when there was none. */
  status: number
  body: Body
}

export class SocketClient {
  private constructor(readonly socket: Socket) {}

  static async open(
    server: Pick<TestServer, 'url'>,
    token?: string,
    extraHeaders: Record<string, string> = {}
  ): Promise<SocketClient> {
    const options = { transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders }
    const socket = io(server.url, options)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve())
      socket.once('connect_error', reject)
    })
    const client = new SocketClient(socket)
    if (token !== undefined) {
      const login = await client.signIn(token)
      if (login.status !== 200) throw new Error(`socket login: ${JSON.stringify(login)}`)
    }
    return client
  }

  signIn(token: string): Promise<SocketReply> {
    return this.call('create', 'authentication', { strategy: 'jwt', accessToken: token }, {})
  }

  /** `call('patch', 'invite', null, data, query)`: a method's own arguments, the query last. */
  call<Body = any>(method: string, path: string, ...args: unknown[]): Promise<SocketReply<Body>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method} ${path}`)), 30_000)
      this.socket.emit(method, path, ...args, (error: { code: number } | null, result: Body) => {
        clearTimeout(timer)
        if (error) requireReason(error.code, error)
        resolve(error ? { status: error.code, body: error as Body } : { status: 200, body: result })
      })
    })
  }

  close(): void {
    this.socket.close()
  }
}
