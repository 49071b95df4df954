// People who are connected and do nothing: a process of its own, so that their memory is not the service's.
import { io, type Socket } from 'socket.io-client'
import { tokenFor } from './tokens.js'

export interface ClientsOrder {
  port: number
  secret: string
  first: number
  count: number
}
export interface ClientsMessage {
  failure?: string
}

const atOnce = 50
const sockets: Socket[] = []

function signIn(user: number, { port, secret }: ClientsOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
    sockets.push(socket)
    socket.once('connect_error', reject)
    socket.once('connect', () => {
      const login = { strategy: 'jwt', accessToken: tokenFor(user, secret) }
      socket.emit('create', 'authentication', login, (error: Error | null) => (error ? reject(error) : resolve()))
    })
  })
}

async function signInAll(order: ClientsOrder): Promise<void> {
  for (let user = order.first; user < order.first + order.count; user += atOnce) {
    const several = Math.min(atOnce, order.first + order.count - user)
    await Promise.all(Array.from({ length: several }, (_, index) => signIn(user + index, order)))
  }
}

const tell = (message: ClientsMessage) => process.send?.(message)

process.on('message', (order: ClientsOrder) => {
  void signInAll(order).then(
    () => tell({}),
    (error: Error) => tell({ failure: error.message })
  )
})
