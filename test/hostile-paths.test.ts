// Hostile paths, methods and headers, and bytes that are no request, as tables: each is refused, says why, tells nothing
// of the inside, and changes nothing in any table.
import { describe, expect, it } from 'vitest'
import { asJson, faultsOf, json, mark, sender, settledTables, unheard, visible } from './support/fuzz-hostile.js'
import { exchange, rawExchange, type Wire } from './support/fuzz-wire.js'
import { guest, person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const [ada, bob, visitor] = await Promise.all([person(server, 'Ada'), person(server, 'Bob'), guest(server)])
const toAddress = await ada.inviteAddress()
const link = await ada.bearerLink({ maxUses: 3 })
const channel = await ada.channel('A channel')
const location = await ada.location('A place')
await server.mailedPasscode(toAddress.id)
const prints = await settledTables(server)
const asAda = sender(server, ada)
const good = asJson({ timed: false })
const friendText = JSON.stringify({
  inviteType: 'friend',
  token: 'somebody@example.com',
  identityProviderType: 'email'
})

const post = (target: string, body: string, headers: Record<string, string> = {}): Wire => ({
  method: 'POST',
  target,
  headers: { ...json, ...headers },
  body
})

describe('a path, a method or a header is refused', () => {
  it('when an id is none: everything that is no uuid of something visible is the same 404', async () => {
    const ids = [
      mark,
      '0',
      '-1',
      'null',
      'undefined',
      '*',
      '%00',
      '%2e%2e',
      '..%2f..%2fetc%2fpasswd',
      "'%20or%201=1--",
      '%27%3Bdrop%20table%20invites--',
      '$in',
      '[object%20Object]',
      `urn:uuid:${toAddress.id}`,
      `%7B${toAddress.id}%7D`,
      toAddress.id.replaceAll('-', ''),
      `${toAddress.id}%20`,
      `${toAddress.id}%0a`,
      `%20${toAddress.id}`,
      `${toAddress.id},${link.id}`,
      toAddress.id.slice(0, -1),
      `${toAddress.id}0`,
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '%EF%BC%90',
      '%ff',
      'x'.repeat(5000)
    ]
    const rows = ids.flatMap((id) =>
      (
        [
          ['GET', `/invite/${id}`],
          ['DELETE', `/invite/${id}`],
          ['GET', `/user/${id}`],
          ['DELETE', `/user-relationship/${id}`],
          ['GET', `/invite/${id}/history`]
        ] as const
      ).map(([method, target]) => ({
        what: `${method} ${target}`.slice(0, 150),
        wire: { method, target },
        status: 404
      }))
    )
    const changing = ids.map((id) => ({
      what: `PATCH /invite/${id}`.slice(0, 150),
      wire: { method: 'PATCH', target: `/invite/${id}`, headers: json, body: visible },
      status: 404
    }))
    expect(await faultsOf([...rows, ...changing], asAda, prints)).toEqual([])
  })

  it('when nothing is there', async () => {
    const paths = [
      '/constructor',
      '/__proto__',
      '/toString',
      '/hasOwnProperty/x',
      '/invite/x/constructor',
      `/invite/${link.id}/__proto__`,
      `/invite/${link.id}/accept/x`,
      `/invite/${link.id}/nothing`,
      '/invite/x/y/z',
      '/INVITE',
      '/Invite',
      '/invite;x=1',
      '/.env',
      '/.git/config',
      '/../etc/passwd',
      '/docs/../src/app.ts',
      '/docs/%2e%2e/package.json',
      '/docs/package.json',
      '/socket.io',
      '/admin',
      `/${'x/'.repeat(1000)}`
    ]
    expect(
      await faultsOf(
        paths.map((target) => ({ what: target.slice(0, 100), wire: { method: 'GET', target }, status: 404 })),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when the method is another', async () => {
    const rows: [string, string][] = [
      ['PUT', '/invite'],
      ['PUT', `/invite/${link.id}`],
      ['POST', `/invite/${link.id}`],
      ['GET', `/invite/${link.id}/accept`],
      ['DELETE', `/invite/${link.id}/accept`],
      ['PATCH', `/invite/${link.id}/decline`],
      ['PROPFIND', '/invite'],
      ['SEARCH', '/invite'],
      ['TRACE', '/invite'],
      ['LOCK', '/invite'],
      ['PATCH', '/user'],
      ['DELETE', `/user/${ada.id}`],
      ['PATCH', '/channel'],
      ['DELETE', '/channel'],
      ['PATCH', '/scope'],
      ['GET', '/authentication'],
      ['PATCH', '/authentication'],
      ['DELETE', '/identity-provider'],
      ['POST', '/user-login']
    ]
    expect(
      await faultsOf(
        rows.map(([method, target]) => ({ what: `${method} ${target}`, wire: { method, target }, status: 405 })),
        asAda,
        prints
      )
    ).toEqual([])
    // Nothing overrides the method, either.
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const before = await prints()
      const answer = await asAda({ method: 'GET', target: `/invite/${link.id}`, headers: { [header]: 'DELETE' } })
      expect([answer.status, await prints()]).toEqual([200, before])
    }
  })

  it('when the token is none', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { sub: ada.id, exp: 4_000_000_000, aud: 'invite-service', iss: 'invite-service' }
    const tokens = [
      'Bearer',
      'Bearer ',
      `Bearer ${mark}`,
      'Bearer a.b.c',
      'Bearer null',
      'Bearer undefined',
      `Basic ${Buffer.from(`${ada.email}:${ada.password}`).toString('base64')}`,
      `Token ${ada.token}`,
      `Bearer ${ada.token}x`,
      `Bearer ${ada.token.slice(0, -2)}`,
      `Bearer ${ada.token} ${ada.token}`,
      `Bearer ${ada.token},${ada.token}`,
      `Bearer "${ada.token}"`,
      `Bearer ${part({ alg: 'none', typ: 'access' })}.${part(claims)}.`,
      `Bearer ${part({ alg: 'NONE', typ: 'access' })}.${part(claims)}.${mark}`,
      `Bearer ${part({ alg: 'HS256', typ: 'access' })}.${part(claims)}.`,
      `Bearer ${part({ alg: 'HS256', typ: 'access' })}.${part(claims)}.${mark}`,
      `Bearer ${part({ alg: 'RS256', typ: 'access', jwk: {} })}.${part(claims)}.${mark}`,
      `Bearer ${'x'.repeat(20_000)}`
    ]
    expect(
      await faultsOf(
        tokens.flatMap((authorization) =>
          (
            [
              ['GET', '/invite'],
              ['DELETE', `/invite/${link.id}`],
              ['PATCH', `/invite?${good}`]
            ] as const
          ).map(([method, target]) => ({
            what: `${method} ${authorization.slice(0, 100)}`,
            wire: {
              method,
              target,
              headers: { authorization, ...(method === 'PATCH' && json) },
              ...(method === 'PATCH' && { body: visible })
            },
            status: 401
          }))
        ),
        (wire) => exchange(server.url, wire),
        prints
      )
    ).toEqual([])
  })

  it('when a list is asked for what it is not', async () => {
    const lists = [
      '$limit=-1',
      '$limit=1.5',
      '$limit=1e3',
      '$limit=',
      `$limit=${mark}`,
      '$limit[]=5',
      '$limit[$gt]=5',
      '$limit=5&$limit=6',
      '$limit=99999999999999999999',
      '$skip=-1',
      '$skip=0x10',
      '$skip=99999999999999999999',
      '$sort=id',
      '$sort[]=id',
      '$sort[passcode]=1',
      '$sort[passcodeHash]=1',
      '$sort[user]=1',
      '$sort[id]=2',
      '$sort[id]=asc',
      '$sort[id]=',
      '$sort[id][]=1',
      '$sort[spawnDetails]=1',
      '$sort[__proto__]=1',
      `$sort[id;${mark}]=1`,
      '$select=*',
      '$select[]=passcodeHash',
      '$select[]=__proto__',
      '$select[a]=id',
      '$select=',
      'action=both',
      'action=',
      'action[]=sent',
      `search=${'x'.repeat(255)}`,
      'search[]=x',
      'search[$ne]=x',
      'search=a&search=b',
      'search=%00',
      `${unheard}=1`,
      'page=2',
      'channelName[$like]=a\\'
    ]
    expect(
      await faultsOf(
        lists.map((query) => ({ what: query, wire: { method: 'GET', target: `/invite?${query}` } })),
        asAda,
        prints
      )
    ).toEqual([])
    const others = [
      '/user',
      '/user?inviteCode=',
      '/user?inviteCode[]=x',
      '/user?inviteCode[$ne]=x',
      `/user?name=${mark}`,
      `/user?inviteCode=${'x'.repeat(65)}`,
      '/user?inviteCode=x&$limit=1',
      '/channel-user',
      `/channel-user?channelId=${mark}`,
      `/channel-user?channelId[$ne]=${channel.id}`,
      '/channel-user?channelId[]=x',
      `/channel-user?channelId=${channel.id}&userId=${ada.id}`,
      `/channel-user?channelId=${channel.id}&$sort[userId]=1`,
      `/location-authorized-user?locationId=${mark}`,
      '/user-relationship?userId[$ne]=x',
      '/user-relationship?$or[0][userId]=x',
      '/user-relationship?userRelationshipType=enemy',
      '/identity-provider?$select[]=secret',
      '/identity-provider?secret[$like]=a',
      '/identity-provider?$limit=x',
      '/user-login?$limit=-1',
      '/user-login?userId=x',
      `/user/${ada.id}?$select[]=secret`,
      `/invite/${link.id}?x=1`,
      `/invite/${link.id}?$select[]=passcodeHash`,
      `/invite/${link.id}/history?x=1`
    ]
    expect(
      await faultsOf(
        others.map((target) => ({ what: target, wire: { method: 'GET', target } })),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when an Idempotency-Key is empty or too long', async () => {
    expect(
      await faultsOf(
        ['', 'x'.repeat(256), mark.repeat(60)].map((key) => ({
          what: `a key of ${key.length}`,
          wire: post('/invite', friendText, { 'idempotency-key': key })
        })),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when somebody else asks', async () => {
    const mine: [string, string, string?][] = [
      ['GET', `/invite/${link.id}`],
      ['GET', `/invite/${link.id}/history`],
      ['DELETE', `/invite/${link.id}`],
      ['PATCH', `/invite/${link.id}`, visible],
      ['POST', `/invite/${link.id}/resend`, '{}'],
      ['POST', `/invite/${toAddress.id}/accept`, '{}'],
      ['POST', `/invite/${toAddress.id}/decline`, '{}'],
      ['POST', `/invite/${toAddress.id}/accept`, JSON.stringify({ passcode: `${mark} is wrong` })],
      ['GET', `/user/${ada.id}`],
      ['PATCH', `/user/${ada.id}`, '{"name":"x"}'],
      ['GET', `/channel-user?channelId=${channel.id}`],
      ['GET', `/location-authorized-user?locationId=${location.id}`],
      ['POST', '/instance', JSON.stringify({ locationId: location.id })]
    ]
    const asBob = sender(server, bob)
    expect(
      await faultsOf(
        mine.map(([method, target, body]) => ({
          what: `${method} ${target}`,
          wire: { method, target, ...(body && { headers: json, body }) },
          status: 404
        })),
        asBob,
        prints
      )
    ).toEqual([])
    const asGuest = sender(server, visitor)
    expect(
      await faultsOf(
        [
          post('/invite', friendText),
          post('/channel', '{"name":"x"}'),
          post('/location', '{"name":"x"}'),
          post('/scope', JSON.stringify({ userId: visitor.id, type: 'admin:admin' }))
        ].map((wire) => ({ what: `a guest: ${wire.target}`, wire, status: 403 })),
        asGuest,
        prints
      )
    ).toEqual([])
  })
})

describe('bytes that are no request', () => {
  const head = (more: string, line = 'POST /invite HTTP/1.1') =>
    `${line}\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\nContent-Type: application/json\r\n${more}`
  it('are refused in the same shape, and close their connection only', async () => {
    const rows: [what: string, bytes: string | Buffer, status: number][] = [
      ['no HTTP', `${mark}\r\n\r\n`, 400],
      ['another version', 'GET /invite HTTP/9.9\r\nHost: x\r\n\r\n', 400],
      ['an unknown method', `${mark.toUpperCase()} /invite HTTP/1.1\r\nHost: x\r\n\r\n`, 400],
      ['a method in lower case', 'get /invite HTTP/1.1\r\nHost: x\r\n\r\n', 400],
      ['a space in the path', `GET /invite ${mark} HTTP/1.1\r\nHost: x\r\n\r\n`, 400],
      ['a header without a colon', `GET /invite HTTP/1.1\r\nHost: x\r\n${mark}\r\n\r\n`, 400],
      ['a header with NUL', `GET /invite HTTP/1.1\r\nHost: x\r\nX: ${mark}\0\r\n\r\n`, 400],
      ['a space before the colon', 'GET /invite HTTP/1.1\r\nHost : x\r\n\r\n', 400],
      ['no Host', 'GET /invite HTTP/1.1\r\n\r\n', 400],
      ['headers of 50 KB', `GET /invite HTTP/1.1\r\nHost: x\r\nX: ${mark.repeat(10_000)}\r\n\r\n`, 400],
      ['a filter of 50 KB', `PATCH /invite?filter=${'%7B'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 400],
      ['two lengths', head(`Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`), 400],
      ['a negative length', head('Content-Length: -1\r\n\r\n{}'), 400],
      ['a length that is no number', head('Content-Length: 2x\r\n\r\n{}'), 400],
      ['a length and chunks', head('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), 400],
      ['an encoding nobody knows', head(`Transfer-Encoding: ${mark}\r\n\r\n${friendText}`), 400],
      ['chunks that are none', head('Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'), 400],
      ['a chunk that claims too much', head('Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}'), 400],
      ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400]
    ]
    expect(
      await faultsOf(
        rows.map(([what, bytes, status]) => ({ what, wire: { method: 'RAW', target: '', body: bytes }, status })),
        ({ body = '' }) => rawExchange(server.url, body),
        prints
      )
    ).toEqual([])
  })

  it('of a body that ends early make nothing', async () => {
    const early = [
      head(`Content-Length: ${friendText.length + 10}\r\n\r\n${friendText}`),
      head(`Transfer-Encoding: chunked\r\n\r\n${friendText.length.toString(16)}\r\n${friendText}\r\n`),
      head(`Content-Length: 70000\r\n\r\n${friendText}`),
      head('Content-Length: 50\r\n\r\n')
    ]
    for (const bytes of early) {
      const before = await prints()
      const { status, text } = await rawExchange(server.url, bytes)
      expect([0, 400, 413]).toContain(status)
      expect(text).not.toContain(mark)
      expect(await prints()).toEqual(before)
    }
  })

  it.each(['http://[::1/invite', 'http://', 'http://[/invite', '/invite?inviteType=friend#&id=x'])(
    'whose target is %s, in the shape of the others',
    async (target) => {
      const { status, headers, body } = await rawExchange(
        server.url,
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
      )
      expect([status, body]).toMatchObject([400, { name: 'BadRequest', className: 'bad-request' }])
      expect(headers['x-request-id']).toBeDefined()
    }
  )

  it('after a body that ends early are no second request', async () => {
    // The server reads the bytes after the stated length as another request. Here they are no valid request.
    const before = await prints()
    const { status } = await rawExchange(server.url, head(`Content-Length: 2\r\n\r\n{}${friendText}`))
    expect(status).toBe(400)
    expect(await prints()).toEqual(before)
  })
})
