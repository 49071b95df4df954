// Hostile bodies, as tables, over REST: each is refused, says where and why, never what was sent, tells nothing of the
// inside, and changes nothing in any table.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  badTimes,
  faultsOf,
  json,
  mark,
  nested,
  sender,
  settledTables,
  unheard,
  visible,
  type Hostile
} from './support/fuzz-hostile.js'
import type { Wire } from './support/fuzz-wire.js'
import { admin, person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const [ada, bob, boss] = await Promise.all([person(server, 'Ada'), person(server, 'Bob'), admin(server)])
const toAddress = await ada.inviteAddress()
const link = await ada.bearerLink({ maxUses: 3 })
const channel = await ada.channel('A channel')
const location = await ada.location('A place')
await server.mailedPasscode(toAddress.id)
const prints = await settledTables(server)
const asAda = sender(server, ada)

/** A body sent as it is. */
const post = (target: string, body: string | Buffer, headers: Record<string, string> = {}): Wire => ({
  method: 'POST',
  target,
  headers: { ...json, ...headers },
  body
})
const friend = { inviteType: 'friend', token: 'somebody@example.com', identityProviderType: 'email' }
const friendText = JSON.stringify(friend)
const withText = (more: string) => `${friendText.slice(0, -1)},${more}}`
const bodies = (target: string, list: (string | object)[]): Hostile[] =>
  list.map((body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return { what: `${target} ${text.slice(0, 200)}`, wire: post(target, text) }
  })

/** Names that hide, reorder, or are nothing. */
const badNames = [
  '',
  ' ',
  '\u00a0',
  `${mark}\r\nBcc: x`,
  `${mark}\t${mark}`,
  `${mark}\u0000`,
  `${mark}\u0007`,
  `${mark}\u007f`,
  `${mark}\u0085`,
  '\u200b',
  '\u202e\u2066',
  '\u3164\u2800',
  `${mark}\u2028${mark}`,
  'x'.repeat(101),
  5,
  null,
  [],
  {},
  true
]

describe('a body is refused', () => {
  it('when it is not JSON that can be read in one way only', async () => {
    expect(
      await faultsOf(
        bodies('/invite', [
          '{',
          '',
          'null',
          'true',
          '5',
          `"${mark}"`,
          '[]',
          '[[]]',
          '[null]',
          '{}',
          '[{}]',
          `${friendText}x`,
          `${friendText}${friendText}`,
          `${friendText}\u0000`,
          `\u0000${friendText}`,
          `/**/${friendText}`,
          withText('"timed":false,"timed":true'),
          withText('"inviteType":"friend"'),
          withText('"\\u0069nviteType":"channel"'),
          withText('"__proto__":{"makeAdmin":true}'),
          withText('"constructor":{"prototype":{}}'),
          withText(`"spawnDetails":{"__proto__":{"a":"${mark}"}}`),
          withText('"spawnDetails":{"a":[{"prototype":1}]}'),
          withText('"spawnDetails":{"a":"\\u0000"}'),
          withText('"spawnDetails":{"\\u0000":1}'),
          withText('"spawnDetails":{"a":"\\ud800"}'),
          withText('"spawnDetails":{"\\udfff":1}'),
          withText('"spawnDetails":{"a":1e400}'),
          withText('"spawnDetails":{"a":-1e400}'),
          withText(`"spawnDetails":${nested(40)}`),
          withText(`"spawnDetails":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`),
          '['.repeat(60_000),
          JSON.stringify(Array.from({ length: 101 }, () => ({ inviteType: 'friend' })))
        ]),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when a value is not what its key takes', async () => {
    const invites = [
      { inviteType: mark },
      { inviteType: null },
      { inviteType: ['friend'] },
      { inviteType: 'FRIEND' },
      { ...friend, [unheard]: 1 },
      { ...friend, [`${mark}\n`]: 1 },
      { ...friend, '': 1 },
      { ...friend, id: ada.id },
      { ...friend, userId: bob.id },
      { ...friend, passcode: mark },
      { ...friend, status: 'accepted' },
      { ...friend, uses: 0 },
      { ...friend, createdAt: '2024-01-01T00:00:00Z' },
      { ...friend, inviteeId: bob.id },
      { ...friend, token: mark },
      { ...friend, token: `${mark}@` },
      { ...friend, token: `${mark}@localhost` },
      { ...friend, token: `${mark}@1.2.3.4` },
      { ...friend, token: `"${mark} x"@example.com` },
      { ...friend, token: `${mark}@example.com\r\nBcc: b@example.com` },
      { ...friend, token: `${mark}@example.com,b@example.com` },
      { ...friend, token: `<${mark}@example.com>` },
      { ...friend, token: `${mark}\u0000@example.com` },
      { ...friend, token: `${mark}\u202e@example.com` },
      { ...friend, token: `${'x'.repeat(65)}@example.com` },
      { ...friend, token: `${mark}@${'x'.repeat(64)}.com` },
      { ...friend, token: `x@${'a.'.repeat(130)}com` },
      { ...friend, token: '' },
      { ...friend, token: null },
      { ...friend, token: 5 },
      { ...friend, token: ['a@example.com'] },
      { ...friend, token: { $ne: null } },
      { ...friend, identityProviderType: 'discord' },
      { ...friend, identityProviderType: 'sms' },
      { ...friend, identityProviderType: null },
      { ...friend, token: '+0123456789', identityProviderType: 'sms' },
      { ...friend, token: '00491701234567', identityProviderType: 'sms' },
      { ...friend, token: '+49170123456789012', identityProviderType: 'sms' },
      { ...friend, token: '+49170\n12345', identityProviderType: 'sms' },
      { inviteType: 'friend', inviteeId: mark },
      { inviteType: 'friend', inviteeId: `urn:uuid:${bob.id}` },
      { inviteType: 'friend', inviteeId: `{${bob.id}}` },
      { inviteType: 'friend', inviteeId: ada.id },
      { inviteType: 'channel' },
      { inviteType: 'channel', targetObjectId: mark },
      { inviteType: 'channel', targetObjectId: `urn:uuid:${channel.id}` },
      { inviteType: 'friend', targetObjectId: channel.id },
      { inviteType: 'new-user', inviteeId: bob.id },
      { ...friend, maxUses: 2 },
      { inviteType: 'friend', maxUses: 0 },
      { inviteType: 'friend', maxUses: -1 },
      { inviteType: 'friend', maxUses: 1.5 },
      { inviteType: 'friend', maxUses: '2' },
      { inviteType: 'friend', maxUses: 2 ** 31 },
      { inviteType: 'friend', maxUses: 1e21 },
      { inviteType: 'friend', maxUses: null },
      { inviteType: 'friend', maxUses: true },
      { inviteType: 'friend', makeAdmin: 'true' },
      { inviteType: 'friend', makeAdmin: 1 },
      { inviteType: 'friend', deleteOnUse: 'false' },
      { inviteType: 'friend', deleteOnUse: null },
      { inviteType: 'friend', timed: 0 },
      { inviteType: 'friend', timed: true },
      { inviteType: 'friend', spawnType: mark },
      { inviteType: 'friend', spawnDetails: [] },
      { inviteType: 'friend', spawnDetails: mark },
      { inviteType: 'friend', spawnDetails: { a: 'x'.repeat(16 * 1024) } },
      { inviteType: 'friend', spawnDetails: { a: 'é'.repeat(8 * 1024) } },
      { inviteType: 'friend', startTime: '2050-01-02T00:00:00Z', endTime: '2050-01-01T00:00:00Z' },
      { inviteType: 'friend', startTime: '2050-01-01T00:00:00Z', endTime: '2050-01-01T00:00:00Z' },
      { inviteType: 'friend', timed: true, endTime: '2020-01-01T00:00:00Z' },
      { inviteType: 'friend', expiresAt: '2020-01-01T00:00:00Z' },
      { inviteType: 'friend', expiresAt: '2099-01-01T00:00:00Z' },
      { inviteType: 'friend', timed: true, endTime: '2050-01-01T00:00:00Z', expiresAt: '2050-01-01T00:00:00Z' },
      ...badTimes.map((endTime) => ({ inviteType: 'friend', endTime }))
    ]
    expect(await faultsOf(bodies('/invite', invites), asAda, prints)).toEqual([])
    expect(await faultsOf(bodies('/invite', [[friend, { ...friend, token: mark }]]), asAda, prints)).toEqual([])
  })

  it('when a name hides, reorders or is none', async () => {
    expect(
      await faultsOf(
        badNames.flatMap((name) => [
          ...bodies('/channel', [{ name }]),
          ...bodies('/location', [{ name }]),
          ...bodies('/user', [{ name, email: 'new@example.com', password: 'long enough' }]),
          ...bodies(`/invite/${link.id}/accept`, [
            { passcode: link.passcode, register: { name, password: 'long enough', email: 'new@example.com' } }
          ]).map((row) => ({ ...row, wire: { ...row.wire, headers: { ...row.wire.headers, authorization: '' } } })),
          {
            what: `PATCH /user ${JSON.stringify(name)}`,
            wire: { method: 'PATCH', target: `/user/${ada.id}`, headers: json, body: JSON.stringify({ name }) }
          }
        ]),
        asAda,
        prints
      )
    ).toEqual([])
    expect(
      await faultsOf(
        bodies('/channel', ['{"name":"\\ud800"}', '{"name":"a","name":"b"}', '[{"name":"a"}]', {}]),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when other services are asked what they do not take', async () => {
    expect(
      await faultsOf(
        [
          ...bodies('/user', [
            { name: 'x', email: mark, password: 'long enough' },
            { name: 'x', email: 'a@example.com', password: 'short' },
            { name: 'x', email: 'a@example.com', password: 'x'.repeat(257) },
            { name: 'x', email: 'a@example.com', password: 5 },
            { name: 'x', email: 'a@example.com', password: 'long enough', isGuest: false },
            { name: 'x', email: 'a@example.com', password: 'long enough', ageVerified: true },
            { name: 'x', email: 'a@example.com', password: 'long enough', id: ada.id },
            { name: 'x', email: ['a@example.com'], password: 'long enough' },
            [{ name: 'x', email: 'a@example.com', password: 'long enough' }]
          ]),
          ...bodies('/authentication', [
            {},
            { strategy: mark },
            { strategy: '__proto__' },
            { strategy: 'toString' },
            { strategy: ['local'] },
            { strategy: 'local' },
            { strategy: 'local', email: { $ne: null }, password: 'x' },
            { strategy: 'local', email: 'a@example.com', password: { $ne: null } },
            { strategy: 'local', email: 'a@example.com', password: '' },
            { strategy: 'local', email: 'a@example.com', password: 'x'.repeat(257) },
            { strategy: 'local', email: 'a@example.com', password: 'x', entity: 'user' },
            { strategy: 'jwt' },
            { strategy: 'jwt', accessToken: 5 },
            { strategy: 'jwt', accessToken: mark.repeat(1000) },
            { strategy: 'guest', name: mark },
            [{ strategy: 'guest' }],
            'null'
          ]),
          ...bodies(`/invite/${link.id}/accept`, [
            { passcode: '' },
            { passcode: 5 },
            { passcode: null },
            { passcode: ['x'] },
            { passcode: 'x'.repeat(256) },
            { register: null },
            { register: {} },
            { register: { name: 'x', password: 'long enough' } },
            { passcode: link.passcode, register: { name: 'x', password: 'long enough' } },
            { [unheard]: 1 },
            []
          ]),
          ...bodies(`/invite/${toAddress.id}/decline`, [{ passcode: {} }, { passcode: '' }, { [unheard]: 1 }, [{}]]),
          ...bodies(`/invite/${toAddress.id}/resend`, [{ [unheard]: 1 }, { passcode: mark }, [], '"x"']),
          ...bodies(`/invite/${link.id}/preview`, [{}, { passcode: '' }, { passcode: 5 }, { passcode: mark, x: 1 }]),
          ...bodies('/user-relationship', [
            {},
            { relatedUserId: mark, userRelationshipType: 'blocking' },
            { relatedUserId: ada.id, userRelationshipType: 'blocking' },
            { relatedUserId: bob.id, userRelationshipType: 'friend' },
            { relatedUserId: bob.id, userRelationshipType: 'blocking', userId: boss.id }
          ]),
          ...bodies('/instance', [
            {},
            { locationId: mark },
            { locationId: null },
            { locationId: location.id, userId: bob.id }
          ])
        ],
        asAda,
        prints
      )
    ).toEqual([])
    const asBoss = sender(server, boss)
    expect(
      await faultsOf(
        bodies('/scope', [
          {},
          { userId: ada.id, type: mark },
          { userId: ada.id, type: 'admin:admin;' },
          { userId: ada.id, type: 'Admin:Admin' },
          { userId: ada.id, type: `${'a'.repeat(40)}:b` },
          { userId: mark, type: 'user:read' },
          { userId: null, type: 'user:read' },
          { userId: ada.id, type: 'user:read', id: ada.id }
        ]),
        asBoss,
        prints
      )
    ).toEqual([])
  })

  it('when it is what a patch must not change, or changes nothing', async () => {
    const changes: (object | string)[] = [
      {},
      'null',
      [],
      '5',
      { [unheard]: 1 },
      { id: toAddress.id },
      { status: 'accepted', passcode: mark, user: { id: bob.id } },
      { body: {} },
      { body: null },
      { body: [] },
      { body: { body: { timed: false } } },
      { body: { spawnType: 'spectate' }, spawnType: 'spectate' },
      { spawnType: 'spectate', userId: bob.id },
      { spawnType: 'spectate', token: `${mark}@example.com` },
      { spawnType: 'spectate', identityProviderType: 'sms' },
      { spawnType: 'spectate', inviteeId: boss.id },
      { spawnType: mark },
      { timed: null },
      { timed: 'true' },
      { timed: true },
      { deleteOnUse: 1 },
      { maxUses: 0 },
      { maxUses: null },
      { maxUses: 2 ** 40 },
      { inviteType: null },
      { inviteType: mark },
      { inviteType: 'channel' },
      { targetObjectId: mark },
      { targetObjectId: channel.id },
      { spawnDetails: [] },
      { spawnDetails: 'x' },
      { spawnDetails: { a: 'x'.repeat(16 * 1024) } },
      { startTime: '2050-01-02T00:00:00Z', endTime: '2050-01-01T00:00:00Z' },
      { expiresAt: '2020-01-01T00:00:00Z' },
      { expiresAt: '2099-01-01T00:00:00Z' },
      { endTime: 5 },
      '{"timed":false,"timed":true}',
      '{"__proto__":{"timed":true},"timed":false}',
      '{"spawnDetails":{"a":"\\u0000"}}'
    ]
    for (const target of [`/invite/${toAddress.id}`, `/invite?id=${toAddress.id}`]) {
      expect(
        await faultsOf(
          changes.map((change) => {
            const body = typeof change === 'string' ? change : JSON.stringify(change)
            return {
              what: `PATCH ${target} ${body.slice(0, 100)}`,
              wire: { method: 'PATCH', target, headers: json, body }
            }
          }),
          asAda,
          prints
        )
      ).toEqual([])
    }
    expect(
      await faultsOf(
        [
          {
            what: 'makeAdmin by nobody of rank',
            wire: { method: 'PATCH', target: `/invite/${toAddress.id}`, headers: json, body: '{"makeAdmin":true}' },
            status: 403
          },
          {
            what: 'a query beside an id',
            wire: { method: 'PATCH', target: `/invite/${toAddress.id}?timed=false`, headers: json, body: visible }
          }
        ],
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when it is too large, compressed, in another charset, or not JSON at all', async () => {
    const large = JSON.stringify({ ...friend, spawnDetails: { a: 'x'.repeat(70_000) } })
    const rows: [what: string, wire: Wire, status: number][] = [
      ['64 KB and more', post('/invite', large), 413],
      ['64 KB and more, in chunks', { ...post('/invite', large), chunked: true }, 413],
      ['a megabyte, in chunks', { ...post('/invite', 'x'.repeat(1_000_000)), chunked: true }, 413],
      ['a megabyte', post('/invite', 'x'.repeat(1_000_000)), 413],
      ['gzip', post('/invite', gzipSync(friendText), { 'content-encoding': 'gzip' }), 415],
      ['a bomb', post('/invite', gzipSync('x'.repeat(10_000_000)), { 'content-encoding': 'gzip' }), 415],
      ['br', post('/invite', friendText, { 'content-encoding': 'br' }), 415],
      ['gzip without saying so', post('/invite', gzipSync(friendText)), 400],
      ['bytes that are no UTF-8', post('/invite', Buffer.from(withText('"spawnDetails":{"a":"\xff"}'), 'latin1')), 400],
      ['an overlong encoding', post('/invite', Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])), 400],
      ['a surrogate in UTF-8', post('/invite', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 400],
      ['UTF-16', post('/invite', Buffer.from(friendText, 'utf16le')), 400],
      ...(
        [
          'text/plain',
          'text/json',
          'application/jsonx',
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          'application/xml',
          'application/octet-stream',
          'application/json; charset=utf-16',
          'application/json; charset=latin1',
          'application/json; charset="iso-8859-1"',
          'application/json; charset="latin1',
          'application/json; charset=utf-8; charset=latin1',
          'application/json; charset=latin1; charset=utf-8',
          'application/json, text/plain',
          'json',
          '*/*',
          ''
        ] as const
      ).map((type): [string, Wire, number] => [type, post('/invite', friendText, { 'content-type': type }), 415])
    ]
    expect(
      await faultsOf(
        rows.map(([what, wire, status]) => ({ what, wire, status })),
        asAda,
        prints
      )
    ).toEqual([])
  })
})

describe('what only looks hostile', () => {
  it('is a name in any script, as long as it shows what it is', async () => {
    for (const name of ['Ада', '愛', 'آدا', "O'Neill; drop table users", '<b>x</b>', '🐘🐘', 'a'.repeat(100)]) {
      const { status, body } = await ada.call<{ name: string }>('POST', '/channel', { body: { name } })
      expect([status, body.name]).toEqual([201, name])
    }
  })
})
