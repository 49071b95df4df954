// Hostile socket calls, as tables: each is refused as over REST, tells nothing of the inside, and changes nothing in any
// table.
import { beforeAll, describe, expect, it } from 'vitest'
import { badTimes, faultOf, mark, nested, settledTables, unheard, wrongConditions } from './support/fuzz-hostile.js'
import { person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
const toAddress = await ada.inviteAddress()
const link = await ada.bearerLink({ maxUses: 3 })
const toBob = await ada.inviteToChannel(bob)
const channel = await ada.channel('A channel')
await server.mailedPasscode(toAddress.id)
const prints = await settledTables(server)
const friend = { inviteType: 'friend', token: 'somebody@example.com', identityProviderType: 'email' }
const friendText = JSON.stringify(friend)

describe('a socket call is refused', () => {
  let socket: SocketClient
  beforeAll(async () => {
    socket = await SocketClient.open(server, ada.token)
    return () => socket.close()
  })

  type Row = [status: number, method: string, ...args: unknown[]]
  async function faultsOfCalls(rows: Row[]) {
    const faults: string[] = []
    let before = await prints()
    for (const [status, method, path, ...args] of rows) {
      const reply = await socket.call(method, path as string, ...args)
      const after = await prints()
      const what = JSON.stringify([method, path, ...args]).slice(0, 200)
      const fault = reply.status === status ? faultOf(status, reply.body) : `is not ${status}`
      if (fault) faults.push(`${what} → ${reply.status} ${JSON.stringify(reply.body).slice(0, 300)}: ${fault}`)
      if (before !== after) faults.push(`${what} → ${reply.status}: changes something`)
      before = after
    }
    return faults
  }
  const change = { spawnType: 'spectate', deleteOnUse: true }
  const patching = (filter: unknown): Row => [400, 'patch', 'invite', null, change, { filter }]

  it('for the same conditions as over REST', async () => {
    expect(await faultsOfCalls(wrongConditions.filter((_, index) => index % 3 === 0).map(patching))).toEqual([])
    expect(await faultsOfCalls(badTimes.map((time) => patching({ createdAt: { $gt: time } })))).toEqual([])
  })

  it('when no condition counts, whatever stands in the place of one', async () => {
    const nothing = [
      undefined,
      null,
      {},
      [],
      { user: {} },
      { spawnDetails: {} },
      { $or: [] },
      { $and: [{}] },
      5,
      mark,
      true
    ]
    expect(
      await faultsOfCalls([
        ...nothing.map(patching),
        [400, 'patch', 'invite', null, change],
        [400, 'patch', 'invite', null, change, {}],
        [400, 'patch', 'invite', null, change, null],
        [400, 'patch', 'invite', undefined, change, {}],
        [400, 'patch', 'invite', undefined, change],
        [400, 'patch', 'invite', null, change, { query: { filter: { timed: false } } }],
        [400, 'patch', 'invite', null, change, { filter: { timed: false }, timed: false }],
        [400, 'patch', 'invite', null, change, { filter: { timed: false }, $limit: 1 }],
        [400, 'patch', 'invite', null, change, { timed: 'false' }],
        [400, 'patch', 'invite', null, change, { timed: false, filter: JSON.stringify({ timed: false }) }],
        [400, 'patch', 'invite', null, change, { filter: { channelName: 'x'.repeat(8200) } }],
        [400, 'patch', 'invite', null, change, { channelName: 'é'.repeat(4100) }],
        [400, 'patch', 'invite', null, change, { maxUses: { $in: Array.from({ length: 3000 }, (_, n) => n) } }],
        [400, 'patch', 'invite', null, change, { spawnDetails: JSON.parse(nested(40)) as unknown }],
        [400, 'patch', 'invite', null, change, JSON.parse('{"__proto__":{"timed":false},"timed":false}')],
        [400, 'patch', 'invite', null, change, { constructor: 1, timed: false }],
        [400, 'patch', 'invite', null, { ...change, [unheard]: 1 }, { timed: false }]
      ])
    ).toEqual([])
  })

  it('when its arguments are of another kind or number', async () => {
    expect(
      await faultsOfCalls([
        [404, 'get', 'invite', null, {}],
        [404, 'get', 'invite', undefined, {}],
        [404, 'get', 'invite', 5, {}],
        [404, 'get', 'invite', {}, {}],
        [404, 'get', 'invite', [link.id], {}],
        [404, 'get', 'invite', { toString: link.id }, {}],
        [404, 'get', 'invite', true, {}],
        [404, 'get', 'invite', mark, {}],
        [404, 'get', 'invite', Buffer.from(link.id), {}],
        [400, 'remove', 'invite', null, {}],
        [400, 'remove', 'invite', undefined, {}],
        [404, 'remove', 'invite', [link.id, toBob.id], {}],
        [404, 'remove', 'invite', { $ne: null }, {}],
        [404, 'patch', 'invite', [link.id], change, {}],
        [404, 'patch', 'invite', { $ne: null }, change, {}],
        [404, 'patch', 'invite', 0, change, {}],
        [404, 'patch', 'invite', false, change, {}],
        [404, 'patch', 'invite', '', change, {}],
        [404, 'get', 'user', null, {}],
        [404, 'get', 'user', [ada.id], {}],
        [404, 'remove', 'user-relationship', null, {}],
        [404, 'remove', 'user-relationship', undefined],
        [400, 'patch', 'user', null, { name: 'x' }, {}],
        [400, 'patch', 'user', undefined, { name: 'x' }, {}],
        [404, 'patch', 'user', [ada.id], { name: 'x' }, {}],
        [404, 'patch', 'user', 5, { name: 'x' }, {}],
        [404, 'patch', 'channel-user', null, { role: 'member' }, {}],
        [400, 'create', 'invite', undefined, {}],
        [400, 'create', 'invite', null, {}],
        [400, 'create', 'invite', 5, {}],
        [400, 'create', 'invite', mark, {}],
        [400, 'create', 'invite', [], {}],
        [400, 'create', 'invite', [[friend]], {}],
        [400, 'create', 'invite', [null], {}],
        [400, 'create', 'invite', Buffer.from(friendText), {}],
        [400, 'create', 'invite', { ...friend, spawnDetails: { a: Buffer.from('x') } }, {}],
        [400, 'create', 'invite', { ...friend, spawnDetails: { a: '\ud800' } }, {}],
        [400, 'create', 'invite', { ...friend, spawnDetails: { a: 'x'.repeat(17_000) } }, {}],
        [400, 'create', 'invite', friend, { $limit: 1 }],
        [400, 'create', 'invite', friend, { query: {} }],
        [400, 'create', 'channel', [{ name: 'a' }, { name: 'b' }], {}],
        [400, 'create', 'channel', { name: `${mark}\u0007` }, {}],
        [400, 'create', 'channel', { name: 'a', id: ada.id }, {}],
        [400, 'create', 'channel'],
        [400, 'create', 'authentication', null, {}],
        [400, 'create', 'authentication', { strategy: 'constructor' }, {}],
        [400, 'create', 'authentication', { strategy: 'local', email: ada.email, password: ada.password }, { x: 1 }],
        [400, 'find', 'invite', { $limit: '5' }],
        [400, 'find', 'invite', { $limit: -1 }],
        [400, 'find', 'invite', { $limit: 1.5 }],
        [400, 'find', 'invite', { $limit: null }],
        [400, 'find', 'invite', { $skip: 1e15 }],
        [400, 'find', 'invite', { $skip: 2 ** 31 }],
        [400, 'find', 'invite', { $skip: 1e308 }],
        [400, 'find', 'invite', { $sort: { id: true } }],
        [400, 'find', 'invite', { $sort: { id: [1] } }],
        [400, 'find', 'invite', { $sort: [['id', 1]] }],
        [400, 'find', 'invite', { $sort: mark }],
        [400, 'find', 'invite', { $select: { 0: 'id' } }],
        [400, 'find', 'invite', { $select: [] }],
        [400, 'find', 'invite', { $select: [['id']] }],
        [400, 'find', 'invite', { search: 5 }],
        [400, 'find', 'invite', { search: '\u0000' }],
        [400, 'find', 'invite', { action: ['sent'] }],
        [400, 'find', 'invite', { $resolve: ['user'] }],
        [400, 'find', 'invite', mark],
        [400, 'find', 'invite', [mark]],
        [400, 'find', 'invite', 5],
        [400, 'find', 'invite', true],
        [400, 'find', 'user', { inviteCode: { $ne: null } }],
        [400, 'find', 'user', { inviteCode: 5 }],
        [400, 'find', 'user', {}],
        [400, 'find', 'channel-user', { channelId: [channel.id] }],
        [400, 'find', 'channel-user', { channelId: { $ne: ada.id } }],
        [400, 'find', 'channel-user', 5],
        [400, 'find', 'user-login', { $limit: '5' }],
        [400, 'find', 'user-login', { $skip: 1e15 }],
        [400, 'find', 'identity-provider', { secret: { $like: 'a%' } }],
        [400, 'find', 'identity-provider', { $or: [{ userId: bob.id }] }]
      ])
    ).toEqual([])
  })

  it('when the path or the method is none', async () => {
    const paths = [
      'nothing',
      '',
      '/',
      'constructor',
      '__proto__',
      'toString',
      'invite/x',
      `invite/${link.id}`,
      `invite/${link.id}/constructor`,
      `invite/${link.id}/accept/x`,
      'Invite',
      '../invite',
      'invite\u0000',
      'x'.repeat(5000)
    ]
    expect(await faultsOfCalls(paths.map((path): Row => [404, 'find', path, {}]))).toEqual([])
    const methods = [
      'constructor',
      '_patch',
      '_remove',
      'toString',
      'setup',
      'teardown',
      'update',
      'emit',
      'on',
      'hooks',
      mark
    ]
    expect(await faultsOfCalls(methods.map((method): Row => [405, method, 'invite', link.id, change, {}]))).toEqual([])
    expect(
      await faultsOfCalls([
        [405, 'remove', 'channel', channel.id, {}],
        [405, 'find', `invite/${link.id}/accept`, {}],
        [405, 'patch', `invite/${link.id}/accept`, null, {}, {}],
        [405, 'update', 'user', ada.id, { name: 'x' }, {}]
      ])
    ).toEqual([])
  })

  it('or answered at least, when what should be a path is something else; and nothing breaks without an answer', async () => {
    const before = await prints()
    for (const path of [null, 5, true, {}, [], ['invite'], { toString: 'invite' }, Buffer.from('invite')]) {
      const reply = await socket.call('find', path as unknown as string, {})
      expect([400, 404]).toContain(reply.status)
      expect(faultOf(reply.status, reply.body)).toBeUndefined()
    }
    const silent: unknown[][] = [
      ['patch'],
      ['patch', 'invite'],
      ['patch', null, null, null],
      ['patch', 'invite', null, change],
      ['create', 'invite', { [unheard]: 1 }],
      ['find'],
      ['remove', 'invite', {}],
      [mark],
      ['constructor', 'constructor'],
      ['__proto__', '__proto__'],
      ['error', 'x']
    ]
    for (const [event, ...args] of silent) socket.socket.emit(String(event), ...args)
    expect((await socket.call('get', 'user', ada.id, {})).status).toBe(200)
    // Deeper than a client's own JSON would go: written to the connection as it is.
    for (const deep of [nested(8000), `${'['.repeat(20_000)}${']'.repeat(20_000)}`]) {
      for (const method of ['create', 'find']) socket.socket.io.engine.write(`2["${method}","invite",${deep}]`)
    }
    // A callback that is not the last argument is no argument.
    socket.socket.emit(
      'find',
      () => {},
      {},
      () => {}
    )
    socket.socket.emit('patch', 'invite', () => {}, change, {})
    expect((await socket.call('get', 'user', ada.id, {})).status).toBe(200)
    expect(await prints()).toEqual(before)
  })
})
