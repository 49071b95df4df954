// The statistics of invites: each number on the day when it happened, of the invites that the caller may list.
import { describe, expect, it } from 'vitest'
import type { StatsRow } from '../src/services/invite/stats/stats.schema.js'
import { Sweeper } from '../src/sweeper.js'
import { sweeps } from '../src/app.js'
import type { DeliveryWorker } from '../src/delivery/worker.js'
import { admin, call, guest, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server

const statsOf = async (who: Person, query = '') =>
  (await who.must<{ data: StatsRow[] }>('GET', `/invite-stats?${query}`)).data

const none = { created: 0, sent: 0, previewed: 0, accepted: 0, declined: 0, expired: 0 }
/** The day so many days ago, as the database sees it. */
const day = async (ago = 0): Promise<string> =>
  (await db.raw(`select to_char((now() at time zone 'UTC')::date - ?::int, 'YYYY-MM-DD') as day`, [ago])).rows[0].day
/** Moves what happened to an invite into the past: its row, and the entries of its history. */
async function happened(id: string, daysAgo: number, action?: string) {
  const back = db.raw(`"createdAt" - ? * interval '1 day'`, [daysAgo])
  await db('invite_history')
    .where({ inviteId: id, ...(action && { action }) })
    .update({ createdAt: back })
  if (!action) await db('invites').where({ id }).update({ createdAt: back, updatedAt: back })
}
const delivered = async (id: string) => {
  await expect.poll(() => db('invite_history').where({ inviteId: id, action: 'delivered' })).toHaveLength(1)
}

describe('the statistics', () => {
  it('are empty at first, and count an invite on the day when it was made', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    expect(await ada.must('GET', '/invite-stats')).toEqual({ data: [] })
    await Promise.all([ada.bearerLink(), ada.bearerLink()])
    const old = await ada.invite({ inviteType: 'friend', inviteeId: (await person(server)).id })
    await happened(old.id, 3)
    expect(await statsOf(ada)).toEqual([
      { day: await day(3), inviteType: 'friend', ...none, created: 1 },
      { day: await day(), inviteType: 'channel', ...none, created: 2 }
    ])
    expect(await statsOf(bob)).toEqual([])
  })

  it('count the first delivery and the first preview, each acceptance, and what was declined or revoked', async () => {
    const [ada, bob, cy] = await Promise.all([person(server), person(server), person(server)])
    const mailed = await ada.inviteAddress()
    const passcode = await server.mailedPasscode(mailed.id)
    await delivered(mailed.id)
    const preview = () => call(server, 'POST', `/invite/${mailed.id}/preview`, { body: { passcode } })
    await preview()
    await happened(mailed.id, 5)
    // A second preview and a second delivery, today, are not the first.
    await preview()
    await db('invite_history').insert({ inviteId: mailed.id, action: 'delivered' })
    const link = await ada.bearerLink({ maxUses: 5 })
    for (const who of [bob, cy]) await who.accept(link.id, { passcode: link.passcode })
    const declined = await ada.inviteToChannel(bob)
    await bob.must('POST', `/invite/${declined.id}/decline`, {})
    const revoked = await ada.inviteToChannel(cy)
    await ada.must('DELETE', `/invite/${revoked.id}`)
    expect(await statsOf(ada)).toEqual([
      { day: await day(5), inviteType: 'friend', ...none, created: 1, sent: 1, previewed: 1 },
      { day: await day(), inviteType: 'channel', ...none, created: 3, accepted: 2, declined: 1 }
    ])
  })

  it('count an invite as expired on the day of its end, before and after a sweep, until it is sent again', async () => {
    const ada = await person(server)
    const link = await ada.bearerLink()
    await happened(link.id, 20)
    await db('invites')
      .where({ id: link.id })
      .update({ expiresAt: db.raw(`now() - interval '2 days'`) })
    const expected = [
      { day: await day(20), inviteType: 'channel', ...none, created: 1 },
      { day: await day(2), inviteType: 'channel', ...none, expired: 1 }
    ]
    expect(await statsOf(ada)).toEqual(expected)
    await new Sweeper(server.app.get('logger'), sweeps(db, server.app.get('outbox') as DeliveryWorker)).sweep()
    expect((await db('invites').where({ id: link.id }).first()).status).toBe('expired')
    expect(await statsOf(ada)).toEqual(expected)
    expect(await statsOf(ada, 'days=10')).toEqual(expected.slice(1))
    await ada.must('POST', `/invite/${link.id}/resend`, {})
    expect((await statsOf(ada)).map(({ expired }) => expired)).toEqual([0])
  })

  it('show delivery and previews to the inviter and administrators, and nothing of it to the invitee', async () => {
    const [ada, bob, eve, boss] = await Promise.all([person(server), person(server), person(server), admin(server)])
    await verifyAddress(server, bob)
    const of = async (who: Person, query = '') =>
      (await statsOf(who, `days=1&${query}`)).find(({ inviteType }) => inviteType === 'friend') ?? none
    const before = await of(boss)
    const invite = await ada.inviteAddress({ token: bob.email })
    const passcode = await server.mailedPasscode(invite.id)
    await delivered(invite.id)
    await call(server, 'POST', `/invite/${invite.id}/preview`, { body: { passcode } })
    expect((await bob.accept(invite.id)).status).toBe(200)
    const all = { created: 1, sent: 1, previewed: 1, accepted: 1 }
    for (const query of ['', 'action=sent']) expect(await of(ada, query)).toMatchObject(all)
    for (const query of ['', 'action=received']) {
      expect(await of(bob, query)).toMatchObject({ ...all, sent: 0, previewed: 0 })
    }
    expect([await statsOf(ada, 'action=received'), await statsOf(bob, 'action=sent')]).toEqual([[], []])
    expect(await statsOf(eve)).toEqual([])
    const after = await of(boss)
    for (const number of ['created', 'sent', 'previewed', 'accepted'] as const) {
      expect([number, after[number] - before[number]]).toEqual([number, 1])
    }
    // One who received an invite and sent others sees the delivery of their own only.
    await delivered((await bob.inviteAddress()).id)
    expect(await of(bob)).toMatchObject({ created: 2, sent: 1, previewed: 0, accepted: 1 })
  })

  it('leave out what a block hides from the invitee, and not from the inviter', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    await ada.inviteToChannel(bob)
    expect(await statsOf(bob)).toMatchObject([{ created: 1 }])
    await bob.must('POST', '/user-relationship', { relatedUserId: ada.id, userRelationshipType: 'blocking' })
    expect(await statsOf(bob)).toEqual([])
    expect(await statsOf(ada)).toMatchObject([{ created: 1 }])
  })

  it('reach back as many days as asked for, today included, and forget rows that deleteOnUse removed', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    for (const ago of [0, 1, 89, 90, 365, 366]) await happened((await ada.bearerLink()).id, ago)
    const days = async (query: string) => (await statsOf(ada, query)).filter(({ created }) => created > 0).length
    expect(await Promise.all(['days=1', 'days=2', '', 'days=91', 'days=366'].map(days))).toEqual([1, 2, 3, 4, 5])
    const used = await bob.inviteToChannel(ada, { deleteOnUse: true })
    await ada.accept(used.id)
    expect(await statsOf(bob)).toEqual([])
  })

  it('take nothing else, need a sign-in, and are alike over a socket', async () => {
    const [ada, visitor] = await Promise.all([person(server), guest(server)])
    await ada.bearerLink()
    for (const query of [
      'days=0',
      'days=367',
      'days=x',
      'days=1.5',
      'action=all',
      '$limit=1',
      '$skip=1',
      'inviteType=x'
    ])
      expect([query, (await ada.call('GET', '/invite-stats', { query })).status]).toEqual([query, 400])
    expect((await call(server, 'GET', '/invite-stats')).status).toBe(401)
    expect(await statsOf(visitor)).toEqual([])
    expect((await ada.call('POST', '/invite-stats', { body: {} })).status).toBe(405)
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('find', 'invite-stats', { days: 7, action: 'sent' })).body).toEqual({
      data: await statsOf(ada)
    })
    expect((await socket.call('find', 'invite-stats', { days: '7' })).status).toBe(400)
    expect((await socket.call('find', 'invite-stats', { token: newAddress() })).status).toBe(400)
    socket.close()
  })
})
