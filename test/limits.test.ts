// Limits: how often somebody may try, who is counted, what headers say, and which sockets are let in.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { enqueue } from '../src/delivery/outbox.js'
import { admin, call, newAddress, Person, person, type Reply } from './support/people.js'
import { startProcess } from './support/processes.js'
import { makeDatabase, onPostgres, startServer, useServer, type TestServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { expectLimit, expectTooMany } from './support/too-many.js'

type Url = Pick<TestServer, 'url'>

/** The statuses of so many calls, one after the other. */
async function statusesOf(count: number, attempt: (n: number) => Promise<{ status: number }>): Promise<number[]> {
  const statuses: number[] = []
  for (let n = 0; n < count; n++) statuses.push((await attempt(n)).status)
  return statuses
}
const statusesIn = (replies: { status: number }[]) => replies.map(({ status }) => status)
const sorted = (replies: { status: number }[]) => statusesIn(replies).toSorted((one, other) => one - other)
const repeated = (count: number, status: number) => Array.from({ length: count }, () => status)

const login = (server: Url, email: string, password = 'wrong', headers: Record<string, string> = {}) =>
  call(server, 'POST', '/authentication', { body: { strategy: 'local', email, password }, headers })
const register = (server: Url, headers: Record<string, string> = {}) =>
  call(server, 'POST', '/user', { body: { name: 'X', email: newAddress(), password: 'long enough' }, headers })
const from = (ip: string) => ({ 'x-forwarded-for': ip })
const preview = (server: Url, id: string, passcode: string, headers: Record<string, string> = {}) =>
  call(server, 'POST', `/invite/${id}/preview`, { body: { passcode }, headers })

// Quotas as they are by default; the test stands for a proxy, so that it can be many addresses.
const server = await useServer({ rateLimitFactor: 1, trustedProxies: ['127.0.0.1'] })
let addresses = 0
/** An address that nothing was counted for yet. */
const newIp = () => `198.51.${Math.floor(addresses / 250)}.${(addresses++ % 250) + 1}`
/** Somebody without an account registers by a link. */
const registerBy = (at: Url, link: { id: string; passcode: string }, headers: Record<string, string>) => {
  const register = { name: 'Jo', email: newAddress(), password: 'a password of some length' }
  return call(at, 'POST', `/invite/${link.id}/accept`, { body: { passcode: link.passcode, register }, headers })
}
/** A person whose registration and login counted for an address of their own. */
async function somebody(at: Url = server, headers = from(newIp())): Promise<Person> {
  const email = newAddress()
  const password = 'a password of some length'
  await call(at, 'POST', '/user', { body: { name: 'Somebody', email, password }, headers })
  const { body } = await login(at, email, password, headers)
  return new Person(at, body.user.id, 'Somebody', email, password, body.accessToken)
}

describe('how often', () => {
  it('a class of thirty follows one link from one network: everybody looks at it and gets in, at once', async () => {
    const ada = await somebody()
    const link = await ada.bearerLink({ maxUses: 40 })
    const headers = from(newIp())
    const looks = await Promise.all(Array.from({ length: 60 }, () => preview(server, link.id, link.passcode, headers)))
    expect(statusesIn(looks)).toEqual(repeated(60, 200))
    const pupil = () => registerBy(server, link, headers)
    expect(statusesIn(await Promise.all(Array.from({ length: 30 }, pupil)))).toEqual(repeated(30, 201))
    expect(await server.db('invites').where({ id: link.id }).first()).toMatchObject({ uses: 30 })
    // Wrong passcodes of the class are counted as before, and its registrations without a link too.
    expect(await statusesOf(5, () => preview(server, link.id, 'wrong', headers))).toEqual(repeated(5, 404))
    expectTooMany(await pupil(), 900, 'wrongPasscodes')
    expect(await statusesOf(20, () => register(server, headers))).toEqual(repeated(20, 201))
    expectTooMany(await register(server, headers), 3600, 'registrations')
  })

  it('a password is tried: ten times for one address from one IP, the right one included, in 15 minutes', async () => {
    const ada = await somebody()
    const headers = from(newIp())
    expect(await statusesOf(10, () => login(server, ada.email, 'wrong', headers))).toEqual(repeated(10, 401))
    expectTooMany(await login(server, ada.email, ada.password, headers), 900)
    expectTooMany(await login(server, ada.email.toUpperCase(), ada.password, headers), 900)
    // From elsewhere, she can sign in: nobody locks somebody else out.
    expect((await login(server, ada.email, ada.password, from(newIp()))).status).toBe(201)
    expect((await login(server, newAddress(), 'wrong', headers)).status).toBe(401)
  })

  it('a password is tried from many networks: a hundred times, and then only from where its user signed in', async () => {
    const home = from('2001:db8:1:1::1')
    const ada = await somebody(server, home)
    const nobody = newAddress()
    for (const email of [ada.email, nobody]) {
      expect(await statusesOf(100, () => login(server, email, 'wrong', from(newIp())))).toEqual(repeated(100, 401))
      expectTooMany(await login(server, email, ada.password, from(newIp())), 900, 'wrongPasswords')
    }
    expect((await login(server, ada.email, ada.password, from('2001:db8:1:1:ffff::2'))).status).toBe(201)
    expect((await login(server, ada.email, 'wrong', home)).status).toBe(401)
    expectTooMany(await login(server, ada.email, ada.password, from('2001:db8:1:2::1')), 900, 'wrongPasswords')
  })

  it('right passwords are tried: they never use up the wrong ones of an account', async () => {
    const strict = await startServer({ rateLimitFactor: 0.01, trustedProxies: ['127.0.0.1'] })
    try {
      const ada = await somebody(strict)
      const fromAnywhere = () => login(strict, ada.email, ada.password, from(newIp()))
      expect(await statusesOf(3, fromAnywhere)).toEqual(repeated(3, 201))
    } finally {
      await strict.stop()
    }
  })

  it('a passcode is guessed from 40 addresses of one IPv6 network: as from one', async () => {
    const ada = await somebody()
    const link = await ada.bearerLink()
    const guess = (n: number) => preview(server, link.id, 'wrong', from(`2001:db8:0:7:${n.toString(16)}::1`))
    expect(await statusesOf(40, guess)).toEqual([...repeated(5, 404), ...repeated(35, 429)])
    // The next network is another guesser, and an IPv4 address is one however it is written.
    expect((await preview(server, link.id, link.passcode, from('2001:db8:0:8::1'))).status).toBe(200)
    const ip = newIp()
    expect(await statusesOf(5, () => preview(server, link.id, 'wrong', from(ip)))).toEqual(repeated(5, 404))
    expectTooMany(await preview(server, link.id, link.passcode, from(`::ffff:${ip}`)), 900)
  })

  it.each([
    ['signs in', 100, (headers: Record<string, string>) => login(server, newAddress(), 'wrong', headers)],
    ['registers', 20, (headers: Record<string, string>) => register(server, headers)],
    [
      'comes as a guest',
      30,
      (headers: Record<string, string>) =>
        call(server, 'POST', '/authentication', { body: { strategy: 'guest' }, headers })
    ]
  ])('somebody %s from many addresses of one IPv6 network: as from one', async (what, most, attempt) => {
    const statuses = await statusesOf(most + 1, (n) => attempt(from(`2001:db8:${what.length}:9::${n.toString(16)}`)))
    expect(statuses.indexOf(429)).toBe(most)
  })

  it('a password is tried from one IP: a hundred times', async () => {
    const headers = from(newIp())
    const statuses = await statusesOf(101, () => login(server, newAddress(), 'wrong', headers))
    expect(statuses).toEqual([...repeated(100, 401), 429])
  })

  it('somebody registers from one IP: twenty times an hour', async () => {
    const headers = from(newIp())
    expect(await statusesOf(20, () => register(server, headers))).toEqual(repeated(20, 201))
    expectTooMany(await register(server, headers), 3600)
    expect((await register(server, from(newIp()))).status).toBe(201)
  })

  it('somebody comes as a guest from one IP: thirty times an hour', async () => {
    const headers = from(newIp())
    const come = () => call(server, 'POST', '/authentication', { body: { strategy: 'guest' }, headers })
    expect(await statusesOf(30, come)).toEqual(repeated(30, 201))
    expectTooMany(await come(), 3600)
  })

  it('an invite code is looked up by one user: thirty times in 15 minutes', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const look = (who: Person) => who.call('GET', '/user', { query: 'inviteCode=UNKNOWN' })
    expect(await statusesOf(30, () => look(ada))).toEqual(repeated(30, 200))
    expectTooMany(await look(ada), 900)
    expect((await look(bob)).status).toBe(200)
  })

  it('an inviter invites: two hundred times an hour, and one more when the oldest is an hour old', async () => {
    const ada = await somebody()
    const many = (count: number) => Array.from({ length: count }, () => ({ inviteType: 'friend' }))
    expect((await ada.call('POST', '/invite', { body: many(100) })).status).toBe(201)
    // A list is whole or not at all, here too.
    expect((await ada.call('POST', '/invite', { body: many(99) })).status).toBe(201)
    expectTooMany(await ada.call('POST', '/invite', { body: many(2) }), 3600)
    expect((await ada.call('POST', '/invite', { body: many(1) })).status).toBe(201)
    expectTooMany(await ada.call('POST', '/invite', { body: { inviteType: 'friend' } }), 3600)
    expect(await server.db('invites').where({ userId: ada.id })).toHaveLength(200)
    await server.db.raw(
      `update invites set "createdAt" = "createdAt" - interval '61 minutes'
       where id = (select id from invites where "userId" = ? order by id limit 1)`,
      [ada.id]
    )
    expect((await ada.call('POST', '/invite', { body: { inviteType: 'friend' } })).status).toBe(201)
    expectTooMany(await ada.call('POST', '/invite', { body: { inviteType: 'friend' } }), 3600)
  })

  it('a recipient gets a message: ten times a day, over all inviters, in whatever case', async () => {
    const inviters = [await somebody(), await somebody(), await somebody(), await somebody()]
    const token = newAddress()
    const invite = (n: number) =>
      inviters[n % 4]?.call('POST', '/invite', {
        body: {
          ...(n < 4 ? { inviteType: 'friend' } : { inviteType: 'new-user', makeAdmin: false }),
          token: n % 2 ? token.toUpperCase() : token,
          identityProviderType: 'email'
        }
      }) ?? Promise.reject(new Error('nobody'))
    const statuses = await statusesOf(8, invite)
    expect(statuses).toEqual(repeated(8, 201))
    const [ada] = inviters
    const { id } = await (ada as Person).channel()
    const more = () =>
      (ada as Person).call('POST', '/invite', {
        body: { inviteType: 'channel', targetObjectId: id, token, identityProviderType: 'email' }
      })
    expect((await more()).status).toBe(201)
    const [first] = await server.db('invites').where({ token, userId: inviters[1]?.id }).select('id')
    expect((await inviters[1]?.call('POST', `/invite/${first.id}/resend`, { body: {} }))?.status).toBe(202)
    // The eleventh: a new invite, of whomever, and another sending of an old one.
    const last = await inviters[2]?.channel()
    const body = { inviteType: 'channel', targetObjectId: last?.id, token, identityProviderType: 'email' }
    const refused = await inviters[2]?.call('POST', '/invite', { body })
    expectTooMany(refused as Reply, 86_400)
    const [other] = await server.db('invites').where({ token, userId: inviters[3]?.id }).select('id')
    expectTooMany((await inviters[3]?.call('POST', `/invite/${other.id}/resend`, { body: {} })) as Reply, 86_400)
    expect(await server.db('outbox').where({ recipient: token })).toHaveLength(10)
  })

  it('an inviter invites sixty times at once: two hundred invites are made, not one more', async () => {
    const ada = await somebody()
    const five = Array.from({ length: 5 }, () => ({ inviteType: 'friend' }))
    const replies = await Promise.all(Array.from({ length: 60 }, () => ada.call('POST', '/invite', { body: five })))
    expect(sorted(replies)).toEqual([...repeated(40, 201), ...repeated(20, 429)])
    expect(await server.db('invites').where({ userId: ada.id })).toHaveLength(200)
    for (const reply of replies) if (reply.status === 429) expectTooMany(reply, 3600, 'invitesPerInviter')
  })

  it('a recipient gets messages of many inviters at once: ten, not one more', async () => {
    const inviters = await Promise.all(Array.from({ length: 14 }, () => somebody()))
    const [token, other] = [newAddress(), newAddress()]
    const body = { inviteType: 'friend', token, identityProviderType: 'email' }
    const lists = [[body, { ...body, token: other }], [{ ...body, token: other }, body], body]
    const replies = await Promise.all(
      inviters.map((inviter, n) => inviter.call('POST', '/invite', { body: lists[n % 3] }))
    )
    expect(sorted(replies)).toEqual([...repeated(10, 201), ...repeated(4, 429)])
    expect(await server.db('outbox').where({ recipient: token })).toHaveLength(10)
  })

  it('messages of other kinds to a recipient are not counted', async () => {
    const [ada, recipient] = [await somebody(), newAddress()]
    const other = { kind: 'greeting', medium: 'email', recipient, subjectId: ada.id, payload: null } as const
    for (let n = 0; n < 10; n++) await enqueue(server.db, other)
    expect((await ada.inviteAddress({ token: recipient })).token).toBe(recipient)
  })

  it('an invite is sent again: after 60 seconds, five times a day', async () => {
    const ada = await somebody()
    const { id } = await ada.inviteAddress()
    const resend = () => ada.call('POST', `/invite/${id}/resend`, { body: {} })
    for (let n = 0; n < 5; n++) {
      expect((await resend()).status).toBe(202)
      expectTooMany(await resend(), 60)
      await server
        .db('invites')
        .where({ id })
        .update({ resentAt: server.db.raw(`"resentAt" - interval '61 seconds'`) })
    }
    expectTooMany(await resend(), 86_400)
  })

  it('a passcode is guessed: five times by one caller for one id, existing or not, in 15 minutes', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const link = await ada.bearerLink()
    for (const id of [link.id, crypto.randomUUID()]) {
      const headers = from(newIp())
      expect(await statusesOf(5, () => preview(server, id, 'wrong', headers))).toEqual(repeated(5, 404))
      expectTooMany(await preview(server, id, 'wrong', headers), 900)
      // Not even the right one is looked at any more, and every verb counts for the same.
      expectTooMany(await preview(server, id, link.passcode, headers), 900)
      const register = {
        passcode: link.passcode,
        register: { name: 'X', password: 'long enough', email: newAddress() }
      }
      expectTooMany(await call(server, 'POST', `/invite/${id}/accept`, { body: register, headers }), 900)
      expect(await statusesOf(5, () => bob.accept(id, { passcode: 'wrong' }))).toEqual(repeated(5, 404))
      expectTooMany(await bob.accept(id, { passcode: link.passcode }), 900)
      expectTooMany(await bob.call('POST', `/invite/${id}/decline`, { body: { passcode: 'x' } }), 900)
    }
    // Elsewhere it is the same right passcode as ever.
    expect((await preview(server, link.id, link.passcode, from(newIp()))).status).toBe(200)
  })

  it('a passcode is guessed sixty times at once: no more than five are judged', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const link = await ada.bearerLink()
    const headers = from(newIp())
    const guesses = await Promise.all(Array.from({ length: 60 }, () => preview(server, link.id, 'wrong', headers)))
    expect(sorted(guesses)).toEqual([...repeated(5, 404), ...repeated(55, 429)])
    const accepts = [...repeated(50, 0).map(() => 'wrong'), ...repeated(10, 0).map(() => link.passcode)]
    const replies = await Promise.all(accepts.map((passcode) => bob.accept(link.id, { passcode })))
    const wrong = statusesIn(replies.slice(0, 50))
    expect(wrong.filter((status) => status === 404).length).toBe(5)
    expectTooMany(await bob.accept(link.id, { passcode: link.passcode }), 900, 'wrongPasscodes')
  })

  it('a right passcode is tried as often as somebody likes, after four wrong ones too', async () => {
    const ada = await somebody()
    const link = await ada.bearerLink()
    const headers = from(newIp())
    const right = () => preview(server, link.id, link.passcode, headers)
    expect(await statusesOf(4, () => preview(server, link.id, 'wrong', headers))).toEqual(repeated(4, 404))
    expect(statusesIn(await Promise.all(Array.from({ length: 30 }, right)))).toEqual(repeated(30, 200))
    expect((await preview(server, link.id, 'wrong', headers)).status).toBe(404)
    expectTooMany(await right(), 900)
  })

  it('no passcode, and one that is none, are no guess', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const link = await ada.bearerLink()
    for (const body of [{}, { passcode: '' }, { passcode: 5 }, { passcode: 'x'.repeat(300) }]) {
      const statuses = await statusesOf(4, () => bob.accept(link.id, body))
      expect(statuses.every((status) => status === 400 || status === 404)).toBe(true)
    }
    expect((await bob.accept(link.id, { passcode: link.passcode })).status).toBe(200)
  })

  it('a passcode is guessed for one id is counted apart from another', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const [one, other] = [await ada.bearerLink(), await ada.bearerLink()]
    expect(await statusesOf(5, () => bob.accept(one.id, { passcode: 'wrong' }))).toEqual(repeated(5, 404))
    expect((await bob.accept(other.id, { passcode: other.passcode })).status).toBe(200)
  })

  it('is counted over sockets as over REST', async () => {
    const [ada, bob] = [await somebody(), await somebody()]
    const link = await ada.bearerLink()
    const socket = await SocketClient.open(server, bob.token)
    expect(await statusesOf(3, () => bob.accept(link.id, { passcode: 'wrong' }))).toEqual(repeated(3, 404))
    const accept = (passcode: string) => socket.call('create', `invite/${link.id}/accept`, { passcode }, {})
    expect(await statusesOf(2, () => accept('wrong'))).toEqual(repeated(2, 404))
    const refused = await accept(link.passcode)
    expect(refused.status).toBe(429)
    expectLimit(refused.body, 'wrongPasscodes')
    expectTooMany(await bob.accept(link.id, { passcode: link.passcode }), 900)
    socket.close()
  })
})

describe('RATE_LIMIT_FACTOR', () => {
  it('multiplies quotas, but neither wrong passcodes nor the spacing of resends', async () => {
    const doubled = await startServer({ rateLimitFactor: 2 })
    try {
      expect(await statusesOf(40, () => register(doubled))).toEqual(repeated(40, 201))
      expectTooMany(await register(doubled), 3600)
      const inviter = await admin(doubled)
      const { id } = await inviter.inviteAddress()
      expect((await inviter.call('POST', `/invite/${id}/resend`, { body: {} })).status).toBe(202)
      expectTooMany(await inviter.call('POST', `/invite/${id}/resend`, { body: {} }), 60)
      expect(await statusesOf(5, () => preview(doubled, id, 'wrong'))).toEqual(repeated(5, 404))
      expectTooMany(await preview(doubled, id, 'wrong'), 900)
      expect(await statusesOf(60, () => inviter.call('GET', '/user', { query: 'inviteCode=X' }))).toEqual(
        repeated(60, 200)
      )
      expectTooMany(await inviter.call('GET', '/user', { query: 'inviteCode=X' }), 900)
    } finally {
      await doubled.stop()
    }
  })

  it('below one leaves less, but at least once', async () => {
    const strict = await startServer({ rateLimitFactor: 0.1 })
    try {
      const [ada, bob] = [await person(strict), await person(strict)]
      expectTooMany(await register(strict), 3600)
      const many = Array.from({ length: 21 }, () => ({ inviteType: 'friend' }))
      expectTooMany(await ada.call('POST', '/invite', { body: many }), 3600)
      expect((await ada.call('POST', '/invite', { body: many.slice(1) })).status).toBe(201)
      const token = newAddress()
      const friend = { inviteType: 'friend', token, identityProviderType: 'email' }
      await strict.db('invites').where({ userId: ada.id }).update({ createdAt: '2020-01-01T00:00:00Z' })
      expect((await ada.call('POST', '/invite', { body: friend })).status).toBe(201)
      expectTooMany(await bob.call('POST', '/invite', { body: friend }), 86_400)
    } finally {
      await strict.stop()
    }
  })
})

describe('whose address it is', () => {
  it('is what a trusted proxy says: the last address that is no proxy', async () => {
    const ada = await somebody()
    const ip = newIp()
    const { body } = await login(server, ada.email, ada.password, from(`203.0.113.7, ${ip}`))
    expect(body.user.lastLogin.ipAddress).toBe(ip)
    const through = await login(server, ada.email, ada.password, from(`${newIp()}, 127.0.0.1`))
    expect(through.body.user.lastLogin.ipAddress).toMatch(/^198\.51\./)
  })

  it('is the connection’s own where no proxy is configured, whatever a header says', async () => {
    const plain = await startServer({ rateLimitFactor: 1 })
    try {
      const ada = await person(plain)
      const { body } = await login(plain, ada.email, ada.password, from('203.0.113.7'))
      expect(body.user.lastLogin.ipAddress).toBe('127.0.0.1')
      const id = crypto.randomUUID()
      expect(await statusesOf(5, (n) => preview(plain, id, 'wrong', from(`203.0.113.${n}`)))).toEqual(repeated(5, 404))
      expectTooMany(await preview(plain, id, 'wrong', from('203.0.113.99')), 900)
    } finally {
      await plain.stop()
    }
  })
})

describe('RECIPIENT_DOMAINS', () => {
  it('lets invites go to these mail domains only, in whatever case, and to phones', async () => {
    const own = await startServer({ recipientDomains: ['example.com'] })
    try {
      const ada = await person(own)
      const invite = (token: string, identityProviderType = 'email') =>
        ada.call('POST', '/invite', { body: { inviteType: 'friend', token, identityProviderType } })
      expect((await invite('a@example.com')).status).toBe(201)
      expect((await invite('B@EXAMPLE.COM')).status).toBe(201)
      expect((await invite('+491701234567', 'sms')).status).toBe(201)
      for (const token of ['a@example.org', 'a@sub.example.com', 'a@example.com.example.org', 'a@notexample.com']) {
        const { status, body } = await invite(token)
        expect([status, body.data.errors[0].path]).toEqual([400, 'token'])
        expect(JSON.stringify(body)).not.toContain(token)
      }
      const list = [{ inviteType: 'friend' }, { inviteType: 'friend', token: 'a@x.org', identityProviderType: 'email' }]
      const { status, body } = await ada.call('POST', '/invite', { body: list })
      expect([status, body.data.errors[0].path]).toEqual([400, '1.token'])
      expect(await own.db('invites').where({ userId: ada.id })).toHaveLength(3)
    } finally {
      await own.stop()
    }
  })
})

describe('headers and origins', () => {
  it('are what a browser is told to be careful with, on every answer', async () => {
    for (const path of ['/invite', '/nothing', '/health/live', '/openapi.json', '/docs']) {
      const { headers } = await call(server, 'GET', path)
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff'])
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/)
      expect(headers.get('content-security-policy')).toMatch(/default-src/)
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('server')).toBeNull()
    }
  })

  it('let scripts of the configured origins call, and no others, over HTTP and websockets', async () => {
    const ours = 'https://app.example.com'
    const configured = await startServer({ corsOrigins: [ours] })
    try {
      const preflight = (origin: string) =>
        call(configured, 'OPTIONS', '/invite', {
          headers: {
            origin,
            'access-control-request-method': 'PATCH',
            'access-control-request-headers': 'authorization'
          }
        })
      const allowed = await preflight(ours)
      expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, ours])
      expect(allowed.headers.get('access-control-allow-credentials')).toBeNull()
      const answer = await call(configured, 'GET', '/invite', { headers: { origin: ours } })
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, ours])
      expect(answer.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
      for (const origin of ['https://evil.example', 'http://app.example.com', `${ours}.evil.example`, 'null']) {
        const refused = await preflight(origin)
        expect([origin, refused.headers.get('access-control-allow-origin')]).toEqual([origin, null])
      }
      const connects = (url: string, origin?: string) =>
        new Promise<boolean>((resolve) => {
          const socket = io(url, {
            transports: ['websocket'],
            reconnection: false,
            forceNew: true,
            ...(origin && { extraHeaders: { origin } })
          })
          const done = (connected: boolean) => {
            socket.close()
            resolve(connected)
          }
          socket.once('connect', () => done(true))
          socket.once('connect_error', () => done(false))
        })
      expect(await connects(configured.url, ours)).toBe(true)
      expect(await connects(configured.url)).toBe(true)
      expect(await connects(configured.url, configured.url)).toBe(true)
      expect(await connects(configured.url, 'https://evil.example')).toBe(false)
      expect(await connects(configured.url, `${ours}.evil.example`)).toBe(false)
      expect(await connects(configured.url, 'null')).toBe(false)
      expect(await connects(server.url, ours)).toBe(false)
      const polling = await call(configured, 'GET', '/socket.io/?EIO=4&transport=polling', {
        headers: { origin: 'https://evil.example' }
      })
      expect(polling.status).toBe(403)
    } finally {
      await configured.stop()
    }
  })
})

describe('an address', () => {
  it('is the same for limits from every port, and in every way to write it', async () => {
    const ada = await somebody()
    const ip = newIp()
    const written = (n: number) => [`${ip}:${40_000 + n}`, `::ffff:${ip}`, `[::FFFF:${ip}]:${n + 1}`, ip][n % 4] ?? ip
    const statuses = await statusesOf(10, (n) => login(server, ada.email, 'wrong', from(written(n))))
    expect(statuses).toEqual(repeated(10, 401))
    expectTooMany(await login(server, ada.email, ada.password, from(`${ip}:51234`)), 900)
  })
})

describe('a socket', () => {
  it('that sends data of more than 64 KB is told so, and of more than 256 KB is closed; the service is not', async () => {
    const ada = await somebody()
    const socket = await SocketClient.open(server, ada.token)
    const refused = await socket.call('create', 'channel', { name: 'x'.repeat(70_000) }, {})
    expect([refused.status, refused.body]).toMatchObject([413, { className: 'payload-too-large' }])
    expect((await socket.call('get', 'user', ada.id, {})).status).toBe(200)
    const closed = new Promise<string>((resolve) => socket.socket.once('disconnect', resolve))
    socket.socket.emit('create', 'channel', { name: 'x'.repeat(300_000) }, {}, () => {})
    expect(await closed).toMatch(/transport (close|error)/)
    expect((await ada.call('GET', `/user/${ada.id}`)).status).toBe(200)
    expect(await server.db('channels').whereRaw('length(name) > 100')).toEqual([])
  })

  it('whose token has expired, or whose user is gone, is refused from then on', async () => {
    const ada = await somebody()
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('find', 'invite', {})).status).toBe(200)
    await server.db('users').where({ id: ada.id }).del()
    // The service hears of it from the database.
    await expect.poll(async () => (await socket.call('find', 'invite', {})).status).toBe(401)
    socket.close()
  })
})

describe('a slow sender', () => {
  it('is refused in the same shape, and holds its connection for seconds only', async () => {
    const { hostname, port } = new URL(server.url)
    const started = Date.now()
    const answer = await new Promise<string>((resolve, reject) => {
      const chunks: string[] = []
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('data', (chunk) => chunks.push(chunk.toString()))
      socket.on('error', reject)
      socket.on('close', () => resolve(chunks.join('')))
      socket.on('connect', () => socket.write('POST /user HTTP/1.1\r\nHost: x\r\nX-Slow: '))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('"className":"timeout"')
    // Ten for the headers; Node looks every few seconds only, and by itself every thirty.
    expect(Date.now() - started).toBeLessThan(29_000)
  })
})

describe.runIf(onPostgres)('two processes', () => {
  it('count together', { timeout: 300_000 }, async () => {
    const database = await makeDatabase()
    const env = { DATABASE_URL: database.url, RATE_LIMIT_FACTOR: '1', TRUSTED_PROXIES: '127.0.0.1' }
    const one = await startProcess(env)
    const other = await startProcess(env)
    try {
      const both = (n: number) => (n % 2 ? one : other)
      const headers = from(newIp())
      expect(await statusesOf(20, (n) => register(both(n), headers))).toEqual(repeated(20, 201))
      expectTooMany(await register(one, headers), 3600)
      expectTooMany(await register(other, headers), 3600)
      const ada = await somebody(one)
      const link = await ada.bearerLink()
      expect(await statusesOf(5, (n) => preview(both(n), link.id, randomBytes(9).toString('hex'), headers))).toEqual(
        repeated(5, 404)
      )
      expectTooMany(await preview(one, link.id, link.passcode, headers), 900)
      expectTooMany(await preview(other, link.id, link.passcode, headers), 900)
      const second = await ada.bearerLink()
      const atOnce = await Promise.all(
        Array.from({ length: 60 }, (_, n) => preview(both(n), second.id, 'wrong', headers))
      )
      expect(sorted(atOnce)).toEqual([...repeated(5, 404), ...repeated(55, 429)])
      const list = Array.from({ length: 5 }, () => ({ inviteType: 'friend' }))
      const made = await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          new Person(both(n), ada.id, '', '', '', ada.token).call('POST', '/invite', { body: list })
        )
      )
      // The two links were made before.
      expect(statusesIn(made).filter((status) => status === 201)).toHaveLength(39)
      const guesses = await statusesOf(10, (n) => login(both(n), ada.email, 'wrong', headers))
      expect(guesses).toEqual(repeated(10, 401))
      expectTooMany(await login(one, ada.email, ada.password, headers), 900)
      expectTooMany(await login(other, ada.email, ada.password, headers), 900)
    } finally {
      await Promise.all([one.stop(), other.stop()])
      await database.drop()
    }
  })
})
