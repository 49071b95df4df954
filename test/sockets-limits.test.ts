// The memory that sockets may cost: what waits for a client that does not read, and the number of sockets of nobody.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { get } from 'node:http'
import { io, type Socket } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { until } from './support/patience.js'
import { admin, person, type Person } from './support/people.js'
import { requireReason } from './support/reasons.js'
import { startServer, useServer, type TestServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()

interface Wire {
  id: string
  writeBuffer: { data?: string }[]
  transport: { socket?: { bufferedAmount: number } }
}
const wiresOf = ({ app }: TestServer) => Object.values((app.io.engine as { clients: Record<string, Wire> }).clients)

/** The bytes that wait in the process for one client. */
const waitingFor = ({ writeBuffer, transport }: Wire) =>
  writeBuffer.reduce((sum, { data = '' }) => sum + data.length, transport.socket?.bufferedAmount ?? 0)

/** Invites of 15 KB each: a patch of all tells every socket of this person 600 KB. */
async function bulky(who: Person): Promise<Invite[]> {
  const { id } = await who.channel()
  const spawnDetails = { text: 'x'.repeat(15_000) }
  const made = []
  for (let n = 0; n < 10; n++) {
    const link = { inviteType: 'channel', targetObjectId: id, spawnDetails }
    made.push(...(await who.must<Invite[]>('POST', '/invite', [link, link, link, link])))
  }
  return made
}

/** Patches all of them until `isDone`; returns the most that waited for one client. */
async function patchUntil(who: Person, isDone: () => boolean): Promise<number> {
  let most = 0
  for (let round = 0; !isDone(); round++) {
    if (round > 200) throw new Error('120 MB were not enough')
    const spawnType = round % 2 === 0 ? 'spectate' : 'spawnPoint'
    expect((await who.patch({ userId: who.id }, { spawnType })).status).toBe(200)
    most = Math.max(most, ...wiresOf(server).map(waitingFor))
  }
  return most
}

/** Stops a client's reading, as a frozen tab does. */
const webSocketOf = (socket: Socket) =>
  (socket.io.engine.transport as unknown as { ws: { pause: () => void; resume: () => void } }).ws

describe('a client that does not read', () => {
  it('over a websocket lets four megabytes wait at most; then it is told that it missed events, and comes back', async () => {
    const ada = await person(server, 'Ada')
    await bulky(ada)
    const sockets = await Promise.all([1, 2, 3].map(() => SocketClient.open(server, ada.token)))
    const slow = io(server.url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 50 })
    const heard: string[] = []
    slow.on('stale', () => heard.push('stale'))
    slow.on('disconnect', (reason) => heard.push(reason))
    await new Promise<void>((resolve) => slow.once('connect', () => resolve()))
    await new Promise((resolve) =>
      slow.emit('create', 'authentication', { strategy: 'jwt', accessToken: ada.token }, resolve)
    )
    const readers = [slow, ...sockets.map(({ socket }) => socket)].map(webSocketOf)
    const ids = new Set(wiresOf(server).map(({ id }) => id))
    for (const reader of readers) reader.pause()
    const waits = (wire: Wire) => ids.has(wire.id) && waitingFor(wire) > 1024 * 1024
    const isCut = () => wiresOf(server).some((wire) => wire.writeBuffer.some(({ data }) => data === '2["stale"]'))
    const most = await patchUntil(ada, isCut)
    expect(most).toBeLessThan(6 * 1024 * 1024)
    readers[0]?.resume()
    await until(() => heard.includes('transport close'), 'the end of the slow socket')
    expect(heard).toEqual(['stale', 'transport close'])
    await until(() => slow.connected, 'the slow client to be back')
    // The others are cut off: nothing of theirs stays.
    await until(() => !wiresOf(server).some((wire) => ids.has(wire.id)), 'the end of the sockets that read nothing')
    expect(wiresOf(server).filter(waits)).toEqual([])
    slow.close()
    for (const socket of sockets) socket.close()
  })

  it('over long polling lets four megabytes wait at most, and its next poll tells that it missed events', async () => {
    const ada = await person(server, 'Ada')
    await bulky(ada)
    const poll = await polling(server)
    await poll.send('40')
    await poll.receive()
    const login = JSON.stringify(['create', 'authentication', { strategy: 'jwt', accessToken: ada.token }])
    await poll.send(`420${login}`)
    await until(async () => (await poll.receive()).includes('accessToken'), 'the sign-in')
    const wire = wiresOf(server).find(({ id }) => id === poll.sid)
    const isCut = () => wire?.writeBuffer.some(({ data }) => data === '2["stale"]') ?? false
    expect(await patchUntil(ada, isCut)).toBeLessThan(6 * 1024 * 1024)
    expect(await poll.receive()).toContain('42["stale"]')
    // The packet that closes a session.
    expect((await poll.receive()).split('\u001e')).toContain('1')
    await until(() => !wiresOf(server).some(({ id }) => id === poll.sid), 'the end of the session')
  })

  it('still gets one answer that is larger', async () => {
    const ada = await person(server, 'Ada')
    for (let n = 0; n < 2; n++) await bulky(ada)
    const socket = await SocketClient.open(server, ada.token)
    const { body } = await socket.call('find', 'invite', { $limit: 100 })
    expect(body.data).toHaveLength(80)
    expect((await socket.call('find', 'invite', { $limit: 100 })).body.data).toHaveLength(80)
    socket.close()
  })
})

/** A session of long polling, as the bytes of it. */
async function polling({ url }: TestServer, headers: Record<string, string> = {}) {
  const path = `${url}/socket.io/?EIO=4&transport=polling`
  const handshake = await fetch(path, { headers })
  const text = await handshake.text()
  const { sid } = handshake.ok ? (JSON.parse(text.slice(1)) as { sid: string }) : { sid: '' }
  return {
    handshake,
    text,
    sid,
    send: (packet: string) => fetch(`${path}&sid=${sid}`, { method: 'POST', body: packet }),
    receive: async () => (await fetch(`${path}&sid=${sid}`)).text()
  }
}

/** The answer to a handshake that asks for a websocket at once and is refused: its status and its reason. */
const upgrade = ({ url }: TestServer) =>
  new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' }
    get(`${url}/socket.io/?EIO=4&transport=websocket`, { headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.once('end', () => resolve([response.statusCode, JSON.parse(text).data.reason]))
    }).once('error', reject)
  })

describe('sockets without a sign-in', () => {
  it('are limited for each address: one more is refused in the shape of other errors, until somebody signs in', async () => {
    const small = await startServer({ rateLimitFactor: 0.05 })
    try {
      const boss = await admin(small)
      const sockets = await Promise.all([1, 2, 3, 4, 5].map(() => SocketClient.open(small)))
      const { handshake, text } = await polling(small)
      const refusal = JSON.parse(text)
      expect([handshake.status, refusal.code, refusal.className, refusal.data.reason]).toEqual([
        429,
        429,
        'too-many-requests',
        'quota-sockets'
      ])
      requireReason(handshake.status, refusal)
      expect(Number(handshake.headers.get('retry-after'))).toBeGreaterThan(0)
      await expect(SocketClient.open(small)).rejects.toThrow('websocket error')
      expect(await upgrade(small)).toEqual([429, 'quota-sockets'])
      expect((await sockets[0]?.signIn(boss.token))?.status).toBe(200)
      const newcomer = await SocketClient.open(small)
      await expect(SocketClient.open(small)).rejects.toThrow('websocket error')
      // After signing out, the socket counts again.
      newcomer.close()
      await until(() => wiresOf(small).length === 5, 'the end of the newcomer')
      expect((await sockets[0]?.call('remove', 'authentication', null, {}))?.status).toBe(200)
      await expect(SocketClient.open(small)).rejects.toThrow('websocket error')
      for (const socket of sockets) socket.close()
      await until(() => wiresOf(small).length === 0, 'the end of all')
      ;(await SocketClient.open(small)).close()
    } finally {
      await small.stop()
    }
  })

  it('are counted by network: an address of IPv6 by its first half, and one of IPv4 in either form', async () => {
    const small = await startServer({ rateLimitFactor: 0.02, trustedProxies: ['127.0.0.1'] })
    try {
      const from = async (address: string) => (await polling(small, { 'x-forwarded-for': address })).handshake.status
      expect(await from('2001:db8:1:2::1')).toBe(200)
      expect(await from('2001:0db8:1:2:ffff::9')).toBe(200)
      expect(await from('2001:db8:1:2:3:4:5:6')).toBe(429)
      expect(await from('2001:db8:1:3::1')).toBe(200)
      expect(await from('198.51.100.7')).toBe(200)
      expect(await from('::ffff:198.51.100.7')).toBe(200)
      expect(await from('198.51.100.7')).toBe(429)
      expect(await from('198.51.100.8')).toBe(200)
    } finally {
      await small.stop()
    }
  })

  it('are 2,000 at most: a newer one takes the place of the oldest, and of nobody who is signed in', async () => {
    const ada = await person(server, 'Ada')
    const [oldest, signedIn] = [await SocketClient.open(server), await SocketClient.open(server, ada.token)]
    const ended = new Promise((resolve) => oldest.socket.once('disconnect', resolve))
    for (let n = 0; n < 42; n++) await Promise.all(Array.from({ length: 50 }, () => polling(server)))
    expect(await ended).toMatch(/^transport/)
    expect(wiresOf(server).length).toBeLessThanOrEqual(2010)
    expect((await signedIn.call('get', 'user', ada.id, {})).status).toBe(200)
    signedIn.close()
  })
})

it('a user has 100 sockets at most: a newer one takes the place of the oldest', async () => {
  const ada = await person(server, 'Ada')
  const first = await SocketClient.open(server, ada.token)
  const ended = new Promise((resolve) => first.socket.once('disconnect', resolve))
  const others: SocketClient[] = []
  for (let n = 0; n < 100; n++) others.push(await SocketClient.open(server, ada.token))
  expect(await ended).toMatch(/^transport/)
  expect(server.app.channel(`user/${ada.id}`).length).toBe(100)
  for (const socket of others) socket.close()
})

it('a socket that is cut while its client signs in joins nothing', async () => {
  const ada = await person(server, 'Ada')
  const socket = await SocketClient.open(server)
  const login = { strategy: 'local', email: ada.email, password: ada.password }
  const begun = new Promise<void>((resolve) => {
    const hear = (message: unknown) => {
      if (!(message as { text: string }).text.includes('identity_providers')) return
      unsubscribe('invite-service:statement', hear)
      resolve()
    }
    subscribe('invite-service:statement', hear)
  })
  const done = new Promise((resolve) => server.app.once('login', resolve))
  const gone = new Promise((resolve) => server.app.once('disconnect', resolve))
  socket.socket.emit('create', 'authentication', login, {}, () => {})
  // The password is checked after this statement.
  await begun
  socket.close()
  await gone
  await done
  await until(() => !server.app.get('inFlight').isBusy, 'the end of the sign-in')
  expect(server.app.channels).not.toContain(`user/${ada.id}`)
  const late = await SocketClient.open(server, ada.token)
  expect(server.app.channel(`user/${ada.id}`).length).toBe(1)
  late.close()
})
