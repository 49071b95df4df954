// Refusals: their shape, their order, their headers, and what they never say.
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { call, newAddress, person, type Person, type Reply } from './support/people.js'
import { startServer, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const unknown = randomUUID()
const friend = () => ({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email' })
const large = JSON.stringify({ spawnDetails: { a: 'x'.repeat(70_000) } })
const text = { 'content-type': 'text/plain' }

const names: Record<number, [name: string, className: string]> = {
  400: ['BadRequest', 'bad-request'],
  401: ['NotAuthenticated', 'not-authenticated'],
  403: ['Forbidden', 'forbidden'],
  404: ['NotFound', 'not-found'],
  405: ['MethodNotAllowed', 'method-not-allowed'],
  409: ['Conflict', 'conflict'],
  410: ['Gone', 'gone'],
  413: ['PayloadTooLarge', 'payload-too-large'],
  415: ['UnsupportedMediaType', 'unsupported-media-type'],
  422: ['Unprocessable', 'unprocessable'],
  429: ['TooManyRequests', 'too-many-requests'],
  500: ['GeneralError', 'general-error']
}

/** Feathers' shape and nothing else. */
function expectShape(body: Record<string, unknown>, code: number) {
  const [name, className] = names[code] ?? []
  expect(body).toMatchObject({ name, className, code })
  expect(typeof body['message']).toBe('string')
  expect(body['message']).not.toBe('')
  const known = ['name', 'message', 'code', 'className', 'data']
  expect(Object.keys(body).filter((key) => !known.includes(key))).toEqual([])
}

describe('the shape of a refusal', () => {
  it('is Feathers’, for every status that a client can cause over REST', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const toBob = await ada.inviteToChannel(bob)
    const expired = await ada.inviteToChannel(bob)
    await server.db('invites').where({ id: expired.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
    const keyed = (body: object) =>
      ada.call('POST', '/invite', { body, headers: { 'idempotency-key': `key of ${ada.id}` } })
    await keyed(friend())
    const guess = () =>
      call(server, 'POST', `/invite/${unknown}/preview`, { body: { passcode: `wrong ${randomUUID()}` } })
    for (let n = 0; n < 5; n++) await guess()
    const replies: [number, Promise<Reply>][] = [
      [400, ada.call('POST', '/invite', { body: {} })],
      [401, call(server, 'GET', '/invite')],
      [403, bob.call('PATCH', `/invite/${toBob.id}`, { body: { timed: false } })],
      [404, ada.call('GET', `/invite/${unknown}`)],
      [404, ada.call('GET', '/nothing')],
      [405, ada.call('PUT', '/invite', { body: {} })],
      [409, ada.call('POST', '/user', { body: { name: 'x', email: ada.email, password: 'long enough' } })],
      [410, bob.accept(expired.id)],
      [413, ada.call('POST', '/invite', { body: large })],
      [415, ada.call('POST', '/invite', { body: 'x', headers: text })],
      [422, keyed(friend())],
      [429, guess()]
    ]
    for (const [code, pending] of replies) {
      const reply = await pending
      expect([code, reply.status]).toEqual([code, code])
      expectShape(reply.body, code)
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it('is the same over a socket', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const toBob = await ada.inviteToChannel(bob)
    const [nobody, socket] = await Promise.all([SocketClient.open(server), SocketClient.open(server, bob.token)])
    const replies = {
      401: nobody.call('find', 'invite', {}),
      400: socket.call('create', 'invite', { inviteType: 'x' }, {}),
      403: socket.call('patch', 'invite', toBob.id, { timed: false }, {}),
      404: socket.call('get', 'invite', unknown, {}),
      405: socket.call('remove', 'channel', toBob.id, {}),
      409: socket.call('create', 'user', { name: 'x', email: ada.email, password: 'long enough' }, {})
    }
    for (const [code, pending] of Object.entries(replies)) {
      const { status, body } = await pending
      expect([code, status]).toEqual([code, Number(code)])
      expectShape(body, Number(code))
    }
    for (const path of ['nothing', 'constructor', '__proto__', 'invite/x/y/z', '', 'toString']) {
      const { status, body } = await socket.call('find', path, {})
      expect([path, status, body.message]).toEqual([
        path,
        404,
        expect.stringContaining('There is nothing at this path')
      ])
      expectShape(body, 404)
    }
    for (const method of ['update', 'upsert', 'setup', 'teardown', 'constructor']) {
      const { status, body } = await socket.call(method, 'invite', toBob.id, {}, {})
      expect([method, status]).toEqual([method, 405])
      expectShape(body, 405)
      expect((await socket.call(method, 'nothing', {})).status).toBe(404)
    }
    nobody.close()
    socket.close()
  })

  it('lists what is wrong by path and message, the same over both transports', async () => {
    const ada = await person(server)
    const body = { inviteType: 'enemy', maxUses: 'two', spawnDetails: [], colour: 1 }
    const rest = await ada.call('POST', '/invite', { body })
    const socket = await SocketClient.open(server, ada.token)
    const other = await socket.call('create', 'invite', body, {})
    expect(rest.body.data.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'colour',
      'inviteType',
      'maxUses',
      'spawnDetails'
    ])
    expect(other.body.data).toEqual(rest.body.data)
    socket.close()
  })
})

describe('of several refusals', () => {
  interface Wrong {
    method?: string
    path?: string
    token?: string
    headers?: Record<string, string>
    body?: unknown
    query?: string
  }
  const attempt = (wrong: Wrong, good?: string) => {
    const { method = 'POST', path = '/invite', token = good, headers, body, query } = wrong
    return call(
      server,
      method,
      path,
      { ...(headers && { headers }), ...(body !== undefined && { body }), ...(query !== undefined && { query }) },
      token
    )
  }

  it('the first is told: path, method, caller, media type, size, content, row, state', async () => {
    const ada = await person(server)
    const order: [number, Wrong][] = [
      [404, { method: 'PUT', path: '/nothing', token: 'bad', headers: text, body: 'x' }],
      [404, { path: '/constructor', token: 'bad', body: '{' }],
      [404, { method: 'DELETE', path: `/invite/${unknown}/nothing`, token: 'bad' }],
      [405, { method: 'PUT', token: 'bad', headers: text, body: 'x' }],
      [405, { method: 'DELETE', path: '/channel', token: 'bad' }],
      [405, { method: 'GET', path: `/invite/${unknown}/accept`, token: 'bad' }],
      [405, { method: 'PATCH', path: '/user', token: 'bad', body: '{' }],
      [401, { token: 'bad', headers: text, body: large }],
      [401, { token: 'bad', body: large }],
      [401, { token: 'bad', body: '{' }],
      [401, { method: 'PATCH', token: 'bad', query: 'filter={', body: '{' }],
      [401, { method: 'DELETE', token: 'bad', query: 'filter={' }],
      [401, { method: 'GET', path: '/invite/no-uuid', token: 'bad' }],
      [401, { path: `/invite/${unknown}/accept`, token: 'bad', body: '{' }],
      [415, { headers: text, body: large }],
      [415, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b', query: 'x=1' }],
      [413, { body: `{${large}` }],
      [413, { method: 'PATCH', query: 'filter={', body: large }],
      [400, { method: 'PATCH', path: `/invite/${unknown}`, body: { timed: 'x' } }],
      [400, { method: 'PATCH', path: '/invite/no-uuid', body: '{' }],
      [400, { method: 'GET', path: `/invite/${unknown}`, query: 'x=1' }],
      [400, { method: 'DELETE', path: `/invite/${unknown}`, query: 'x=1' }],
      [400, { path: `/invite/${unknown}/resend`, body: { x: 1 } }],
      [400, { path: `/invite/${unknown}/accept`, body: { x: 1 } }],
      [400, { path: '/invite/no-uuid/decline', body: { passcode: 5 } }],
      [404, { path: `/invite/${unknown}/accept`, body: {} }],
      [404, { path: '/invite/no-uuid/accept', body: {} }],
      [404, { path: `/invite/${unknown}/resend`, body: {} }]
    ]
    for (const [status, wrong] of order) {
      const reply = await attempt(wrong, ada.token)
      expect([wrong, reply.status]).toEqual([wrong, status])
    }
  })

  it('accept and decline read the body first when no token is sent', async () => {
    for (const verb of ['accept', 'decline']) {
      const path = `/invite/${unknown}/${verb}`
      const order: [number, Wrong][] = [
        [415, { path, headers: text, body: 'x' }],
        [413, { path, body: large }],
        [400, { path, body: '{' }],
        [400, { path, body: { passcode: 5 } }],
        [400, { path, body: { colour: 1 } }],
        [401, { path, body: {} }],
        [401, { path }]
      ]
      for (const [status, wrong] of order) {
        const reply = await attempt(wrong)
        expect([wrong, reply.status]).toEqual([wrong, status])
      }
    }
  })

  it('a row’s comes before its state’s: nobody learns from 409 or 410 what they may not see', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    const [revoked, expired] = await Promise.all([ada.inviteToChannel(bob), ada.inviteToChannel(bob)])
    await ada.must('DELETE', `/invite/${revoked.id}`)
    await server.db('invites').where({ id: expired.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
    const of = async (who: Person) => {
      const statuses: number[] = []
      for (const { id } of [revoked, expired]) {
        statuses.push((await who.accept(id)).status)
        statuses.push((await who.call('POST', `/invite/${id}/decline`, { body: {} })).status)
        statuses.push((await who.call('DELETE', `/invite/${id}`)).status)
        statuses.push((await who.call('PATCH', `/invite/${id}`, { body: { timed: false } })).status)
        statuses.push((await who.call('POST', `/invite/${id}/resend`, { body: {} })).status)
      }
      return statuses
    }
    expect(await of(eve)).toEqual(Array.from({ length: 10 }, () => 404))
    expect(await of(bob)).toEqual([409, 409, 409, 403, 403, 410, 410, 410, 403, 403])
    const toldToInviter = await of(ada)
    // 410 is told to the invitee, and to who holds the passcode.
    expect(toldToInviter).not.toContain(410)
    expect(toldToInviter.slice(0, 5)).toEqual([403, 403, 409, 409, 409])
  })
})

describe('the headers of a refusal', () => {
  it('Allow says what there is, by path', async () => {
    const expected: [string, string, string[]][] = [
      ['PUT', '/invite', ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST']],
      ['POST', `/invite/${unknown}`, ['DELETE', 'GET', 'HEAD', 'PATCH']],
      ['GET', `/invite/${unknown}/accept`, ['POST']],
      ['DELETE', `/invite/${unknown}/preview`, ['POST']],
      ['POST', `/invite/${unknown}/history`, ['GET', 'HEAD']],
      ['DELETE', '/user', ['GET', 'HEAD', 'POST']],
      ['DELETE', `/user/${unknown}`, ['GET', 'HEAD', 'PATCH']],
      ['GET', '/authentication', ['DELETE', 'POST']],
      ['PATCH', '/scope', ['GET', 'HEAD', 'POST']],
      ['GET', `/scope/${unknown}`, ['DELETE']],
      ['POST', '/user-login', ['GET', 'HEAD']],
      ['DELETE', '/channel', ['GET', 'HEAD', 'POST']]
    ]
    for (const [method, path, allowed] of expected) {
      const reply = await call(server, method, path)
      const told = reply.headers.get('allow')?.split(', ').sort()
      expect([method, path, reply.status, told]).toEqual([method, path, 405, allowed])
    }
  })

  it('X-Request-Id is on every answer, a new one each time, and never the client’s', async () => {
    const seen = new Set<string>()
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/invite', '/nothing', '/docs']) {
      const { headers } = await call(server, 'GET', path, { headers: { 'x-request-id': 'mine' } })
      const id = headers.get('x-request-id') ?? ''
      expect([path, id]).toEqual([path, expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)])
      seen.add(id)
    }
    expect(seen.size).toBe(7)
  })

  it('Retry-After is a number of seconds', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    expect((await ada.call('POST', `/invite/${id}/resend`, { body: {} })).status).toBe(202)
    const reply = await ada.call('POST', `/invite/${id}/resend`, { body: {} })
    expect(reply.status).toBe(429)
    const seconds = Number(reply.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
  })

  it('HEAD is GET without the body', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    for (const path of ['/invite', `/invite/${id}`, '/nothing']) {
      const [head, full] = await Promise.all([ada.call('HEAD', path), ada.call('GET', path)])
      expect([path, head.status, head.text]).toEqual([path, full.status, ''])
      expect(head.headers.get('content-length')).toBe(full.headers.get('content-length'))
    }
  })
})

describe('nothing of the inside', () => {
  const inside =
    /select |insert |update |delete from|relation|column|constraint|postgres|pglite|knex|node_modules|\bat .*:\d+|\/src\/|channels_gone|channels\b|stack|ECONN|127\.0\.0\.1/i

  it('is in a 500, over REST or a socket, when the database says what nobody foresaw', async () => {
    const broken = await startServer()
    try {
      const ada = await person(broken)
      const socket = await SocketClient.open(broken, ada.token)
      await broken.db.raw('alter table channels rename to channels_gone')
      const reply = await ada.call('POST', '/channel', { body: { name: 'x' } })
      expect(reply.status).toBe(500)
      expectShape(reply.body, 500)
      expect(reply.body.message).toContain('Something went wrong')
      expect(reply.body.data).toEqual({ reason: 'unforeseen', requestId: reply.headers.get('x-request-id') })
      expect(reply.text).not.toMatch(inside)
      const other = await socket.call('create', 'channel', { name: 'x' }, {})
      expect(other.status).toBe(500)
      expectShape(other.body, 500)
      expect(JSON.stringify(other.body)).not.toMatch(inside)
      // A service that is a KnexService wraps what the database says in errors of its own.
      await broken.db.raw('alter table scopes rename to scopes_gone')
      await broken.db.raw('alter table user_logins rename to user_logins_gone')
      const logins = await ada.call('GET', '/user-login')
      expect([logins.status, logins.text]).toEqual([500, expect.not.stringMatching(inside)])
      const bySocket = await socket.call('find', 'user-login', {})
      expect([bySocket.status, JSON.stringify(bySocket.body)]).toEqual([500, expect.not.stringMatching(inside)])
      socket.close()
    } finally {
      await broken.stop()
    }
  })

  it('is in a refusal of what a database cannot hold, wherever it stands', async () => {
    const ada = await person(server)
    const socket = await SocketClient.open(server, ada.token)
    const nul = 'a\u0000b'
    const replies = await Promise.all([
      ada.call('POST', '/channel', { body: { name: nul } }),
      ada.call('POST', '/invite', { body: { ...friend(), spawnDetails: { [nul]: 1 } } }),
      ada.call('POST', '/invite', { body: { ...friend(), spawnDetails: { a: nul } } }),
      ada.call('POST', '/invite', { body: '{"inviteType":"friend","spawnDetails":{"a":"\\udc00"}}' }),
      ada.call('GET', '/invite', { query: 'search=a%00b' }),
      ada.call('GET', '/invite', { query: 'channelName=a%00b' }),
      ada.call('GET', '/user', { query: 'inviteCode=a%00b' }),
      ada.call('GET', '/invite', { query: 'filter[spawnDetails][a%00]=b' }),
      call(server, 'POST', '/authentication', { body: { strategy: 'local', email: 'a@example.com', password: nul } })
    ])
    for (const { status, text: told } of replies) {
      expect([status, told]).toEqual([400, expect.not.stringMatching(inside)])
    }
    for (const [method, path, ...args] of [
      ['create', 'channel', { name: nul }, {}],
      ['find', 'invite', { search: nul }],
      ['find', 'invite', { spawnDetails: { a: nul } }],
      ['find', 'user', { inviteCode: nul }],
      ['patch', 'invite', null, { timed: false }, { filter: { channelName: nul } }],
      ['create', 'invite', { ...friend(), spawnDetails: { a: nul } }, {}]
    ] as [string, string, ...unknown[]][]) {
      const { status, body } = await socket.call(method, path, ...args)
      expect([method, args, status]).toEqual([method, args, 400])
      expect(JSON.stringify(body)).not.toMatch(inside)
    }
    for (const [method, path, id] of [
      ['get', 'invite', nul],
      ['get', 'user', nul],
      ['get', 'user-login', nul],
      ['remove', 'invite', { $ne: null }],
      ['get', 'invite', 5],
      ['remove', 'user-relationship', null],
      ['get', 'identity-provider', ['x']]
    ] as [string, string, unknown][]) {
      const { status, body } = await socket.call(method, path, id, {})
      expect([method, path, id, status]).toEqual([
        method,
        path,
        id,
        expect.toSatisfy((code: number) => code === 404 || code === 400)
      ])
      expect(JSON.stringify(body)).not.toMatch(inside)
    }
    expect((await ada.call('GET', '/invite/%00')).status).toBe(404)
    expect((await ada.call('GET', '/user/a%00b')).status).toBe(404)
    socket.close()
  })

  it('is in an answer to a path that cannot be decoded, or a user agent full of controls', async () => {
    const ada = await person(server)
    for (const path of ['/invite/%', '/%ff', '/invite/%E0%A4%A', '//', '/invite/../user', '/.env']) {
      const status = await new Promise<number>((resolve, reject) => {
        const { hostname, port } = new URL(server.url)
        const headers = { authorization: `Bearer ${ada.token}` }
        request({ hostname, port, path, headers }, (response) => {
          response.resume()
          resolve(response.statusCode ?? 0)
        })
          .on('error', reject)
          .end()
      })
      expect([path, status]).toEqual([path, 404])
    }
    const agent = await call(server, 'POST', '/authentication', {
      body: { strategy: 'local', email: ada.email, password: ada.password },
      headers: { 'user-agent': 'a\u00ff\tb' }
    })
    expect(agent.status).toBe(201)
  })
})
