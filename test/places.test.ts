// Channels, locations, instances and the people in them; friends, blocks, scopes, addresses and logins: each one's own.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { admin, call, guest, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()

const places = [
  { path: 'channel', members: 'channel-user', key: 'channelId', table: 'channels' },
  { path: 'location', members: 'location-authorized-user', key: 'locationId', table: 'locations' }
] as const

/** Lets somebody into a place, by an invite of its owner. */
async function letIn(owner: Person, inviteType: 'channel' | 'location', targetObjectId: string, who: Person) {
  const { id } = await owner.invite({ inviteType, targetObjectId, inviteeId: who.id })
  const reply = await who.accept(id)
  if (reply.status !== 200) throw new Error(reply.text)
}

describe.each(places)('a $path', ({ path, members, key, table }) => {
  it('belongs to whoever made it', async () => {
    const ada = await person(server)
    const reply = await ada.call('POST', `/${path}`, { body: { name: '  Garden ' } })
    expect(reply.status).toBe(201)
    expect(Object.keys(reply.body).sort()).toEqual(['createdAt', 'id', 'name', 'updatedAt'])
    expect(reply.body.name).toBe('Garden')
    const { body } = await ada.call('GET', `/${members}`, { query: `${key}=${reply.body.id}` })
    expect(body).toMatchObject({ total: 1, data: [{ userId: ada.id, role: 'owner', [key]: reply.body.id }] })
    expect(Object.keys(body.data[0]).sort()).toEqual([key, 'createdAt', 'id', 'role', 'userId'].sort())
  })

  it('has a name, and takes nothing else', async () => {
    const ada = await person(server)
    const before = await server.db(table).count({ rows: '*' }).first()
    for (const body of [
      {},
      { name: '' },
      { name: ' ' },
      { name: 5 },
      { name: 'x'.repeat(101) },
      { name: 'a\u0007' },
      { name: 'x', id: randomUUID() },
      { name: 'x', userId: ada.id },
      [{ name: 'x' }]
    ]) {
      expect([body, (await ada.call('POST', `/${path}`, { body })).status]).toEqual([body, 400])
    }
    expect(await server.db(table).count({ rows: '*' }).first()).toEqual(before)
  })

  it('shows who is in to those who are in, and does not exist for others', async () => {
    const [ada, bob, eve, boss] = await Promise.all([person(server), person(server), person(server), admin(server)])
    const { id } = await ada[path]()
    await letIn(ada, path, id, bob)
    const list = (who: Person, query = `${key}=${id}`) => who.call('GET', `/${members}`, { query })
    for (const who of [ada, bob]) {
      const { body } = await list(who)
      expect(body.data.map(({ userId, role }: Record<string, string>) => [userId, role])).toEqual([
        [ada.id, 'owner'],
        [bob.id, 'member']
      ])
    }
    expect((await list(bob, `${key}=${id}&$limit=1&$skip=1`)).body).toMatchObject({ total: 2, limit: 1, skip: 1 })
    const unknown = await list(eve, `${key}=${randomUUID()}`)
    for (const who of [eve, boss])
      expect([(await list(who)).status, (await list(who)).text]).toEqual([404, unknown.text])
    for (const query of [
      '',
      `${key}=x`,
      `${key}[$ne]=${id}`,
      `${key}=${id}&userId=${ada.id}`,
      `${key}[]=${id}`,
      `${key}=${id}&$or[0][${key}]=${randomUUID()}`
    ]) {
      expect([query, (await list(bob, query)).status]).toEqual([query, 400])
    }
    const socket = await SocketClient.open(server, eve.token)
    expect((await socket.call('find', members, { [key]: id })).status).toBe(404)
    expect((await socket.call('find', members, { [key]: { $ne: id } })).status).toBe(400)
    expect((await socket.call('find', members, {})).status).toBe(400)
    socket.close()
  })

  it('has moderators if its owner says so, and they may invite', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    const { id } = await ada[path]()
    await letIn(ada, path, id, bob)
    await letIn(ada, path, id, eve)
    const rows: { id: string; userId: string }[] = (await ada.must('GET', `/${members}?${key}=${id}`)).data
    const rowOf = (who: Person) => rows.find(({ userId }) => userId === who.id)?.id ?? ''
    const setRole = (who: Person, of: Person, role: string) =>
      who.call('PATCH', `/${members}/${rowOf(of)}`, { body: { role } })
    const invite = { inviteType: path, targetObjectId: id, token: newAddress(), identityProviderType: 'email' }
    expect((await bob.call('POST', '/invite', { body: invite })).status).toBe(403)
    expect((await setRole(bob, bob, 'moderator')).status).toBe(403)
    expect((await setRole(eve, bob, 'moderator')).status).toBe(403)
    expect((await setRole(ada, bob, 'moderator')).body).toMatchObject({ userId: bob.id, role: 'moderator' })
    expect((await bob.call('POST', '/invite', { body: invite })).status).toBe(201)
    // A moderator gives no roles; the owner's own stays; nobody else becomes owner.
    expect((await setRole(bob, eve, 'moderator')).status).toBe(403)
    expect((await setRole(ada, ada, 'member')).status).toBe(403)
    expect((await setRole(ada, bob, 'owner')).status).toBe(400)
    expect((await setRole(ada, bob, 'member')).body.role).toBe('member')
    const stranger = await person(server)
    expect((await setRole(stranger, bob, 'moderator')).status).toBe(404)
    expect((await ada.call('PATCH', `/${members}/x`, { body: { role: 'member' } })).status).toBe(404)
    expect((await ada.call('PATCH', `/${members}`, { body: { role: 'member' } })).status).toBe(405)
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('patch', members, null, { role: 'moderator' }, {})).status).toBe(404)
    expect(await server.db(members.replaceAll('-', '_') + 's').where({ [key]: id, role: 'moderator' })).toEqual([])
    socket.close()
  })
})

describe('an instance', () => {
  it('is started by who is authorised at its location; for others the location does not exist', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    const { id: locationId } = await ada.location()
    await letIn(ada, 'location', locationId, bob)
    for (const who of [ada, bob]) {
      const reply = await who.call('POST', '/instance', { body: { locationId } })
      expect([reply.status, reply.body]).toEqual([201, expect.objectContaining({ locationId, userId: who.id })])
    }
    const hidden = await eve.call('POST', '/instance', { body: { locationId } })
    const unknown = await eve.call('POST', '/instance', { body: { locationId: randomUUID() } })
    expect([hidden.status, hidden.text]).toEqual([404, unknown.text])
    for (const body of [{}, { locationId: 'x' }, { locationId: null }, { locationId, userId: eve.id }]) {
      expect([body, (await ada.call('POST', '/instance', { body })).status]).toEqual([body, 400])
    }
  })
})

describe.each(places)('the list of $path', ({ path, members, key }) => {
  const list = async (who: Person, query = '') => (await who.call('GET', `/${path}`, { query })).body
  const names = (body: { data: { name: string }[] }) => body.data.map(({ name }) => name)
  const take = async (who: Person, targetObjectId: string) =>
    (await who.call('POST', '/invite', { body: { inviteType: path, targetObjectId } })).status

  it('has those that an invite may lead to, by the role of the caller, and no others', async () => {
    const [ada, bob, boss] = await Promise.all([person(server), person(server), admin(server)])
    const { id } = await ada[path]('Garden')
    const page = await list(ada)
    expect(page).toEqual({ total: 1, limit: 10, skip: 0, data: [expect.objectContaining({ id, name: 'Garden' })] })
    expect(Object.keys(page.data[0])).toEqual(['id', 'name', 'createdAt', 'updatedAt'])
    expect(page.data[0].createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
    const has = async (who: Person) =>
      (await list(who, 'search=Garden')).data.some((row: { id: string }) => row.id === id)
    // Strangers, administrators among them, and members may not invite, so the place is in no list of theirs.
    for (const who of [bob, boss]) expect([await has(who), (await take(who, id)) >= 400]).toEqual([false, true])
    await letIn(ada, path, id, bob)
    expect([await has(bob), await take(bob, id)]).toEqual([false, 403])
    const { data } = await ada.must('GET', `/${members}?${key}=${id}`)
    const his = data.find(({ userId }: { userId: string }) => userId === bob.id)
    await ada.must('PATCH', `/${members}/${his.id}`, { role: 'moderator' })
    expect([await has(bob), await take(bob, id)]).toEqual([true, 201])
    await ada.must('PATCH', `/${members}/${his.id}`, { role: 'member' })
    expect(await has(bob)).toBe(false)
  })

  it('is by name, in pages, and finds a part of a name in either case and spelling', async () => {
    const ada = await person(server)
    for (const name of ['Zoo', 'apple', 'Birds 100%', 'Caf\u00e9', 'birds', 'x_y']) await ada[path](name)
    expect(names(await list(ada))).toEqual(['apple', 'birds', 'Birds 100%', 'Caf\u00e9', 'x_y', 'Zoo'])
    const pages = await Promise.all([0, 2, 4, 6].map((skip) => list(ada, `$limit=2&$skip=${skip}`)))
    expect(pages.flatMap(names)).toEqual(names(await list(ada)))
    expect(pages.map(({ total, limit, skip }) => [total, limit, skip])).toEqual([0, 2, 4, 6].map((n) => [6, 2, n]))
    expect(await list(ada, '$limit=0')).toEqual({ total: 6, limit: 0, skip: 0, data: [] })
    expect((await list(ada, '$limit=1000')).limit).toBe(100)
    const found = async (search: string) => names(await list(ada, `search=${encodeURIComponent(search)}`))
    expect(await found(' BIRD ')).toEqual(['birds', 'Birds 100%'])
    expect(await found('cafe\u0301')).toEqual(['Caf\u00e9'])
    expect([await found('%'), await found('_'), await found('\\')]).toEqual([['Birds 100%'], ['x_y'], []])
    expect((await found('')).length).toBe(6)
  })

  it('takes nothing else, needs an account, and is alike over a socket', async () => {
    const [ada, visitor] = await Promise.all([person(server), guest(server)])
    await ada[path]()
    for (const query of [
      'name=x',
      'search[$ne]=x',
      `search=${'x'.repeat(255)}`,
      '$limit=x',
      '$skip=-1',
      '$sort[name]=1',
      '$select[]=id'
    ])
      expect([query, (await ada.call('GET', `/${path}`, { query })).status]).toEqual([query, 400])
    expect((await call(server, 'GET', `/${path}`)).status).toBe(401)
    expect((await visitor.call('GET', `/${path}`)).body.data.reason).toBe('not-for-guests')
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('find', path, { $limit: 5 })).body).toEqual(await list(ada, '$limit=5'))
    expect((await socket.call('find', path, { search: 5 })).status).toBe(400)
    socket.close()
  })
})

describe('the list of instances', () => {
  it('has those of locations where the caller may invite, newest first, found by the location', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const [here, there] = [await ada.location('Harbour'), await ada.location('Hill')]
    await letIn(ada, 'location', here.id, bob)
    const one = await ada.instance(here.id)
    const two = await bob.instance(here.id)
    const three = await ada.instance(there.id)
    const list = async (who: Person, query = '') => who.must('GET', `/instance?${query}`)
    const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)
    const page = await list(ada)
    expect([page.total, page.limit, page.skip, ids(page)]).toEqual([3, 10, 0, [three.id, two.id, one.id]])
    expect(page.data[1]).toEqual(two)
    expect(ids(await list(ada, 'search=HARB&$limit=1&$skip=1'))).toEqual([one.id])
    // A member starts instances, and may not invite to them, not even to their own.
    expect(ids(await list(bob))).toEqual([])
    const invite = { inviteType: 'instance', targetObjectId: two.id }
    expect((await bob.call('POST', '/invite', { body: invite })).status).toBe(403)
    expect((await ada.call('POST', '/invite', { body: invite })).status).toBe(201)
    expect((await (await guest(server)).call('GET', '/instance')).status).toBe(403)
    expect((await ada.call('GET', '/instance', { query: `locationId=${here.id}` })).status).toBe(400)
    const socket = await SocketClient.open(server, ada.token)
    expect(ids((await socket.call('find', 'instance', { search: 'hill' })).body)).toEqual([three.id])
    socket.close()
  })
})

describe('relationships', () => {
  const relationships = (who: Person, query = '') => who.must('GET', `/user-relationship?${query}`)

  async function friends() {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const { id } = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    expect((await bob.accept(id)).status).toBe(200)
    return { ada, bob }
  }

  it('of friends are one row for each, their own; ending it ends both', async () => {
    const { ada, bob } = await friends()
    const [mine, theirs] = [await relationships(ada), await relationships(bob)]
    expect(mine).toMatchObject({
      total: 1,
      data: [{ userId: ada.id, relatedUserId: bob.id, userRelationshipType: 'friend' }]
    })
    expect(theirs).toMatchObject({ total: 1, data: [{ userId: bob.id, relatedUserId: ada.id }] })
    // Nobody ends what is not theirs, not even the same friendship by the other one's row.
    expect((await bob.call('DELETE', `/user-relationship/${mine.data[0].id}`)).status).toBe(404)
    expect((await (await admin(server)).call('DELETE', `/user-relationship/${mine.data[0].id}`)).status).toBe(404)
    await ada.must('DELETE', `/user-relationship/${mine.data[0].id}`)
    expect([(await relationships(ada)).total, (await relationships(bob)).total]).toEqual([0, 0])
  })

  it('of a block are the blocker’s alone; it ends a friendship, and lifting it does not bring that back', async () => {
    const { ada, bob } = await friends()
    const body = { relatedUserId: bob.id, userRelationshipType: 'blocking' }
    const block = await ada.must('POST', '/user-relationship', body)
    expect(block).toMatchObject({ userId: ada.id, relatedUserId: bob.id, userRelationshipType: 'blocking' })
    expect((await relationships(bob)).data).toEqual([])
    expect((await relationships(ada, 'userRelationshipType=friend')).data).toEqual([])
    expect((await relationships(ada, `relatedUserId=${bob.id}`)).data).toMatchObject([
      { userRelationshipType: 'blocking' }
    ])
    expect((await ada.call('POST', '/user-relationship', { body })).status).toBe(409)
    // Both may block; lifting one leaves the other.
    await bob.must('POST', '/user-relationship', { ...body, relatedUserId: ada.id })
    await ada.must('DELETE', `/user-relationship/${block.id}`)
    expect((await relationships(ada)).data).toEqual([])
    expect((await relationships(bob)).data).toMatchObject([{ userRelationshipType: 'blocking' }])
  })

  it('are not made otherwise', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const block = { relatedUserId: bob.id, userRelationshipType: 'blocking' }
    const wrong: [number, unknown][] = [
      [400, { ...block, userRelationshipType: 'friend' }],
      [400, { ...block, relatedUserId: ada.id }],
      [400, { ...block, userId: bob.id }],
      [400, { ...block, id: randomUUID() }],
      [400, [block]],
      [400, {}],
      [404, { ...block, relatedUserId: randomUUID() }]
    ]
    for (const [status, body] of wrong) {
      expect([body, (await ada.call('POST', '/user-relationship', { body })).status]).toEqual([body, status])
    }
    for (const query of [
      `userId=${bob.id}`,
      '$or[0][userId]=x',
      'userRelationshipType[$ne]=friend',
      '$sort[id]=1',
      '$select[]=id'
    ]) {
      expect([query, (await ada.call('GET', '/user-relationship', { query })).status]).toEqual([query, 400])
    }
    expect(await server.db('user_relationships').where({ userId: ada.id })).toEqual([])
  })
})

describe('scopes', () => {
  it('are granted and taken away by administrators, and work at once', async () => {
    const [boss, ada, bob] = await Promise.all([admin(server), person(server), person(server)])
    const granted = await boss.must('POST', '/scope', { userId: ada.id, type: 'admin:admin' })
    expect(granted).toMatchObject({ userId: ada.id, type: 'admin:admin' })
    expect((await boss.call('POST', '/scope', { body: { userId: ada.id, type: 'admin:admin' } })).status).toBe(409)
    const { id } = await bob.inviteAddress()
    expect((await ada.call('GET', `/invite/${id}`)).status).toBe(200)
    expect((await ada.must('GET', `/scope?userId=${ada.id}`)).data).toMatchObject([{ type: 'admin:admin' }])
    await boss.must('DELETE', `/scope/${granted.id}`)
    expect((await ada.call('GET', `/invite/${id}`)).status).toBe(404)
    expect((await ada.call('GET', '/scope')).status).toBe(403)
  })

  it('take effect on a socket that is open', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server)])
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('find', 'scope', {})).status).toBe(403)
    const { id } = await boss.must('POST', '/scope', { userId: ada.id, type: 'admin:admin' })
    expect((await socket.call('find', 'scope', { userId: ada.id })).body.total).toBe(1)
    await boss.must('DELETE', `/scope/${id}`)
    expect((await socket.call('find', 'scope', {})).status).toBe(403)
    socket.close()
  })

  it('are refused for nobody, and in another form', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server)])
    const wrong: [number, unknown][] = [
      [404, { userId: randomUUID(), type: 'user:read' }],
      [400, { userId: ada.id, type: 'admin' }],
      [400, { userId: ada.id, type: 'Admin:admin' }],
      [400, { userId: ada.id, type: '*:*' }],
      [400, { userId: ada.id }],
      [400, { userId: ada.id, type: 'user:read', id: randomUUID() }],
      [400, [{ userId: ada.id, type: 'user:read' }]]
    ]
    for (const [status, body] of wrong) {
      expect([body, (await boss.call('POST', '/scope', { body })).status]).toEqual([body, status])
    }
    const before = await server.db('scopes')
    const socket = await SocketClient.open(server, boss.token)
    for (const id of [null, undefined, {}, [], 'x', { $ne: 1 }]) {
      expect([id, (await socket.call('remove', 'scope', id, {})).status]).toEqual([id, 404])
    }
    expect((await socket.call('remove', 'scope', null, { userId: ada.id })).status).toBeGreaterThanOrEqual(400)
    expect((await boss.call('DELETE', '/scope')).status).toBe(405)
    expect(await server.db('scopes')).toEqual(before)
    socket.close()
  })
})

describe('addresses and logins', () => {
  it('are one’s own only, and an address never shows its secret', async () => {
    const [ada, bob, boss] = await Promise.all([person(server), person(server), admin(server)])
    for (const path of ['identity-provider', 'user-login']) {
      const mine = await ada.must('GET', `/${path}`)
      expect(mine).toMatchObject({ total: 1, data: [{ userId: ada.id }] })
      const { id } = mine.data[0]
      expect((await ada.must('GET', `/${path}/${id}`)).id).toBe(id)
      for (const who of [bob, boss]) expect((await who.call('GET', `/${path}/${id}`)).status).toBe(404)
      for (const query of [
        `userId=${bob.id}`,
        `$or[0][userId]=${bob.id}`,
        'id[$ne]=x',
        '$select[]=secret',
        'token=x'
      ]) {
        expect([query, (await ada.call('GET', `/${path}`, { query })).status]).toEqual([query, 400])
      }
      const socket = await SocketClient.open(server, bob.token)
      expect((await socket.call('get', path, id, {})).status).toBe(404)
      expect((await socket.call('find', path, { userId: ada.id })).status).toBe(400)
      expect((await socket.call('find', path, { $or: [{ userId: ada.id }] })).status).toBe(400)
      expect((await socket.call('find', path, {})).body.data).toMatchObject([{ userId: bob.id }])
      socket.close()
      for (const [method, at] of [
        ['POST', path],
        ['PATCH', `${path}/${id}`],
        ['DELETE', `${path}/${id}`]
      ] as const) {
        expect((await ada.call(method, `/${at}`, { body: {} })).status).toBe(405)
      }
    }
    const provider = await ada.call('GET', '/identity-provider')
    expect(provider.body.data[0]).toMatchObject({ type: 'email', token: ada.email, secret: null, verified: false })
    expect(provider.text).not.toContain('argon2')
  })

  it('of a guest are a sign-in without an address', async () => {
    const visitor = await guest(server)
    const { data } = await visitor.must('GET', '/identity-provider')
    expect(data).toMatchObject([{ type: 'guest', secret: null, verified: false }])
    // The token of a guest is no password, and no address either.
    const body = { strategy: 'local', email: `${data[0].token}@example.com`, password: data[0].token }
    expect((await call(server, 'POST', '/authentication', { body })).status).toBe(401)
  })
})

describe('a column that a newer process adds', () => {
  const tables = [
    'channels',
    'locations',
    'channel_users',
    'location_authorized_users',
    'instances',
    'user_relationships',
    'identity_providers',
    'user_logins'
  ]

  it('does not break the statements of this one, and is in no reply', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    /** The keys of the replies, on each statement of these services. */
    async function replies() {
      const eve = await person(server)
      const keys: string[][] = []
      const says = async (method: string, path: string, body?: unknown) => {
        const reply = await ada.must(method, path, body)
        keys.push(Object.keys(reply).sort())
        return reply
      }
      for (const { path, members, key } of places) {
        const { id } = await says('POST', `/${path}`, { name: 'Garden' })
        await letIn(ada, path, id, bob)
        const { data } = await ada.must('GET', `/${members}?${key}=${id}`)
        keys.push(Object.keys(data[0]).sort())
        const his = data.find(({ userId }: { userId: string }) => userId === bob.id)
        await says('PATCH', `/${members}/${his.id}`, { role: 'moderator' })
        if (path === 'location') await says('POST', '/instance', { locationId: id })
      }
      const block = { relatedUserId: eve.id, userRelationshipType: 'blocking' }
      const { id } = await says('POST', '/user-relationship', block)
      for (const list of ['user-relationship', 'identity-provider', 'user-login']) {
        const { data } = await ada.must('GET', `/${list}`)
        keys.push(Object.keys(data[0]).sort())
      }
      await says('DELETE', `/user-relationship/${id}`)
      return keys
    }
    // Twice: a statement is prepared by then.
    const before = [await replies(), await replies()][0]
    const all = (change: string) => Promise.all(tables.map((table) => server.db.raw(`alter table ${table} ${change}`)))
    await all('add column newer text')
    try {
      expect(await replies()).toEqual(before)
    } finally {
      await all('drop column newer')
    }
  })
})
