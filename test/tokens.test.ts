// Access tokens: every bad one gets the same 401, over REST and sockets, whatever is wrong with it.
import { createSecretKey, generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto'
import { jwtVerify, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { describe, expect, it } from 'vitest'
import { call, person, type CallOptions } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const { secret, issuer, audience } = server.config.authentication
const key = createSecretKey(Buffer.from(secret, 'utf8'))
const now = () => Math.floor(Date.now() / 1000)

interface Recipe {
  header?: Record<string, unknown>
  claims?: JWTPayload
  without?: string[]
  key?: KeyObject
}

/** A token that is good but for what the recipe says. */
async function forge(userId: string, { header = {}, claims = {}, without = [], key: otherKey = key }: Recipe = {}) {
  const payload = { sub: userId, iss: issuer, aud: audience, iat: now(), exp: now() + 600, ...claims }
  const kept = Object.fromEntries(Object.entries(payload).filter(([name]) => !without.includes(name)))
  const protectedHeader = { alg: 'HS256', typ: 'access', ...header }
  return new SignJWT(kept)
    .setProtectedHeader(
      Object.fromEntries(Object.entries(protectedHeader).filter(([, value]) => value !== undefined)) as {
        alg: string
      }
    )
    .sign(otherKey)
}

const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const badRecipes: Record<string, Recipe> = {
  'signed with another key': { key: createSecretKey(randomBytes(48)) },
  'signed with the base64 of the key': { key: createSecretKey(Buffer.from(Buffer.from(secret).toString('base64'))) },
  'of another HMAC': { header: { alg: 'HS512' } },
  'of an asymmetric algorithm': { header: { alg: 'RS256' }, key: rsa },
  'of another issuer': { claims: { iss: 'somebody' } },
  'without an issuer': { without: ['iss'] },
  'of another audience': { claims: { aud: 'somebody' } },
  'without an audience': { without: ['aud'] },
  'of another typ': { header: { typ: 'JWT' } },
  'of the typ of a refresh token': { header: { typ: 'refresh' } },
  'without a typ': { header: { typ: undefined } },
  expired: { claims: { iat: now() - 1000, exp: now() - 1 } },
  'without exp': { without: ['exp'] },
  'without iat': { without: ['iat'] },
  'from the future': { claims: { iat: now() + 3600, exp: now() + 7200 } },
  'not valid yet': { claims: { nbf: now() + 3600 } },
  'without a subject': { without: ['sub'] },
  'whose subject is no uuid': { claims: { sub: 'admin' } },
  'whose subject is nobody': { claims: { sub: randomUUID() } }
}

/** The same call without and with a body, as one line each: nothing but the request id may differ. */
async function refusalOf(token: string) {
  const reply = await call(server, 'GET', '/invite', {}, token)
  return { status: reply.status, text: reply.text, challenge: reply.headers.get('www-authenticate') }
}

const theRefusal = {
  status: 401,
  text: JSON.stringify({
    name: 'NotAuthenticated',
    message: 'The access token is not valid: sign in again',
    code: 401,
    className: 'not-authenticated',
    data: { reason: 'bad-token' }
  }),
  challenge: 'Bearer'
}

describe('a token', () => {
  it('that is good in every respect is good, on both transports', async () => {
    const ada = await person(server)
    const token = await forge(ada.id)
    expect((await call(server, 'GET', '/invite', {}, token)).status).toBe(200)
    const socket = await SocketClient.open(server, token)
    expect((await socket.call('find', 'invite', {})).status).toBe(200)
    socket.close()
  })

  it.each(Object.entries(badRecipes))('%s is the same 401', async (_what, recipe) => {
    const ada = await person(server)
    const token = await forge(ada.id, recipe)
    // Twice: what was refused once is not remembered as good.
    for (let n = 0; n < 2; n++) expect(await refusalOf(token)).toEqual(theRefusal)
    const socket = await SocketClient.open(server)
    const login = await socket.signIn(token)
    expect([login.status, login.body.message]).toEqual([401, 'The access token is not valid: sign in again'])
    expect((await socket.call('find', 'invite', {})).status).toBe(401)
    socket.close()
    const again = await call(server, 'POST', '/authentication', { body: { strategy: 'jwt', accessToken: token } })
    expect([again.status, again.body.message]).toEqual([401, 'The access token is not valid: sign in again'])
  })

  it('that is not signed, cut, or no token at all is the same 401', async () => {
    const ada = await person(server)
    const [head, payload, signature] = (await forge(ada.id)).split('.') as [string, string, string]
    const unsigned = new UnsecuredJWT({
      sub: ada.id,
      iss: issuer,
      aud: audience,
      exp: now() + 600,
      iat: now()
    }).encode()
    const none = Buffer.from('{"alg":"none","typ":"access"}').toString('base64url')
    for (const token of [
      unsigned,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${head}.${payload}.`,
      `${head}.${payload}.${signature.slice(0, -4)}`,
      `${head}.${Buffer.from(`{"sub":"${ada.id}"}`).toString('base64url')}.${signature}`,
      `${head}.${payload}.${signature}.x`,
      'x',
      '...',
      'null',
      'undefined'
    ]) {
      expect([token, await refusalOf(token)]).toEqual([token, theRefusal])
    }
  })

  it('in a header of another shape is 401, and does not make its sender nobody', async () => {
    const ada = await person(server)
    for (const authorization of [
      `Basic ${Buffer.from(`${ada.email}:${ada.password}`).toString('base64')}`,
      ada.token,
      'Bearer',
      'Bearer ',
      `Bearer ${ada.token} x`,
      `Bearer ${ada.token}, Bearer ${ada.token}`,
      `Token ${ada.token}`
    ]) {
      const reply = await call(server, 'GET', '/invite', { headers: { authorization } })
      expect([authorization, reply.status]).toEqual([authorization, 401])
      // accept takes nobody in particular as well, but not a caller whose token is bad.
      const accept = await call(server, 'POST', `/invite/${randomUUID()}/accept`, {
        headers: { authorization },
        body: { passcode: 'x', register: { name: 'Ada', password: 'long enough' } }
      })
      expect([authorization, accept.status]).toEqual([authorization, 401])
    }
    expect((await call(server, 'GET', '/invite', { headers: { authorization: `bearer ${ada.token}` } })).status).toBe(
      200
    )
  })

  it('is taken from the header only: not from the query, a body or a cookie', async () => {
    const ada = await person(server)
    const places: CallOptions[] = [
      { query: `accessToken=${ada.token}` },
      { query: `access_token=${ada.token}` },
      { headers: { cookie: `feathers-jwt=${ada.token}` } },
      { headers: { 'x-access-token': ada.token } }
    ]
    for (const options of places) {
      expect((await call(server, 'GET', '/invite', options)).status).toBe(401)
    }
  })
})

describe('a user who is gone', () => {
  it('is 401 with every token they had, REST and socket, the open one too', async () => {
    const ada = await person(server)
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('find', 'invite', {})).status).toBe(200)
    expect((await ada.call('GET', '/invite')).status).toBe(200)
    await server.db('users').where({ id: ada.id }).delete()
    await expect.poll(async () => (await ada.call('GET', '/invite')).status).toBe(401)
    expect(await refusalOf(ada.token)).toEqual(theRefusal)
    expect((await socket.call('find', 'invite', {})).status).toBe(401)
    expect((await socket.call('patch', 'invite', null, { timed: false }, { inviteType: 'friend' })).status).toBe(401)
    socket.close()
    const jwt = await call(server, 'POST', '/authentication', { body: { strategy: 'jwt', accessToken: ada.token } })
    expect(jwt.status).toBe(401)
    const fresh = await SocketClient.open(server)
    expect((await fresh.signIn(ada.token)).status).toBe(401)
    fresh.close()
  })
})

describe('a socket', () => {
  it('is nobody until it signs in, and after it has signed out', async () => {
    const ada = await person(server)
    const socket = await SocketClient.open(server)
    expect((await socket.call('find', 'invite', {})).status).toBe(401)
    expect((await socket.call('patch', 'invite', null, { timed: false }, { inviteType: 'friend' })).status).toBe(401)
    expect((await socket.signIn(ada.token)).status).toBe(200)
    expect((await socket.call('find', 'invite', {})).status).toBe(200)
    expect((await socket.call('remove', 'authentication', null, {})).status).toBe(200)
    expect((await socket.call('find', 'invite', {})).status).toBe(401)
    socket.close()
  })

  it('stops being somebody when its token expires', async () => {
    const ada = await person(server)
    const token = await forge(ada.id, { claims: { exp: now() + 8 } })
    const socket = await SocketClient.open(server, token)
    expect((await socket.call('find', 'invite', {})).status).toBe(200)
    await expect
      .poll(async () => (await socket.call('find', 'invite', {}).catch(() => ({ status: 0 }))).status)
      .not.toBe(200)
    expect((await call(server, 'GET', '/invite', {}, token)).status).toBe(401)
    socket.close()
  })
})

it('tokens are signed with HS256, of typ access, and name issuer, audience and an end', async () => {
  const ada = await person(server)
  const [head, payload] = ada.token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  expect(JSON.parse(head ?? '')).toEqual({ alg: 'HS256', typ: 'access' })
  const claims: JWTPayload = JSON.parse(payload ?? '')
  expect(claims).toMatchObject({ sub: ada.id, iss: issuer, aud: audience })
  // `iat` has a fraction, so that a login right after the end of all sessions is later than that end.
  const { lifetimeSeconds } = server.config.authentication
  expect(claims.exp).toBe(Math.floor(Number(claims.iat) + lifetimeSeconds))
  expect((await jwtVerify(ada.token, key, { issuer, audience, typ: 'access' })).payload).toEqual(claims)
  expect(payload).not.toContain(ada.email)
})
