// The attacks of bench/attack.ts: each is one account, or nobody, who sends what costs most. Every reply is welcome, a
// refusal as well: the attack goes on.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { idOf, userCount } from './layout.js'
import { tokenFor } from './tokens.js'

export interface Target {
  port: number
  secret: string
}

/** How an attack's requests were answered, by status; 0 is a connection that broke. */
export type Answers = Map<number, number>

export interface Attack {
  name: string
  /** Requests a second. */
  rate: number
  send: (n: number, target: Target) => Promise<number>
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** One request. Resolves with its status when the reply is read. */
export function send(
  { port, secret }: Target,
  user: number | undefined,
  [method, path, body]: [method: string, path: string, body?: object],
  headers: Record<string, string> = {}
): Promise<number> {
  const text = body && JSON.stringify(body)
  return new Promise((resolve) => {
    const call = request(
      {
        port,
        host: '127.0.0.1',
        agent,
        method,
        path,
        headers: {
          ...(user !== undefined && { Authorization: `Bearer ${tokenFor(user, secret)}` }),
          ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
          ...headers
        }
      },
      (reply) => {
        reply.resume()
        reply.once('end', () => resolve(reply.statusCode ?? 0))
        reply.once('error', () => resolve(0))
      }
    )
    call.once('error', () => resolve(0))
    call.end(text)
  })
}

const filterPath = (filter: object) => `/invite?filter=${encodeURIComponent(JSON.stringify(filter))}`
const many = <T>(count: number, of: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => of(n))

/** A statement text of its own for each request: another number and order of conditions. */
const shape = (n: number, conditions: number) => ({
  $or: many(conditions, (k) => ({ [['maxUses', 'uses'][(n >> (k % 20)) & 1] ?? 'uses']: { $gte: (n + k) % 90 } }))
})

const attackers = { texts: 1, shapes: 2, lists: 3, patches: 4, replays: 5, channels: 6, listener: 7 }

/** Opens a websocket, signs in, and reads nothing from then on. The kernel answers for it, as long as its buffer lasts. */
export function deafListener({ port, secret }: Target): { close: () => void } {
  const socket = connect(port, '127.0.0.1')
  const key = Buffer.from(`${Math.random()}`.padEnd(16).slice(0, 16)).toString('base64')
  const frame = (text: string) => {
    const payload = Buffer.from(text)
    const head =
      payload.length < 126
        ? Buffer.from([0x81, 0x80 | payload.length])
        : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255])
    return Buffer.concat([head, Buffer.alloc(4), payload])
  }
  const login = { strategy: 'jwt', accessToken: tokenFor(attackers.listener, secret) }
  socket.on('error', () => {})
  socket.once('data', () => {
    socket.write(frame('40'))
    setTimeout(() => socket.write(frame(`420${JSON.stringify(['create', 'authentication', login])}`)), 500)
    setTimeout(() => socket.pause(), 2000)
    // Pongs, to pings that it does not read.
    setInterval(() => socket.write(frame('3')), 5000).unref()
  })
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
  )
  return { close: () => socket.destroy() }
}

/** Each invite of the listener's account has 16 KB: its changes are what the deaf sockets would have to read. */
export const large = { spawnDetails: { text: 'x'.repeat(15_000) } }

export const attacks: Attack[] = [
  {
    name: 'a new statement text in each request',
    rate: 35,
    send: (n, target) => send(target, attackers.texts, ['GET', filterPath(shape(n * 7919, 150))])
  },
  {
    name: 'sixty large shapes, again and again',
    rate: 35,
    send: (n, target) => send(target, attackers.shapes, ['GET', filterPath(shape(n % 60, 60 + (n % 60)))])
  },
  {
    name: 'lists by the names of people',
    rate: 4,
    send: (n, target) =>
      send(target, attackers.lists, [
        'GET',
        filterPath({ $or: many(355, (k) => ({ user: { name: `P${(n + k) % 99}` } })) })
      ])
  },
  {
    name: 'lists by as many names as are allowed',
    rate: 8,
    send: (n, target) =>
      send(target, attackers.lists, [
        'GET',
        filterPath({ $or: many(10, (k) => ({ user: { name: { $ilike: `%${n % 99}%${k}%` } } })) })
      ])
  },
  {
    name: 'changes that deaf sockets would have to hear',
    rate: 20,
    send: (_, target) =>
      send(target, attackers.listener, ['PATCH', filterPath({ userId: idOf('user', attackers.listener) }), large])
  },
  {
    name: 'polling sessions by nobody',
    rate: 50,
    send: (_, target) => send(target, undefined, ['GET', '/socket.io/?EIO=4&transport=polling'])
  },
  {
    name: 'patches of one’s own rows',
    rate: 20,
    send: (n, target) =>
      send(target, attackers.patches, [
        'PATCH',
        filterPath({ userId: idOf('user', attackers.patches) }),
        { spawnType: n % 2 ? 'spectate' : null }
      ])
  },
  {
    name: 'acceptances again, each with a new Idempotency-Key',
    rate: 50,
    send: (n, target) =>
      send(target, attackers.replays, ['POST', `/invite/${idOf('acceptable', attackers.replays)}/accept`, {}], {
        'Idempotency-Key': `key ${n}`
      })
  },
  {
    name: 'channels',
    rate: 10,
    send: (_, target) => send(target, attackers.channels, ['POST', '/channel', { name: 'One more' }])
  }
]

/** The first user who is no attacker. */
export const firstOther = 100
export const others = userCount - firstOther
export const replayed = attackers.replays
