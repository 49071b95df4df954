// PUBLIC_URL with a path: all of the service answers under it, whether the proxy takes the path off or passes it on.
import { request } from 'node:http'
import { io } from 'socket.io-client'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createClient, type Client, type Invite } from '../src/client.js'
import { loadConfig } from '../src/config.js'
import { ownSegments } from '../src/schema/path-prefix.js'
import { stopUrlFor } from './support/stops.js'
import { call, newAddress, person } from './support/people.js'
import { proxyUnder, type PathProxy } from './support/path-proxy.js'
import { startServer, useServer } from './support/server.js'

const prefix = '/invites-service'
const server = await useServer({ publicUrl: `https://example.com${prefix}/` })

const proxies: PathProxy[] = []
const clients: Client[] = []
afterAll(() => {
  for (const one of [...clients, ...proxies]) one.close()
})

/** The status of a request whose target is sent as it is written. */
const statusOf = (path: string, { url } = server) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    request({ hostname, port, path }, (reply) => resolve(reply.resume().statusCode))
      .on('error', reject)
      .end()
  })

describe.each([
  ['takes it off', true],
  ['passes it on', false]
])('under a path, behind a proxy that %s,', async (_what, strips) => {
  const proxy = await proxyUnder(prefix, () => server.url, strips)
  proxies.push(proxy)

  it('the API answers, with the query and the body as they were sent', async () => {
    const ada = await person(proxy, 'Ada')
    const link = await ada.bearerLink()
    expect(link.link).toBe(`https://example.com${prefix}/i/${link.id}#passcode=${link.passcode}`)
    const changed = await ada.patch({ id: link.id, channelName: link.channelName }, { spawnType: 'spectate' })
    expect([changed.status, changed.body.length]).toEqual([200, 1])
    const listed = await ada.call('GET', '/invite', { query: '$limit=1&$sort[createdAt]=-1' })
    expect([listed.body.limit, listed.body.data[0].id]).toEqual([1, link.id])
    expect((await call(proxy, 'GET', '/nothing')).body.data.reason).toBe('no-such-path')
    expect((await call(proxy, 'PUT', '/invite')).headers.get('allow')).toContain('PATCH')
    expect((await call(proxy, 'GET', '/invite')).status).toBe(401)
    const big = await ada.call('POST', '/invite', { body: { spawnDetails: { a: 'x'.repeat(70_000) } } })
    expect(big.status).toBe(413)
  })

  it('health, metrics, the document and the parts of its page are there', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect([path, (await fetch(`${proxy.url}${path}`)).status]).toEqual([path, 200])
    }
    const { servers } = (await (await fetch(`${proxy.url}/openapi.json`)).json()) as { servers: { url: string }[] }
    expect(new URL(servers[0]?.url ?? '', `${proxy.url}/openapi.json`).href).toBe(`${proxy.url}/`)
    for (const path of ['/docs', '/docs/']) {
      const page = await fetch(`${proxy.url}${path}`)
      expect(page.status).toBe(200)
      const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, part = '']) => part)
      expect(parts).toHaveLength(4)
      for (const part of parts) expect((await fetch(new URL(part, page.url))).status).toBe(200)
    }
  })

  it('a link of a message works there', async () => {
    const [ada, address] = [await person(proxy, 'Ada'), newAddress()]
    await ada.invite({ inviteType: 'friend', token: address, identityProviderType: 'email' })
    const link = await stopUrlFor(server, address)
    expect(link).toContain(`https://example.com${prefix}/unsubscribe/`)
    const path = link.slice(`https://example.com${prefix}`.length)
    expect((await fetch(`${proxy.url}${path}`)).status).toBe(200)
  })

  it.each(['rest', 'socket'] as const)('createClient() signs in, invites and previews over %s', async (transport) => {
    const ada = await person(proxy, 'Ada')
    const client = createClient({ url: `${proxy.url}/`, transport })
    clients.push(client)
    await client.authenticate({ strategy: 'local', email: ada.email, password: ada.password })
    const heard: Invite[] = []
    client.service('invite').on('created', (invite: Invite) => heard.push(invite))
    const { id, passcode } = await client.service('invite').create({ inviteType: 'friend' })
    await expect.poll(() => heard.map((invite) => invite.id)).toEqual([id])
    const preview = await client.service(`invite/${id}/preview`).create({ passcode: String(passcode) })
    expect(preview).toMatchObject({ id, you: 'inviter' })
    // The REST client keeps its token in its own storage, and sends it.
    expect((await client.service('invite').find()).data.map((invite) => invite.id)).toEqual([id])
  })

  it.each(['polling', 'websocket'] as const)('a plain socket connects by %s', async (transport) => {
    const { origin } = new URL(proxy.url)
    const socket = io(origin, { path: `${prefix}/socket.io/`, transports: [transport], forceNew: true })
    const answer = await new Promise((resolve, reject) => {
      socket.on('connect_error', reject)
      socket.emit('find', 'invite', {}, (error: object) => resolve(error))
    })
    expect(answer).toMatchObject({ code: 401 })
    socket.close()
  })
})

describe('the path of PUBLIC_URL', () => {
  it.each([
    ['/health/live', 200],
    [`${prefix}/health/live`, 200],
    [`${prefix}/health/live?a=/b&c=%2F`, 200],
    // An encoded letter is that letter.
    ['/invites%2Dservice/health/live', 200],
    ['/%69nvites-service/health/live', 200],
    [`http://example.com${prefix}/health/live`, 200],
    // Whole segments, as they are, and once.
    [prefix, 302],
    [`${prefix}?a=b`, 302],
    [`${prefix}/`, 302],
    [`${prefix}x/health/live`, 404],
    [`/x${prefix}/health/live`, 404],
    [`/INVITES-SERVICE/health/live`, 404],
    [`/${prefix}/health/live`, 404],
    [`${prefix}//health/live`, 404],
    [`${prefix}%2Fhealth/live`, 404],
    [`${prefix}/..${prefix}/health/live`, 404],
    [`${prefix}${prefix}/health/live`, 404],
    [`/%E0%A4%A${prefix}/health/live`, 404]
  ])('is taken off %s: %i', async (target, status) => {
    expect(await statusOf(target)).toBe(status)
  })

  it('may have several segments, of any letters', async () => {
    const other = await startServer({ publicUrl: 'https://example.com/ünited/in%20vites/' })
    expect(await statusOf('/%C3%BCnited/in%20vites/health/live', other)).toBe(200)
    expect(await statusOf('/%c3%bcnited/%69n%20vites/health/live', other)).toBe(200)
    expect(await statusOf('/health/live', other)).toBe(200)
    expect(await statusOf('/%C3%BCnited/health/live', other)).toBe(404)
    await other.stop()
  })

  it.each(['/invite', '/invites/', '/docs/api', '/socket.io', '/%69nvite', '/i'])(
    'is refused at the start when it is one of the service, as %s is',
    (path) => {
      expect(() => loadConfig({ publicUrl: `https://example.com${path}` })).toThrow(
        /PUBLIC_URL: its path must not begin with \/[\w.]+, a path of the service itself: choose another, for example/
      )
    }
  )

  it('may have a segment of the service further on', () => {
    vi.stubEnv('PUBLIC_URL', 'https://example.com/app/invite/')
    expect(loadConfig().publicUrl).toBe('https://example.com/app/invite')
    vi.unstubAllEnvs()
  })

  it('knows every path of the service', async () => {
    const { body } = await call(server, 'GET', '/openapi.json')
    const paths = [
      ...Object.keys(body.paths),
      ...Object.keys(server.app.services).map((path) => `/${path}`),
      '/socket.io'
    ]
    const first = new Set(paths.map((path) => path.split('/')[1] ?? ''))
    expect(first.size).toBeGreaterThan(15)
    expect([...first].filter((segment) => !ownSegments.includes(segment))).toEqual([])
  })
})
