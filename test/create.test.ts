// POST /invite: one invite or a hundred, for whom, to what, and when not.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { inviteKeys, type Invite } from '../src/services/invite/invite.table.js'
import { admin, guest, newAddress, person, type Person } from './support/people.js'
import { startServer, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const create = (who: Person, body: unknown) => who.call('POST', '/invite', { body })
const friend = (more: object = {}) => ({
  inviteType: 'friend',
  token: newAddress(),
  identityProviderType: 'email',
  ...more
})
const invitesOf = (who: Person) => server.db('invites').where({ userId: who.id })
const minutesAhead = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()

async function refused(who: Person, body: unknown, status: number) {
  const before = (await invitesOf(who)).length
  const reply = await create(who, body)
  expect([body, reply.status]).toEqual([body, status])
  expect(await invitesOf(who)).toHaveLength(before)
  return reply
}

describe('an invite', () => {
  it('comes back whole, in the documented order, with its defaults', async () => {
    const ada = await person(server, 'Ada')
    const token = newAddress()
    const reply = await create(ada, { inviteType: 'friend', token: token.toUpperCase(), identityProviderType: 'email' })
    expect(reply.status).toBe(201)
    expect(Object.keys(reply.body)).toEqual(inviteKeys)
    const { id, user, createdAt, updatedAt, expiresAt, ...rest } = reply.body
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(user).toMatchObject({ id: ada.id, name: 'Ada', lastLogin: { userAgent: 'test agent', userId: ada.id } })
    expect(user.inviteCode).toMatch(/^\w{10}$/)
    expect(updatedAt).toBe(createdAt)
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(7 * 24 * 60 * 60_000)
    expect(rest).toEqual({
      token,
      identityProviderType: 'email',
      passcode: null,
      targetObjectId: null,
      deleteOnUse: false,
      makeAdmin: false,
      spawnType: null,
      spawnDetails: {},
      timed: false,
      userId: ada.id,
      inviteeId: null,
      inviteType: 'friend',
      invitee: null,
      channelName: null,
      startTime: null,
      endTime: null,
      status: 'pending',
      maxUses: 1,
      uses: 0,
      link: null,
      locale: null,
      delivery: { status: 'queued', reason: null, attempts: 0, lastAttemptAt: null }
    })
  })

  it('of each type has the target it needs, and the name of its channel', async () => {
    const ada = await person(server)
    const [channel, location] = await Promise.all([ada.channel(), ada.location()])
    const instance = await ada.instance(location.id)
    const targets = { channel: channel.id, location: location.id, instance: instance.id }
    for (const [inviteType, targetObjectId] of Object.entries(targets)) {
      const made = await ada.invite(friend({ inviteType, targetObjectId }))
      const channelName = inviteType === 'channel' ? channel.name : null
      expect(made).toMatchObject({ inviteType, targetObjectId, channelName })
      await refused(ada, friend({ inviteType }), 400)
      await refused(ada, friend({ inviteType, targetObjectId: null }), 400)
    }
    expect(await ada.invite(friend({ inviteType: 'new-user' }))).toMatchObject({ targetObjectId: null })
    await refused(ada, friend({ inviteType: 'new-user', targetObjectId: channel.id }), 400)
    await refused(ada, friend({ targetObjectId: channel.id }), 400)
  })

  it('without a recipient is a link, whose passcode is told once and stored only as a hash', async () => {
    const ada = await person(server)
    const link = await ada.bearerLink({ maxUses: 5 })
    expect(link.passcode).toMatch(/^[\w-]{22,}$/)
    expect((await ada.must<Invite>('GET', `/invite/${link.id}`)).passcode).toBeNull()
    const tables = ['invites', 'invite_history', 'outbox', 'idempotency_keys', 'invite_acceptances']
    const stored = await Promise.all(tables.map((table) => server.db(table)))
    expect(JSON.stringify(stored)).not.toContain(link.passcode)
    const another = await ada.bearerLink()
    expect(another.passcode).not.toBe(link.passcode)
  })

  it('by text message has a phone number', async () => {
    const ada = await person(server)
    const token = `+49170${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`
    expect(await ada.invite(friend({ token, identityProviderType: 'sms' }))).toMatchObject({ token })
    for (const wrong of ['0170123456', '+0170123456', '+49 170 1234567', '+1', 'x@example.com']) {
      await refused(ada, friend({ token: wrong, identityProviderType: 'sms' }), 400)
    }
  })

  it('has what is sent with it as it was sent', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server, 'Bob')])
    const endTime = '2031-03-01T10:00:00.500+02:00'
    const made = await ada.invite({
      inviteType: 'friend',
      inviteeId: bob.id.toUpperCase(),
      deleteOnUse: true,
      spawnType: 'spawnPoint',
      spawnDetails: { spawnPoint: 'door', z: 1, a: [null, { b: true }] },
      timed: true,
      startTime: '2031-01-01t00:00:00z',
      endTime
    })
    expect(made).toMatchObject({
      inviteeId: bob.id,
      invitee: { id: bob.id, name: 'Bob', lastLogin: null, inviteCode: null },
      deleteOnUse: true,
      spawnType: 'spawnPoint',
      startTime: '2031-01-01T00:00:00.000Z',
      endTime: '2031-03-01T08:00:00.500Z',
      expiresAt: null,
      delivery: { status: 'none' }
    })
    expect(JSON.stringify(made.spawnDetails)).toBe('{"spawnPoint":"door","z":1,"a":[null,{"b":true}]}')
  })
})

describe('what is refused', () => {
  it('is whatever is not well-formed, with the path of each problem and never its value', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const bearer = { inviteType: 'channel', targetObjectId }
    for (const body of [
      {},
      null,
      [],
      'null',
      '"friend"',
      { inviteType: 'enemy' },
      friend({ token: undefined }),
      friend({ identityProviderType: undefined }),
      friend({ identityProviderType: 'discord' }),
      friend({ token: 'nobody' }),
      friend({ token: 'a b@example.com' }),
      friend({ token: 'a@example.com\r\nBcc: b@example.com' }),
      friend({ token: `${'a'.repeat(250)}@example.com` }),
      friend({ token: 'a@localhost' }),
      friend({ inviteeId: randomUUID() }),
      friend({ passcode: 'mine' }),
      friend({ userId: ada.id }),
      friend({ status: 'accepted' }),
      friend({ id: randomUUID() }),
      friend({ maxUses: 2 }),
      friend({ maxUses: 0 }),
      friend({ maxUses: '1' }),
      friend({ deleteOnUse: 'true' }),
      friend({ deleteOnUse: null }),
      friend({ timed: true }),
      friend({ timed: true, endTime: minutesAhead(-1) }),
      friend({ timed: true, endTime: minutesAhead(5), expiresAt: minutesAhead(5) }),
      friend({ startTime: minutesAhead(5), endTime: minutesAhead(4) }),
      friend({ startTime: '2031-01-01T00:00:00.0001Z', endTime: '2031-01-01T00:00:00.0002Z' }),
      friend({ expiresAt: minutesAhead(-1) }),
      friend({ expiresAt: minutesAhead(30 * 24 * 60 + 5) }),
      friend({ expiresAt: minutesAhead(30 * 24 * 60 + 2) }),
      friend({ spawnDetails: { a: 'x'.repeat(16 * 1024) } }),
      friend({ spawnDetails: 'x' }),
      friend({ spawnDetails: { constructor: {} } }),
      friend({ targetObjectId: 'x' }),
      { ...bearer, makeAdmin: 'yes' },
      { ...bearer, maxUses: 1_000_001 },
      { inviteType: 'new-user', inviteeId: randomUUID() },
      '{"inviteType":"channel","inviteType":"friend"}'
    ]) {
      const { body: error } = await refused(ada, body, 400)
      expect(error.data.errors.length).toBeGreaterThan(0)
    }
    const secret = 'sEcReT value'
    const { text } = await refused(ada, { inviteType: secret, token: secret, spawnType: secret, [secret]: secret }, 400)
    expect(text).not.toContain(secret)
  })

  it('is an invite of oneself, of a guest’s making, and with a query', async () => {
    const [ada, visitor] = await Promise.all([person(server), guest(server)])
    await refused(ada, { inviteType: 'friend', inviteeId: ada.id }, 400)
    await refused(visitor, friend(), 403)
    expect((await ada.call('POST', '/invite', { query: 'x=1', body: friend() })).status).toBe(400)
  })

  it('is makeAdmin, by anybody but an administrator', async () => {
    const [ada, boss] = await Promise.all([person(server), admin(server)])
    await refused(ada, friend({ makeAdmin: true }), 403)
    expect(await boss.invite(friend({ makeAdmin: true }))).toMatchObject({ makeAdmin: true })
    const { id: targetObjectId } = await boss.channel()
    await refused(boss, { inviteType: 'channel', targetObjectId, makeAdmin: true }, 400)
  })

  it('is an invitee nobody knows, and one who blocks the inviter: the same 404', async () => {
    const [ada, eve] = await Promise.all([person(server), person(server)])
    await eve.must('POST', '/user-relationship', { relatedUserId: ada.id, userRelationshipType: 'blocking' })
    const invitee = (inviteeId: string) => ({ inviteType: 'friend', inviteeId })
    const blocked = await refused(ada, invitee(eve.id), 404)
    const unknown = await refused(ada, invitee(randomUUID()), 404)
    expect(blocked.text).toBe(unknown.text)
    await refused(eve, invitee(ada.id), 403)
  })

  it('is a target the inviter may not give: unknown and unseen are one 404, seen is 403', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const [channel, location] = await Promise.all([bob.channel(), bob.location()])
    const instance = await bob.instance(location.id)
    const targets = { channel: channel.id, location: location.id, instance: instance.id }
    for (const [inviteType, targetObjectId] of Object.entries(targets)) {
      const unseen = await refused(ada, friend({ inviteType, targetObjectId }), 404)
      const unknown = await refused(ada, friend({ inviteType, targetObjectId: randomUUID() }), 404)
      expect(unseen.text).toBe(unknown.text)
    }
    for (const inviteType of ['channel', 'location'] as const) {
      const { id } = await bob.invite({ inviteType, targetObjectId: targets[inviteType], inviteeId: ada.id })
      expect((await ada.accept(id)).status).toBe(200)
      await refused(ada, friend({ inviteType, targetObjectId: targets[inviteType] }), 403)
    }
    await refused(ada, friend({ inviteType: 'instance', targetObjectId: instance.id }), 403)
    await server.db('location_authorized_users').where({ userId: ada.id }).update({ role: 'moderator' })
    expect((await create(ada, friend({ inviteType: 'instance', targetObjectId: instance.id }))).status).toBe(201)
    // A channel's id is no location's.
    await refused(bob, friend({ inviteType: 'location', targetObjectId: channel.id }), 404)
  })

  it('is a twin: 409, until the first one is over', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const token = newAddress()
    const first = await ada.invite(friend({ token }))
    await refused(ada, friend({ token: token.toUpperCase() }), 409)
    expect((await create(bob, friend({ token }))).status).toBe(201)
    await ada.must('DELETE', `/invite/${first.id}`)
    const second = await ada.invite(friend({ token }))
    await server.db('invites').where({ id: second.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
    expect((await create(ada, friend({ token }))).status).toBe(201)
    const toBob = { inviteType: 'friend', inviteeId: bob.id }
    await ada.invite(toBob)
    await refused(ada, toBob, 409)
    const { id: targetObjectId } = await ada.channel()
    const link = { inviteType: 'channel', targetObjectId }
    await ada.invite(link)
    expect((await create(ada, link)).status).toBe(201)
  })

  it('is all but one of many twins at once', async () => {
    const ada = await person(server)
    const body = friend()
    const replies = await Promise.all(Array.from({ length: 6 }, () => create(ada, body)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(5)
    expect(await invitesOf(ada)).toHaveLength(1)
  })
})

describe('many at once to one person', () => {
  it('each find a place of their own, with an Idempotency-Key too', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const channels = await Promise.all(Array.from({ length: 16 }, () => ada.channel()))
    const replies = await Promise.all(
      channels.map(({ id: targetObjectId }, index) =>
        ada.call('POST', '/invite', {
          body: { inviteType: 'channel', targetObjectId, inviteeId: bob.id },
          headers: index % 2 ? { 'idempotency-key': randomUUID() } : {}
        })
      )
    )
    expect(replies.map(({ status }) => status)).toEqual(channels.map(() => 201))
    expect(new Set((await invitesOf(ada)).map(({ slot }) => slot)).size).toBe(16)
  })
})

describe('makeAdmin in a list', () => {
  it('by somebody else than an administrator is refused, and the item named', async () => {
    const reply = await refused(await person(server), [friend(), friend({ makeAdmin: true })], 403)
    expect(reply.body.data.errors).toMatchObject([{ path: '1' }])
  })

  it('is told before another item’s twin, as 403 comes before 409', async () => {
    const [ada, eve] = await Promise.all([person(server), person(server)])
    const twin = friend()
    const reply = await refused(ada, [twin, twin, friend({ makeAdmin: true })], 403)
    expect(reply.body.data).toMatchObject({ reason: 'admins-only-make-admin', errors: [{ path: '2' }] })
    const { id: targetObjectId } = await eve.channel()
    const hidden = await refused(ada, [twin, twin, friend({ inviteType: 'channel', targetObjectId })], 404)
    expect(hidden.body.data).toMatchObject({ reason: 'no-such-target', errors: [{ path: '2' }] })
  })
})

describe('several at once', () => {
  it('are stored whole, in their order', async () => {
    const ada = await person(server)
    const items = Array.from({ length: 100 }, (_, n) => friend({ spawnDetails: { n } }))
    const reply = await create(ada, items)
    expect(reply.status).toBe(201)
    expect(reply.body.map(({ token }: Invite) => token)).toEqual(items.map(({ token }) => token))
    expect(reply.body.map(({ spawnDetails }: Invite) => spawnDetails)).toEqual(items.map((_, n) => ({ n })))
    expect(await invitesOf(ada)).toHaveLength(100)
    const ids = reply.body.map(({ id }: Invite) => id)
    expect(await server.db('invite_history').whereIn('inviteId', ids).where({ action: 'created' })).toHaveLength(100)
    expect(await server.db('outbox').whereIn('subjectId', ids)).toHaveLength(100)
    await refused(ada, [...items.map(() => friend()), friend()], 400)
  })

  it('of one are a list of one; links among them come with their own passcodes', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const link = { inviteType: 'channel', targetObjectId }
    const one = await create(ada, [link])
    expect(one.body).toHaveLength(1)
    const mixed = await create(ada, [link, friend(), link])
    const passcodes = mixed.body.map(({ passcode }: Invite) => passcode)
    expect(passcodes).toEqual([expect.any(String), null, expect.any(String)])
    expect(passcodes[0]).not.toBe(passcodes[2])
  })

  it('are not stored at all when one is wrong, and the error names its item', async () => {
    const [ada, eve] = await Promise.all([person(server), person(server)])
    await eve.must('POST', '/user-relationship', { relatedUserId: ada.id, userRelationshipType: 'blocking' })
    const { id: theirs } = await eve.channel()
    const paths = ({ body }: { body: { data: { errors: { path: string }[] } } }) =>
      body.data.errors.map(({ path }) => path)
    const wrong = async (item: unknown, status: number) => refused(ada, [friend(), friend(), item, friend()], status)

    expect(paths(await wrong(friend({ token: 'nobody' }), 400))).toEqual(['2.token'])
    expect(paths(await wrong(friend({ timed: true }), 400))).toEqual(['2.endTime'])
    expect(paths(await wrong({ inviteType: 'enemy' }, 400))).toEqual(['2.inviteType'])
    expect(paths(await wrong(friend({ expiresAt: minutesAhead(-1) }), 400))).toEqual(['2.expiresAt'])
    expect(paths(await wrong(friend({ token: null, identityProviderType: null, inviteeId: eve.id }), 404))).toEqual([
      '2'
    ])
    expect(paths(await wrong(friend({ inviteType: 'channel', targetObjectId: theirs }), 404))).toEqual(['2'])
    const pending = await ada.inviteAddress()
    expect(paths(await wrong(friend({ token: pending.token }), 409))).toEqual(['2'])
    expect((await wrong(null, 400)).body.code).toBe(400)
    expect((await wrong([friend()], 400)).body.code).toBe(400)
    await wrong(friend({ makeAdmin: true }), 403)
  })

  it('must not be twins of each other', async () => {
    const ada = await person(server)
    const body = friend()
    await refused(ada, [friend(), body, body], 409)
    const { id: targetObjectId } = await ada.channel()
    const two = await create(ada, [body, { ...body, inviteType: 'channel', targetObjectId }])
    expect(two.status).toBe(201)
  })

  it('over a socket are the same', async () => {
    const ada = await person(server)
    const socket = await SocketClient.open(server, ada.token)
    const made = await socket.call('create', 'invite', [friend(), friend()], {})
    expect(made.body).toHaveLength(2)
    const bad = await socket.call('create', 'invite', [friend(), friend({ token: 'x' })], {})
    expect(bad).toMatchObject({ status: 400, body: { data: { errors: [{ path: '1.token' }] } } })
    expect(await invitesOf(ada)).toHaveLength(2)
    socket.close()
  })
})

describe('how many', () => {
  const links = (targetObjectId: string, count: number) =>
    Array.from({ length: count }, () => ({ inviteType: 'channel', targetObjectId }))

  it('of one inviter to one recipient may be pending: three, whatever their type', async () => {
    const strict = await startServer({ rateLimitFactor: 1 })
    try {
      const [ada, bob, eve] = await Promise.all([person(strict), person(strict), person(strict)])
      const channels = await Promise.all([ada.channel(), ada.channel(), ada.channel(), ada.channel()])
      const toChannel = (n: number, more: object) => ({
        inviteType: 'channel',
        targetObjectId: channels[n]?.id,
        ...more
      })
      const token = newAddress()
      for (const recipient of [{ token, identityProviderType: 'email' }, { inviteeId: bob.id }]) {
        const four = [0, 1, 2, 3].map((n) => toChannel(n, recipient))
        expect((await create(ada, four)).status).toBe(409)
        const three = await create(ada, four.slice(0, 3))
        expect(three.status).toBe(201)
        expect((await create(ada, four[3])).status).toBe(409)
        expect((await create(ada, { inviteType: 'friend', ...recipient })).status).toBe(409)
        expect((await create(eve, { inviteType: 'friend', ...recipient })).status).toBe(201)
        // One that is over, by revocation or by the clock, makes place for another.
        await ada.must('DELETE', `/invite/${three.body[1].id}`)
        const fourth = await ada.invite(four[3] ?? {})
        expect((await create(ada, four[1])).status).toBe(409)
        await strict.db('invites').where({ id: fourth.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
        expect((await create(ada, four[1])).status).toBe(201)
        expect((await create(ada, four[3])).status).toBe(409)
      }
      const targetObjectId = channels[0].id
      expect((await create(ada, links(targetObjectId, 5))).status).toBe(201)
    } finally {
      await strict.stop()
    }
  })

  it('an inviter may make in an hour, and a recipient may get in a day, is 200 and 10', async () => {
    const strict = await startServer({ rateLimitFactor: 1 })
    try {
      const people = await Promise.all([person(strict), person(strict), person(strict), person(strict)])
      const [ada, bob] = people
      if (!ada || !bob) throw new Error('nobody there')
      const { id: targetObjectId } = await ada.channel()
      expect((await create(ada, links(targetObjectId, 100))).status).toBe(201)
      expect((await create(ada, links(targetObjectId, 100))).status).toBe(201)
      const tooMany = await create(ada, links(targetObjectId, 1))
      expect(tooMany.status).toBe(429)
      expect(Number(tooMany.headers.get('retry-after'))).toBeGreaterThan(0)

      const [, ...inviters] = people
      const token = newAddress()
      let sent = 0
      const statuses: number[] = []
      for (const inviter of [...inviters, await person(strict)]) {
        for (const inviteType of ['friend', 'new-user', 'channel']) {
          const target = inviteType === 'channel' ? { targetObjectId: (await inviter.channel()).id } : {}
          statuses.push((await create(inviter, friend({ inviteType, token, ...target }))).status)
          sent += 1
        }
      }
      expect(sent).toBe(12)
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 201), 429, 429])
      expect(await strict.db('invites').where({ token })).toHaveLength(10)
    } finally {
      await strict.stop()
    }
  })
})
