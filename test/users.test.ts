// Accounts: made, signed in to, renamed, found by code, and never by anybody else.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { registerAdmin } from '../src/services/user/first-admin.js'
import type { User } from '../src/services/user/user.table.js'
import { exchange } from './support/fuzz-wire.js'
import { admin, call, guest, newAddress, person, signIn } from './support/people.js'
import { adminLogin, startServer, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const password = 'a password of some length'
const userKeys = ['id', 'name', 'ageVerified', 'isGuest', 'inviteCode', 'lastLogin', 'createdAt', 'updatedAt', 'locale']
const loginKeys = ['id', 'userAgent', 'ipAddress', 'userId', 'identityProviderId', 'createdAt']

const register = (body: unknown, token?: string) => call<User>(server, 'POST', '/user', { body }, token)
const login = (body: unknown, headers = {}) => call(server, 'POST', '/authentication', { body, headers })

describe('registration', () => {
  it('makes a user whose address is not verified, and signs nobody in', async () => {
    const email = newAddress()
    const reply = await register({ name: '  Ada Lovelace ', email: email.toUpperCase(), password })
    expect(reply.status).toBe(201)
    expect(Object.keys(reply.body)).toEqual(userKeys)
    expect(reply.body).toMatchObject({ name: 'Ada Lovelace', isGuest: false, ageVerified: false, lastLogin: null })
    const { id } = reply.body
    const providers = await server.db('identity_providers').where({ userId: id })
    expect(providers).toMatchObject([{ type: 'email', token: email, verified: false }])
    expect(providers[0].secret).toMatch(/^\$argon2id\$/)
    expect(await server.db('user_logins').where({ userId: id })).toEqual([])
    expect(await server.db('scopes').where({ userId: id })).toEqual([])
    expect(reply.text).not.toContain(email)
  })

  it('ignores any token', async () => {
    for (const token of ['bad', 'a.b.c', (await person(server)).token]) {
      expect((await register({ name: 'Ada', email: newAddress(), password }, token)).status).toBe(201)
    }
  })

  it('is 409 for an address that is taken, in any case, and for all but one at once', async () => {
    const email = newAddress()
    const body = { name: 'Ada', email, password }
    const replies = await Promise.all([1, 2, 3].map(() => register(body)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(2)
    const again = await register({ ...body, email: email.toUpperCase() })
    expect([again.status, again.text.includes(email)]).toEqual([409, false])
    expect(await server.db('identity_providers').where({ token: email })).toHaveLength(1)
  })

  it('refuses what is not well-formed, and what only the service writes', async () => {
    const good = { name: 'Ada', email: newAddress(), password }
    for (const body of [
      {},
      [],
      [good],
      { ...good, name: '' },
      { ...good, name: ' ' },
      { ...good, name: 'x'.repeat(101) },
      { ...good, name: 'Ada\u0000' },
      { ...good, name: 'Ada\nBcc: x' },
      { ...good, name: '\u202E' },
      { ...good, name: 5 },
      { ...good, email: 'nobody' },
      { ...good, email: 'a@b' },
      { ...good, email: ['a@example.com'] },
      { ...good, email: `${'a'.repeat(65)}@example.com` },
      { ...good, password: 'short' },
      { ...good, password: 'x'.repeat(257) },
      { ...good, isGuest: true },
      { ...good, ageVerified: true },
      { ...good, id: randomUUID() },
      { ...good, scopes: ['admin:admin'] },
      { ...good, verified: true },
      { name: 'Ada', email: good.email }
    ]) {
      const reply = await register(body)
      expect([body, reply.status]).toEqual([body, 400])
    }
    expect(await server.db('identity_providers').where({ token: good.email })).toEqual([])
  })
})

describe('a login', () => {
  it('answers with a token, and records user agent and address', async () => {
    const email = newAddress()
    const { body: made } = await register({ name: 'Ada', email, password })
    const reply = await login({ strategy: 'local', email: email.toUpperCase(), password }, { 'user-agent': 'one/1.0' })
    expect(reply.status).toBe(201)
    expect(Object.keys(reply.body)).toEqual(expect.arrayContaining(['accessToken', 'authentication', 'user']))
    const { user, accessToken, authentication } = reply.body
    expect(authentication).toMatchObject({ strategy: 'local' })
    expect(Object.keys(user)).toEqual(userKeys)
    expect(Object.keys(user.lastLogin)).toEqual(loginKeys)
    expect(user.lastLogin).toMatchObject({ userAgent: 'one/1.0', ipAddress: '127.0.0.1', userId: made.id })
    const me = await call(server, 'GET', `/user/${made.id}`, {}, accessToken)
    expect(me.body).toEqual(user)
    await login({ strategy: 'local', email, password }, { 'user-agent': 'two/2.0' })
    const logins = await call(server, 'GET', '/user-login', {}, accessToken)
    expect(logins.body.data.map(({ userAgent }: { userAgent: string }) => userAgent)).toEqual(['two/2.0', 'one/1.0'])
    expect((await call(server, 'GET', `/user/${made.id}`, {}, accessToken)).body.lastLogin.userAgent).toBe('two/2.0')
  })

  it('behind trusted proxies records the address that they name, in one form; never a text of the client', async () => {
    const behind = await startServer({ trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'] })
    try {
      const ada = await person(behind)
      const credentials = { strategy: 'local', email: ada.email, password: ada.password }
      const own = '127.0.0.1'
      const rows: [forwarded: string, recorded: string][] = [
        ['203.0.113.7', '203.0.113.7'],
        ['203.0.113.7:51234', '203.0.113.7'],
        ['[2001:DB8::7]:443', '2001:db8::7'],
        ['[2001:db8::7]', '2001:db8::7'],
        ['2001:DB8:0:0::0007', '2001:db8::7'],
        ['fe80::1%eth0', 'fe80::1'],
        ['::ffff:203.0.113.8', '203.0.113.8'],
        ['[::FFFF:cb00:7108]:80', '203.0.113.8'],
        // A text that is no address is not believed: the address of the proxy stays.
        ['unknown', own],
        ['', own],
        ['x'.repeat(300), own],
        ['\u00e9\u00ff\u0080', own],
        ['203.0.113.7:port', own],
        ['203.0.113', own],
        ['0xcb007107', own],
        ['203.0.113.300', own],
        ['[203.0.113.7', own],
        ['203.0.113.7, unknown', own],
        // A proxy further out is believed in every way to write its address.
        ['203.0.113.7, 10.0.0.2', '203.0.113.7'],
        ['203.0.113.7:1, 10.0.0.2:4711', '203.0.113.7'],
        ['203.0.113.7, [::ffff:10.0.0.2]:80,fd00::1', '203.0.113.7'],
        ['203.0.113.7, unknown, 10.0.0.2:80', '10.0.0.2'],
        // The client wrote what stands before its own address.
        ['10.0.0.9, 203.0.113.7:80', '203.0.113.7'],
        ['127.0.0.1, 203.0.113.7', '203.0.113.7']
      ]
      for (const [forwarded, recorded] of rows) {
        const answer = await exchange(behind.url, {
          method: 'POST',
          target: '/authentication',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': forwarded },
          body: JSON.stringify(credentials)
        })
        const { user } = answer.body as { user?: User }
        expect([forwarded, answer.status, user?.lastLogin?.ipAddress]).toEqual([forwarded, 201, recorded])
      }
      const kept = await behind.db('user_logins').where({ userId: ada.id }).pluck('ipAddress')
      expect(new Set(kept)).toEqual(new Set(rows.map(([, recorded]) => recorded)))

      const socket = await SocketClient.open(behind, undefined, { 'x-forwarded-for': '[2001:db8::9]:443' })
      const { body } = await socket.call('create', 'authentication', credentials, {})
      expect(body.user.lastLogin.ipAddress).toBe('2001:db8::9')
      socket.close()
    } finally {
      await behind.stop()
    }
  })

  it('without trusted proxies records the address of the connection', async () => {
    const ada = await person(server)
    const body = { strategy: 'local', email: ada.email, password: ada.password }
    const reply = await login(body, { 'x-forwarded-for': '203.0.113.7' })
    expect(reply.body.user.lastLogin.ipAddress).toBe('127.0.0.1')
  })

  it('cuts a user agent that is too long', async () => {
    const ada = await person(server)
    const body = { strategy: 'local', email: ada.email, password: ada.password }
    const reply = await login(body, { 'user-agent': 'x'.repeat(5000) })
    expect(reply.body.user.lastLogin.userAgent).toHaveLength(500)
  })

  it('is the same 401 for an unknown address, a wrong password, and an account without one', async () => {
    const ada = await person(server)
    const replies = await Promise.all([
      login({ strategy: 'local', email: newAddress(), password }),
      login({ strategy: 'local', email: ada.email, password: `${password}x` }),
      login({ strategy: 'local', email: ada.email, password: password.toUpperCase() })
    ])
    for (const reply of replies) {
      expect(reply.status).toBe(401)
      expect(reply.text).toBe(replies[0].text)
      expect(reply.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect(await server.db('user_logins').where({ userId: ada.id })).toHaveLength(1)
  })

  it('of another strategy or shape is 400', async () => {
    const ada = await person(server)
    for (const body of [
      {},
      { strategy: 'oauth' },
      { strategy: 'constructor' },
      { strategy: ['local'] },
      { strategy: 'local', email: ada.email },
      { strategy: 'local', email: ada.email, password: 5 },
      { strategy: 'local', email: { $ne: null }, password },
      { strategy: 'local', email: ada.email, password: ada.password, isAdmin: true },
      { strategy: 'jwt' },
      { strategy: 'jwt', accessToken: '' },
      { strategy: 'guest', name: 'x' },
      [{ strategy: 'guest' }]
    ]) {
      expect([body, (await login(body)).status]).toEqual([body, 400])
    }
  })

  it('by token answers with the same user, and is recorded nowhere', async () => {
    const ada = await person(server)
    const reply = await login({ strategy: 'jwt', accessToken: ada.token })
    expect(reply.status).toBe(201)
    expect(reply.body.user).toEqual(await ada.must('GET', `/user/${ada.id}`))
    expect((await call(server, 'GET', '/user-login', {}, reply.body.accessToken)).body.total).toBe(1)
  })

  it('ends with DELETE /authentication', async () => {
    const ada = await person(server)
    const reply = await ada.call('DELETE', '/authentication')
    expect(reply.status).toBe(200)
    expect((await call(server, 'DELETE', '/authentication')).status).toBe(401)
  })
})

describe('guests', () => {
  it('are users of their own, who make nothing', async () => {
    const [one, other] = await Promise.all([guest(server), guest(server)])
    expect(one.id).not.toBe(other.id)
    const me = await one.must<User>('GET', `/user/${one.id}`)
    expect(me).toMatchObject({ isGuest: true, lastLogin: { userId: one.id } })
    for (const [path, body] of [
      ['/channel', { name: 'x' }],
      ['/location', { name: 'x' }],
      ['/instance', { locationId: randomUUID() }],
      ['/invite', { inviteType: 'friend', inviteeId: other.id }]
    ] as const) {
      expect([path, (await one.call('POST', path, { body })).status]).toEqual([path, 403])
      // A malformed body is a 400 for a guest too.
      expect([path, (await one.call('POST', path, { body: {} })).status]).toEqual([path, 400])
    }
    await one.must('POST', '/user-relationship', { relatedUserId: other.id, userRelationshipType: 'blocking' })
  })

  it('and registrations are where the configuration allows them', async () => {
    const closed = await startServer({ guests: false, registration: 'invite-only' })
    try {
      const body = { name: 'Ada', email: newAddress(), password }
      expect((await call(closed, 'POST', '/user', { body })).status).toBe(403)
      expect((await call(closed, 'POST', '/authentication', { body: { strategy: 'guest' } })).status).toBe(400)
      expect(await closed.db('users')).toHaveLength(1)
      // A person who accepts an invite can still make an account.
      const boss = await admin(closed)
      const link = await boss.bearerLink()
      const reply = await call(closed, 'POST', `/invite/${link.id}/accept`, {
        body: { passcode: link.passcode, register: body }
      })
      expect(reply.status).toBe(201)
      expect(await closed.db('users')).toHaveLength(2)
    } finally {
      await closed.stop()
    }
  })
})

describe('a user', () => {
  it('is read by oneself and by who may read users, and nobody else', async () => {
    const [ada, bob, boss] = await Promise.all([person(server, 'Ada'), person(server), admin(server)])
    const hidden = await bob.call('GET', `/user/${ada.id}`)
    const unknown = await bob.call('GET', `/user/${randomUUID()}`)
    expect([hidden.status, hidden.text]).toEqual([404, unknown.text])
    expect((await boss.call('GET', `/user/${ada.id}`)).body.inviteCode).toMatch(/^\w{10}$/)
    await boss.must('POST', '/scope', { userId: bob.id, type: 'user:read' })
    expect((await bob.call('GET', `/user/${ada.id}`)).body.lastLogin.userId).toBe(ada.id)
    const [granted] = (await boss.must('GET', `/scope?userId=${bob.id}`)).data
    await boss.must('DELETE', `/scope/${granted.id}`)
    expect((await bob.call('GET', `/user/${ada.id}`)).status).toBe(404)
  })

  it('renames themself, and nobody else', async () => {
    const [ada, bob, boss] = await Promise.all([person(server, 'Ada'), person(server), admin(server)])
    const before = await ada.must<User>('GET', `/user/${ada.id}`)
    const after = await ada.must<User>('PATCH', `/user/${ada.id}`, { name: ' Augusta ' })
    expect(after).toEqual({ ...before, name: 'Augusta', updatedAt: after.updatedAt })
    expect(after.updatedAt > before.updatedAt).toBe(true)
    expect((await bob.call('PATCH', `/user/${ada.id}`, { body: { name: 'Eve' } })).status).toBe(404)
    // An administrator sees the user, so the answer is 403 and not 404.
    expect((await boss.call('PATCH', `/user/${ada.id}`, { body: { name: 'Eve' } })).status).toBe(403)
    expect((await boss.call('PATCH', `/user/${randomUUID()}`, { body: { name: 'Eve' } })).status).toBe(404)
    for (const body of [{}, { name: '' }, { name: 'x', isGuest: true }, { inviteCode: 'x' }, { name: null }, []]) {
      expect([body, (await ada.call('PATCH', `/user/${ada.id}`, { body })).status]).toEqual([body, 400])
    }
    expect((await ada.call('PATCH', '/user', { body: { name: 'All' } })).status).toBe(405)
    expect((await ada.must<User>('GET', `/user/${ada.id}`)).name).toBe('Augusta')
  })

  it('is found by the whole invite code, without what is private', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server)])
    const { inviteCode } = await ada.must<User>('GET', `/user/${ada.id}`)
    const byCode = (code: string) => bob.call('GET', '/user', { query: `inviteCode=${encodeURIComponent(code)}` })
    const { body } = await byCode(inviteCode ?? '')
    expect(body).toMatchObject([{ id: ada.id, name: 'Ada', inviteCode: null, lastLogin: null }])
    for (const wrong of ['%', '_'.repeat(10), inviteCode?.slice(0, 9) ?? '', `${inviteCode}2`]) {
      expect([wrong, (await byCode(wrong)).body.length]).toEqual([wrong, 0])
    }
    for (const query of [
      '',
      'name=Ada',
      'inviteCode=',
      'inviteCode=--',
      'inviteCode[$ne]=x',
      `inviteCode=${inviteCode}&$limit=5`,
      'inviteCode=%00'
    ]) {
      expect([query, (await bob.call('GET', '/user', { query })).status]).toEqual([query, 400])
    }
  })

  it('cannot try codes without end', async () => {
    const strict = await startServer({ rateLimitFactor: 1 })
    try {
      const ada = await person(strict)
      const statuses: number[] = []
      for (let n = 0; n < 31; n++) {
        statuses.push(
          (await ada.call('GET', '/user', { query: `inviteCode=AAAAAAAA${String(n).padStart(2, '0')}` })).status
        )
      }
      expect(statuses).toEqual([...Array.from({ length: 30 }, () => 200), 429])
    } finally {
      await strict.stop()
    }
  })
})

describe('the administrator of the configuration', () => {
  const logger = server.app.get('logger')

  it('is made once, verified, with admin:admin', async () => {
    const boss = await admin(server)
    expect(await server.db('scopes').where({ userId: boss.id })).toMatchObject([{ type: 'admin:admin' }])
    expect(await server.db('identity_providers').where({ userId: boss.id })).toMatchObject([{ verified: true }])
    await registerAdmin({ db: server.db, logger, admin: server.config.admin })
    expect(await server.db('identity_providers').where({ token: adminLogin.email })).toHaveLength(1)
  })

  it('is never an account that exists already', async () => {
    const ada = await person(server)
    const account = { email: ada.email.toUpperCase(), password: 'another password' }
    await registerAdmin({ db: server.db, logger, admin: account })
    expect(await server.db('scopes').where({ userId: ada.id })).toEqual([])
    expect((await signIn(server, ada.email, ada.password)).id).toBe(ada.id)
    expect((await login({ strategy: 'local', email: ada.email, password: 'another password' })).status).toBe(401)
  })
})
