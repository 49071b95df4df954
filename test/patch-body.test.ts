// PATCH /invite: what a body may change, what it may only repeat, and that all of it happens or nothing.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { reasons } from '../src/reasons.js'
import { inviteKeys, type Invite } from '../src/services/invite/invite.table.js'
import { admin, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const rowOf = (id: string) => server.db('invites').where({ id }).first()
/** The row without what delivery writes meanwhile. */
async function settledRow(id: string) {
  const { deliveryStatus: _s, deliveryAttempts: _n, lastAttemptAt: _t, ...row } = await rowOf(id)
  return row
}
const minutesAhead = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
const days = 24 * 60

async function patched(who: Person, id: string, body: unknown): Promise<Invite> {
  const reply = await who.patch({ id }, body)
  expect(reply.text).toMatch(/^\[\{/)
  expect(reply.body).toHaveLength(1)
  return reply.body[0]
}

async function refused(who: Person, id: string, body: unknown, status = 400) {
  const before = await settledRow(id)
  const reply = await who.patch({ id }, body)
  expect([body, reply.status]).toEqual([body, status])
  expect(await settledRow(id)).toEqual(before)
  return reply
}

describe('the two forms of a body', () => {
  it('mean the same: the fields themselves, and the envelope', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    expect((await patched(ada, id, { spawnDetails: { n: 1 } })).spawnDetails).toEqual({ n: 1 })
    expect((await patched(ada, id, { body: { spawnDetails: { n: 2 } } })).spawnDetails).toEqual({ n: 2 })
    const socket = await SocketClient.open(server, ada.token)
    const reply = await socket.call('patch', 'invite', null, { body: { spawnDetails: { n: 3 } } }, { filter: { id } })
    expect(reply.body).toMatchObject([{ id, spawnDetails: { n: 3 } }])
    socket.close()
  })

  it('are refused when neither is there whole', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    for (const body of [
      { body: { timed: false }, deleteOnUse: true },
      { body: null },
      { body: [] },
      { body: 'deleteOnUse' },
      { body: { body: { deleteOnUse: true } } },
      { body: {} },
      {},
      [],
      [{ deleteOnUse: true }],
      'null',
      'true',
      '"text"',
      '7'
    ]) {
      await refused(ada, id, body)
    }
    expect((await ada.call('PATCH', '/invite', { query: `id=${id}` })).status).toBe(400)
  })

  it('take the documented body: the keys of the documented filter', async () => {
    const ada = await person(server, 'Ada')
    const made = await ada.inviteAddress({ spawnDetails: { spawnPoint: 'door' } })
    const { id, spawnDetails, userId, inviteType, user, invitee, createdAt, updatedAt } = made
    const body = { id, spawnDetails, userId, inviteType, user, invitee, createdAt, updatedAt }
    const row = await patched(ada, id, { body })
    expect({ ...row, updatedAt, delivery: null }).toEqual({ ...made, delivery: null })
    expect(row.updatedAt > updatedAt).toBe(true)
  })
})

describe('a row that was read', () => {
  it('can be sent back whole, changes nothing but updatedAt, and comes back with every key in order', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const { id: channelId } = await ada.channel()
    const made = await Promise.all([
      ada.inviteAddress({ timed: true, endTime: '2031-01-01T00:00:00.000Z' }),
      ada.invite({
        inviteType: 'friend',
        inviteeId: bob.id,
        spawnType: 'inviteCode',
        spawnDetails: { inviteCode: 'x' }
      }),
      ada.invite({ inviteType: 'channel', targetObjectId: channelId, maxUses: 9, deleteOnUse: true })
    ])
    for (const { id } of made) {
      const read = await ada.must<Invite>('GET', `/invite/${id}`)
      expect(Object.keys(read)).toEqual(inviteKeys)
      const row = await patched(ada, id, read)
      expect(Object.keys(row)).toEqual(inviteKeys)
      expect(row).toEqual({ ...read, updatedAt: row.updatedAt, delivery: row.delivery })
      expect(row.updatedAt > read.updatedAt).toBe(true)
    }
  })

  it('sends along output-only keys of any value, which say nothing', async () => {
    const ada = await person(server)
    const made = await ada.inviteAddress()
    const outputOnly = {
      id: randomUUID(),
      passcode: 'x',
      user: null,
      invitee: { id: 7 },
      channelName: ['a'],
      uses: 99,
      delivery: { status: 'sent' },
      createdAt: 'never',
      updatedAt: 5
    }
    const row = await patched(ada, made.id, { ...outputOnly, deleteOnUse: true })
    expect({ ...row, updatedAt: made.updatedAt, delivery: made.delivery }).toEqual({ ...made, deleteOnUse: true })
    await refused(ada, made.id, outputOnly)
    for (const key of Object.keys(outputOnly)) await refused(ada, made.id, { [key]: null })
  })

  it('keeps its immutable keys: the value each matched row has, in any case, and no other', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const byMail = await ada.inviteAddress()
    const toBob = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    const same = { userId: ada.id.toUpperCase(), token: byMail.token?.toUpperCase(), identityProviderType: 'email' }
    await patched(ada, byMail.id, { ...same, inviteeId: null, deleteOnUse: true })
    await patched(ada, toBob.id, { token: null, identityProviderType: null, inviteeId: bob.id, deleteOnUse: true })
    for (const body of [
      { userId: bob.id },
      { token: newAddress() },
      { token: null },
      { identityProviderType: 'sms' },
      { identityProviderType: null },
      { inviteeId: bob.id }
    ]) {
      const { body: error } = await refused(ada, byMail.id, { ...body, deleteOnUse: false })
      expect(error.data.errors).toEqual([{ path: Object.keys(body)[0], message: reasons.immutable[1] }])
    }
    await refused(ada, toBob.id, { inviteeId: null, deleteOnUse: false })
    await refused(ada, toBob.id, { inviteeId: ada.id, deleteOnUse: false })
    await refused(ada, toBob.id, { userId: null, deleteOnUse: false })
    for (const status of ['expired', 'revoked', 'accepted', 'declined']) {
      const { body: error } = await refused(ada, byMail.id, { status, deleteOnUse: false })
      expect(error.data).toMatchObject({ reason: 'immutable-status', errors: [{ path: 'status' }] })
    }
    await refused(ada, byMail.id, { status: null, deleteOnUse: false })
    await refused(ada, byMail.id, { status: 'done', deleteOnUse: false })
    // Immutable keys alone leave nothing to write.
    await refused(ada, byMail.id, { status: 'pending' })
    await refused(ada, byMail.id, { userId: ada.id })
    // One of two rows has another value: neither is changed.
    const both = await ada.patch({ userId: ada.id }, { inviteeId: bob.id, deleteOnUse: false })
    expect(both.status).toBe(400)
    expect((await rowOf(toBob.id)).deleteOnUse).toBe(true)
  })
})

describe('the status', () => {
  it('is the one that the caller sees: the clock decides, whether a sweep has been there or not', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server)])
    const [late, swept, pending] = await Promise.all([1, 2, 3].map(() => ada.inviteAddress()))
    const past = { expiresAt: '2020-01-01T00:00:00Z' }
    await server.db('invites').where({ id: late!.id }).update(past)
    await server
      .db('invites')
      .where({ id: swept!.id })
      .update({ ...past, status: 'expired' })
    for (const { id } of [late!, swept!]) {
      const read = await boss.must<Invite>('GET', `/invite/${id}`)
      expect(read.status).toBe('expired')
      await refused(boss, id, { status: 'pending', deleteOnUse: true })
      expect((await patched(boss, id, { ...read, deleteOnUse: true })).status).toBe('expired')
      // It is compared with the status before the patch.
      const revived = await patched(boss, id, { status: 'expired', expiresAt: minutesAhead(60) })
      expect(revived.status).toBe('pending')
      await server.db('invites').where({ id }).update(past)
    }
    // One of three rows has another status: none is changed.
    const all = await boss.patch({ userId: ada.id }, { status: 'expired', deleteOnUse: false })
    expect([all.status, all.body.data.reason]).toEqual([400, 'immutable-status'])
    expect((await rowOf(late!.id)).deleteOnUse).toBe(true)
    expect((await rowOf(pending!.id)).status).toBe('pending')
  })
})

describe('a value', () => {
  it('of null unsets what is optional, and nothing else', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress({
      spawnType: 'spectate',
      spawnDetails: { a: 1 },
      startTime: minutesAhead(60),
      endTime: minutesAhead(120)
    })
    const row = await patched(ada, id, { spawnType: null, spawnDetails: null, startTime: null, endTime: null })
    expect(row).toMatchObject({ spawnType: null, spawnDetails: {}, startTime: null, endTime: null })
    for (const key of ['deleteOnUse', 'makeAdmin', 'timed', 'inviteType', 'maxUses']) {
      await refused(ada, id, { [key]: null })
    }
  })

  it('of the wrong type or out of its bounds is refused, and never coerced', async () => {
    const ada = await person(server)
    const { id } = await ada.bearerLink()
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })
    for (const body of [
      { deleteOnUse: 'true' },
      { deleteOnUse: 1 },
      { timed: 'false' },
      { maxUses: '2' },
      { maxUses: 0 },
      { maxUses: 1.5 },
      { maxUses: 1_000_001 },
      { maxUses: -1 },
      { inviteType: 'enemy' },
      { inviteType: ['channel'] },
      { spawnType: 'door' },
      { spawnDetails: [] },
      { spawnDetails: 'x' },
      { spawnDetails: { a: 'x'.repeat(16 * 1024) } },
      { spawnDetails: nested(40) },
      { spawnDetails: { constructor: 1 } },
      '{"spawnDetails":{"__proto__":{"a":1}}}',
      '{"deleteOnUse":true,"deleteOnUse":false}',
      { spawnDetails: { a: 'b\u0000' } },
      '{"spawnDetails":{"a":"\\ud800"}}',
      { startTime: '2031-01-01' },
      { startTime: '2031-01-01T00:00:00' },
      { startTime: '2031-02-30T00:00:00Z' },
      { startTime: '1969-12-31T23:59:59Z' },
      { endTime: '2101-01-01T00:00:00Z' },
      { endTime: 1_900_000_000 },
      { expiresAt: 'tomorrow' },
      { targetObjectId: 'x' },
      { targetObjectId: 5 },
      { colour: 'red' },
      { deleteOnUse: true, Timed: true },
      { slot: 2 },
      { recipient: 'bearer' },
      { passcodeHash: 'x' },
      { makeAdminBy: null },
      '{"deleteOnUse":true',
      '{deleteOnUse:true}'
    ]) {
      expect((await refused(ada, id, body)).body.className).toBe('bad-request')
    }
  })

  it('of JSON within spawnDetails keeps the order of its keys', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    const spawnDetails = { z: 1, a: { y: null, b: [true, 1.5, 'é'] }, m: 'x' }
    await patched(ada, id, { spawnDetails })
    const { text } = await ada.call('GET', `/invite/${id}`)
    expect(text).toContain(JSON.stringify(spawnDetails))
  })
})

describe('type and target', () => {
  it('must fit each other', async () => {
    const ada = await person(server)
    const [channel, location] = await Promise.all([ada.channel(), ada.location()])
    const instance = await ada.instance(location.id)
    const friend = await ada.inviteAddress()
    await refused(ada, friend.id, { inviteType: 'channel' })
    await refused(ada, friend.id, { targetObjectId: channel.id })
    const asChannel = await patched(ada, friend.id, { inviteType: 'channel', targetObjectId: channel.id })
    expect(asChannel).toMatchObject({ inviteType: 'channel', channelName: channel.name })
    await refused(ada, friend.id, { targetObjectId: null })
    await refused(ada, friend.id, { inviteType: 'friend' })
    await refused(ada, friend.id, { inviteType: 'location' }, 404)
    const asInstance = await patched(ada, friend.id, { inviteType: 'instance', targetObjectId: instance.id })
    expect(asInstance).toMatchObject({ inviteType: 'instance', targetObjectId: instance.id, channelName: null })
    const asNewUser = await patched(ada, friend.id, { inviteType: 'new-user', targetObjectId: null })
    expect(asNewUser).toMatchObject({ inviteType: 'new-user', targetObjectId: null })
  })

  it('are checked for the right of the inviter: unknown and unseen targets are 404, seen ones 403', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const [own, joined, unseen] = await Promise.all([ada.channel(), bob.channel(), bob.channel()])
    const toAda = await bob.invite({ inviteType: 'channel', targetObjectId: joined.id, inviteeId: ada.id })
    expect((await ada.accept(toAda.id)).status).toBe(200)
    const { id } = await ada.invite({ inviteType: 'channel', targetObjectId: own.id })
    await refused(ada, id, { targetObjectId: joined.id }, 403)
    const hidden = await refused(ada, id, { targetObjectId: unseen.id }, 404)
    const unknown = await refused(ada, id, { targetObjectId: randomUUID() }, 404)
    expect(hidden.body).toEqual(unknown.body)
    await server.db('channel_users').where({ channelId: joined.id, userId: ada.id }).update({ role: 'moderator' })
    expect((await patched(ada, id, { targetObjectId: joined.id })).channelName).toBe(joined.name)
  })

  it('are checked against the row’s inviter, also when an administrator patches', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server, 'Ada')])
    const [ofBoss, ofAda] = await Promise.all([boss.channel(), ada.channel()])
    const { id } = await ada.inviteAddress()
    await refused(boss, id, { inviteType: 'channel', targetObjectId: ofBoss.id }, 404)
    const row = await patched(boss, id, { inviteType: 'channel', targetObjectId: ofAda.id })
    expect(row).toMatchObject({ channelName: ofAda.name, userId: ada.id, user: { name: 'Ada' } })
  })

  it('may stay as they are when the right to give them is gone: only what the body moves is checked', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const made = await ada.invite({ inviteType: 'channel', targetObjectId })
    await server.db('channel_users').where({ channelId: targetObjectId }).delete()
    const row = await patched(ada, made.id, { ...made, deleteOnUse: true })
    expect(row.deleteOnUse).toBe(true)
  })

  it('do not turn an invite of an account into one to make an account', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const { id } = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    const reply = await refused(ada, id, { inviteType: 'new-user' })
    expect(reply.body.data.errors[0].path).toBe('inviteType')
  })

  it('do not make a twin: 409, and nothing is changed', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const first = await ada.inviteToChannel(bob)
    const second = await ada.inviteToChannel(bob)
    await refused(ada, second.id, { targetObjectId: first.targetObjectId }, 409)
    const both = await ada.patch({ inviteeId: bob.id }, { inviteType: 'friend', targetObjectId: null })
    expect(both.status).toBe(409)
    expect((await rowOf(first.id)).inviteType).toBe('channel')
  })
})

describe('windows and lifetimes', () => {
  it('a timed invite has its window, an untimed one its lifetime, and each can become the other', async () => {
    const ada = await person(server)
    const { id, expiresAt } = await ada.inviteAddress()
    const endTime = minutesAhead(90 * days)
    expect(expiresAt).not.toBeNull()
    await refused(ada, id, { timed: true })
    const timed = await patched(ada, id, { timed: true, endTime })
    expect(timed).toMatchObject({ timed: true, endTime, expiresAt: null, status: 'pending' })
    await refused(ada, id, { endTime: null })
    await refused(ada, id, { expiresAt: minutesAhead(5) })
    const untimed = await patched(ada, id, { timed: false })
    expect(untimed).toMatchObject({ timed: false, endTime })
    const lasts = Date.parse(untimed.expiresAt ?? '') - Date.parse(untimed.updatedAt)
    expect(Math.round(lasts / 60_000)).toBe(7 * days)
  })

  it('start before they end, end in the future, and last thirty days at most', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    const soon = minutesAhead(10)
    for (const body of [
      { startTime: soon, endTime: soon },
      { startTime: minutesAhead(20), endTime: soon },
      { timed: true, endTime: minutesAhead(-1) },
      { timed: true, startTime: minutesAhead(20), endTime: soon },
      { expiresAt: minutesAhead(-1) },
      { expiresAt: minutesAhead(30 * days + 5) },
      { timed: true, endTime: soon, expiresAt: soon }
    ]) {
      await refused(ada, id, body)
    }
    await patched(ada, id, { endTime: soon })
    await refused(ada, id, { startTime: minutesAhead(20) })
    await patched(ada, id, { startTime: minutesAhead(5) })
    const expiresAt = minutesAhead(30 * days - 5)
    expect((await patched(ada, id, { expiresAt })).expiresAt).toBe(expiresAt)
    // A client's clock may be ahead: a little more than thirty days is cut to thirty days.
    for (const seconds of [2, 50]) {
      const row = await patched(ada, id, { expiresAt: minutesAhead(30 * days + seconds / 60) })
      expect(Date.parse(row.expiresAt ?? '') - Date.parse(row.updatedAt)).toBe(30 * days * 60_000)
    }
    expect((await patched(ada, id, { startTime: '2031-05-01T12:00:00.1234567+02:00', endTime: null })).startTime).toBe(
      '2031-05-01T10:00:00.123Z'
    )
  })

  it('are no longer the inviter’s when they are over: expired rows match for an administrator only', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server)])
    const { id } = await ada.inviteAddress()
    await server.db('invites').where({ id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
    expect((await ada.patch({ id }, { deleteOnUse: true })).body).toEqual([])
    expect((await ada.call('PATCH', `/invite/${id}`, { body: { deleteOnUse: true } })).status).toBe(409)
    const still = await patched(boss, id, { deleteOnUse: true })
    expect(still).toMatchObject({ status: 'expired', deleteOnUse: true })
    const revived = await patched(boss, id, { expiresAt: minutesAhead(60) })
    expect(revived.status).toBe('pending')
    await patched(ada, id, { deleteOnUse: false })
  })

  it('of accepted, declined and revoked invites are nobody’s to patch', async () => {
    const [boss, ada, bob] = await Promise.all([admin(server), person(server), person(server)])
    const [accepted, declined, revoked] = await Promise.all([
      ada.inviteToChannel(bob),
      ada.inviteToChannel(bob),
      ada.inviteToChannel(bob)
    ])
    expect((await bob.accept(accepted.id)).status).toBe(200)
    await bob.must('DELETE', `/invite/${declined.id}`)
    await ada.must('DELETE', `/invite/${revoked.id}`)
    for (const { id } of [accepted, declined, revoked]) {
      for (const who of [ada, boss]) {
        expect((await who.patch({ id }, { deleteOnUse: true })).body).toEqual([])
        expect((await who.call('PATCH', `/invite/${id}`, { body: { deleteOnUse: true } })).status).toBe(409)
      }
    }
  })
})

describe('makeAdmin', () => {
  it('true is for administrators: 403 for others, whatever matches', async () => {
    const [ada, other] = await Promise.all([person(server), person(server)])
    const { id } = await ada.inviteAddress()
    await refused(ada, id, { makeAdmin: true }, 403)
    expect((await other.patch({ id }, { makeAdmin: true })).status).toBe(403)
    expect((await ada.patch({ id: randomUUID() }, { makeAdmin: true })).status).toBe(403)
    expect((await ada.call('PATCH', `/invite/${randomUUID()}`, { body: { makeAdmin: true } })).status).toBe(403)
  })

  it('is remembered with the administrator who set it, and forgotten when it is unset', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server)])
    const { id } = await ada.inviteAddress()
    expect((await patched(boss, id, { makeAdmin: true })).makeAdmin).toBe(true)
    expect((await rowOf(id)).makeAdminBy).toBe(boss.id)
    // The inviter cannot repeat it, but may take it back.
    await refused(ada, id, { makeAdmin: true, deleteOnUse: true }, 403)
    await patched(ada, id, { deleteOnUse: true })
    expect(await rowOf(id)).toMatchObject({ makeAdmin: true, makeAdminBy: boss.id })
    expect((await patched(ada, id, { makeAdmin: false })).makeAdmin).toBe(false)
    expect((await rowOf(id)).makeAdminBy).toBeNull()
  })

  it('is never on a bearer link', async () => {
    const boss = await admin(server)
    const { id } = await boss.bearerLink()
    const reply = await refused(boss, id, { makeAdmin: true })
    expect(reply.body.data.errors[0].path).toBe('makeAdmin')
  })
})

describe('maxUses', () => {
  it('is 1 where there is a recipient, and never below what has been used', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    const addressed = await ada.inviteAddress()
    await refused(ada, addressed.id, { maxUses: 2 })
    await patched(ada, addressed.id, { maxUses: 1 })
    const link = await ada.bearerLink({ maxUses: 3 })
    const { passcode } = link
    expect((await bob.accept(link.id, { passcode })).status).toBe(200)
    expect((await eve.accept(link.id, { passcode })).status).toBe(200)
    await refused(ada, link.id, { maxUses: 1 })
    await refused(ada, link.id, { maxUses: 2 })
    expect(await patched(ada, link.id, { maxUses: 4 })).toMatchObject({ maxUses: 4, uses: 2 })
  })
})

describe('all or nothing', () => {
  it('one row among many that refuses leaves all of them as they were, with no history', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const { id: targetObjectId } = await ada.channel()
    const links = Array.from({ length: 20 }, () => ({ inviteType: 'channel', targetObjectId }))
    await ada.must('POST', '/invite', [...links, { inviteType: 'channel', targetObjectId, inviteeId: bob.id }])
    const before = await server.db('invites').where({ userId: ada.id }).orderBy('id')
    const reply = await ada.patch({ inviteType: 'channel' }, { maxUses: 5, spawnType: 'spectate' })
    expect(reply.status).toBe(400)
    expect(reply.body.data.errors[0].path).toBe('maxUses')
    expect(await server.db('invites').where({ userId: ada.id }).orderBy('id')).toEqual(before)
    const ids = before.map(({ id }) => id)
    expect(await server.db('invite_history').whereIn('inviteId', ids).where({ action: 'patched' })).toEqual([])
  })

  it('what the database itself refuses for one row is refused for all', async () => {
    const ada = await person(server)
    const [, early] = await Promise.all([ada.inviteAddress(), ada.inviteAddress({ endTime: minutesAhead(10) })])
    const reply = await ada.patch({ userId: ada.id }, { startTime: minutesAhead(20) })
    expect(reply.status).toBe(400)
    const rows = await server.db('invites').where({ userId: ada.id })
    expect(rows.map(({ startTime }) => startTime)).toEqual([null, null])
    await refused(ada, early.id, { startTime: minutesAhead(20) })
  })

  it('returns exactly the changed rows, in the order of their ids, each changed by the same moment', async () => {
    const ada = await person(server)
    const made = await Promise.all(Array.from({ length: 12 }, () => ada.inviteAddress()))
    await ada.inviteAddress({ timed: true, endTime: minutesAhead(60) })
    const { body } = await ada.patch({ timed: false }, { spawnType: 'spectate' })
    expect(body.map(({ id }: Invite) => id)).toEqual(made.map(({ id }) => id).sort())
    const rows = await server.db('invites').where({ userId: ada.id, spawnType: 'spectate' }).orderBy('id')
    expect(rows.map(({ id, updatedAt }) => [id, updatedAt])).toEqual(
      body.map(({ id, updatedAt }: Invite) => [id, updatedAt])
    )
  })

  it('writes one line of history for each changed row: who, and which keys', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server)])
    const [one, other] = await Promise.all([ada.inviteAddress(), ada.inviteAddress()])
    await ada.patch({ userId: ada.id }, { deleteOnUse: true, spawnDetails: { a: 1 }, userId: ada.id })
    await boss.patch({ id: one.id }, { makeAdmin: true })
    const historyOf = async (id: string) =>
      (await ada.must('GET', `/invite/${id}/history`)).map(({ action, userId, keys }: Record<string, unknown>) => [
        action,
        userId,
        keys
      ])
    // Delivery writes lines of its own, when it gets to it.
    const patches = async (id: string) => (await historyOf(id)).filter(([action]: string[]) => action === 'patched')
    const both = ['patched', ada.id, ['deleteOnUse', 'spawnDetails']]
    expect(await patches(one.id)).toEqual([both, ['patched', boss.id, ['makeAdmin']]])
    expect(await patches(other.id)).toEqual([both])
  })

  it('raises updatedAt with each change by 1 ms or more, even when the clock is behind', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    const stamps: string[] = []
    for (let n = 0; n < 10; n++) stamps.push((await patched(ada, id, { spawnDetails: { n } })).updatedAt)
    expect(new Set(stamps).size).toBe(stamps.length)
    expect([...stamps].sort()).toEqual(stamps)
    const ahead = '2031-01-01T00:00:00.000Z'
    await server.db('invites').where({ id }).update({ updatedAt: ahead })
    expect((await patched(ada, id, { deleteOnUse: true })).updatedAt).toBe('2031-01-01T00:00:00.001Z')
    expect((await patched(ada, id, { deleteOnUse: true })).updatedAt).toBe('2031-01-01T00:00:00.002Z')
  })

  it('opposing patches of many rows at once both finish, one after the other', async () => {
    const ada = await person(server)
    await Promise.all(Array.from({ length: 10 }, () => ada.inviteAddress()))
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, n) => ada.patch({ inviteType: 'friend' }, { spawnDetails: { n } }))
    )
    expect(replies.map(({ status, body }) => [status, body.length])).toEqual(replies.map(() => [200, 10]))
    const rows = await server.db('invites').where({ userId: ada.id })
    expect(new Set(rows.map(({ spawnDetails }) => spawnDetails.n)).size).toBe(1)
  })
})

describe('whose rows', () => {
  it('are the inviter’s own pending ones; for an administrator anybody’s', async () => {
    const [boss, ada, bob] = await Promise.all([admin(server), person(server, 'Ada'), person(server, 'Bob')])
    const [ofAda, ofBob] = await Promise.all([
      ada.invite({ inviteType: 'friend', inviteeId: bob.id }),
      bob.inviteAddress()
    ])
    const filter = { id: { $in: [ofAda.id, ofBob.id] } }
    const ids = ({ body }: { body: Invite[] }) => body.map(({ id }) => id)
    expect(ids(await ada.patch(filter, { spawnType: 'spectate' }))).toEqual([ofAda.id])
    expect(ids(await bob.patch(filter, { spawnType: 'spectate' }))).toEqual([ofBob.id])
    expect(ids(await boss.patch(filter, { spawnType: 'spawnPoint' }))).toEqual([ofAda.id, ofBob.id].sort())
  })

  it('by id: the invitee is told 403, strangers 404 as for an id that nobody has', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    const { id } = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    const body = { deleteOnUse: true }
    expect((await bob.call('PATCH', `/invite/${id}`, { body })).status).toBe(403)
    const strange = await eve.call('PATCH', `/invite/${id}`, { body })
    const unknown = await eve.call('PATCH', `/invite/${randomUUID()}`, { body })
    expect([strange.status, strange.text]).toEqual([404, unknown.text])
    expect((await eve.call('PATCH', '/invite/no-uuid', { body })).status).toBe(404)
    expect((await ada.call('PATCH', `/invite/${id}`, { body, query: 'inviteType=friend' })).status).toBe(400)
    const reply = await ada.call('PATCH', `/invite/${id.toUpperCase()}`, { body: { body } })
    expect(reply.body).toMatchObject({ id, deleteOnUse: true })
  })
})
