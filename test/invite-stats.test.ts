// GET /invite-stats: the numbers of invites by day, type and step, each caller's own.
import { describe, expect, it } from 'vitest'
import type { Stats, StatsDay } from '../src/services/invite/stats/stats.schema.js'
import { admin, guest, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server

const today = () => new Date().toISOString().slice(0, 10)
const statsOf = async (who: Person, query = '') =>
  (await who.must<Stats>('GET', `/invite-stats${query && `?${query}`}`)).data

/** One row, with zeros where nothing is said. */
const row = (inviteType: StatsDay['inviteType'], counts: Partial<StatsDay>): StatsDay => ({
  day: today(),
  inviteType,
  created: 0,
  sent: 0,
  previewed: 0,
  accepted: 0,
  declined: 0,
  expired: 0,
  ...counts
})

const moveBack = (id: string, days: number) =>
  db.raw(`update invite_history set "createdAt" = "createdAt" - ? * interval '1 day' where "inviteId" = ?`, [days, id])

describe('the numbers of invites', () => {
  it('are those of an inviter: made, sent, looked at, accepted, declined and expired, by type', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    expect(await statsOf(ada)).toEqual([])

    const address = newAddress()
    const mailed = await ada.invite({ inviteType: 'new-user', token: address, identityProviderType: 'email' })
    const passcode = await server.mailedPasscode(mailed.id)
    await expect.poll(async () => (await statsOf(ada))[0]?.sent).toBe(1)
    for (let look = 0; look < 3; look += 1) {
      await eve.must('POST', `/invite/${mailed.id}/preview`, { passcode })
    }
    const link = await ada.bearerLink({ maxUses: 5 })
    for (const who of [bob, eve]) expect((await who.accept(link.id, { passcode: link.passcode })).status).toBe(200)
    const friend = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    await bob.must('POST', `/invite/${friend.id}/decline`, {})
    const old = await ada.invite({ inviteType: 'friend', inviteeId: eve.id })
    await db.raw(`update invites set "expiresAt" = clock_timestamp() where id = ?`, [old.id])
    await ada.must('DELETE', `/invite/${(await ada.inviteAddress()).id}`)

    await expect
      .poll(() => statsOf(ada))
      .toEqual([
        row('channel', { created: 1, accepted: 2 }),
        row('friend', { created: 3, sent: 1, declined: 1, expired: 1 }),
        row('new-user', { created: 1, sent: 1, previewed: 1 })
      ])
    // Received: what the invitee can read in a list as well, and nothing of delivery and history.
    expect(await statsOf(bob)).toEqual([row('friend', { created: 1, declined: 1 })])
    expect(await statsOf(eve)).toEqual([row('friend', { created: 1, expired: 1 })])
    expect(await statsOf(eve, 'action=sent')).toEqual([])
    expect(await statsOf(bob, 'action=received')).toEqual(await statsOf(bob))
  })

  it('tell the holder of an address only what they may list, and leave out the invites of people they block', async () => {
    const [ada, cleo] = await Promise.all([person(server), person(server)])
    await verifyAddress(server, cleo)
    const invite = await ada.invite({ inviteType: 'friend', token: cleo.email, identityProviderType: 'email' })
    await server.mailedPasscode(invite.id)
    await expect.poll(() => statsOf(ada)).toEqual([row('friend', { created: 1, sent: 1 })])
    expect(await statsOf(cleo)).toEqual([row('friend', { created: 1 })])
    await cleo.must('POST', '/user-relationship', { relatedUserId: ada.id, userRelationshipType: 'blocking' })
    expect(await statsOf(cleo)).toEqual([])
    expect(await statsOf(ada)).toEqual([row('friend', { created: 1, sent: 1 })])
  })

  it('are of all invites for an administrator, and of their own when they ask', async () => {
    const [ada, bob, boss] = await Promise.all([person(server), person(server), admin(server)])
    const created = async (who: Person, query?: string) =>
      (await statsOf(who, query)).reduce((sum, day) => sum + day.created, 0)
    const [all, own] = [await created(boss), await created(boss, 'action=sent')]
    await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    expect([await created(boss), await created(boss, 'action=sent')]).toEqual([all + 1, own])
    const rows = await db('invites').count({ count: '*' }).first()
    expect(await created(boss)).toBe(Number(rows?.['count']))
  })

  it('count on the day of each step, in UTC, as far back as the query says', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const invite = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    await bob.accept(invite.id)
    await db.raw(`update invites set "createdAt" = "createdAt" - interval '5 days' where id = ?`, [invite.id])
    await moveBack(invite.id, 2)
    const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
    expect(await statsOf(ada)).toEqual([
      row('friend', { day: dayBefore(5), created: 1 }),
      row('friend', { day: dayBefore(2), accepted: 1 })
    ])
    expect(await statsOf(ada, 'days=6')).toHaveLength(2)
    expect(await statsOf(ada, 'days=5')).toEqual([row('friend', { day: dayBefore(2), accepted: 1 })])
    expect(await statsOf(ada, 'days=2')).toEqual([])
  })

  it('refuse what they do not know', async () => {
    const ada = await person(server)
    for (const query of [
      'days=0',
      'days=367',
      'days=x',
      'days=1.5',
      'action=all',
      '$limit=1',
      'filter={}',
      'status=x'
    ]) {
      const reply = await ada.call('GET', '/invite-stats', { query })
      expect([query, reply.status]).toEqual([query, 400])
    }
  })

  it('are there over a socket too, and for a guest, who has none', async () => {
    const ada = await person(server)
    await ada.inviteAddress()
    const socket = await SocketClient.open(server, ada.token)
    const { status, body } = await socket.call<Stats>('find', 'invite-stats', { days: 1 })
    expect([status, body.data[0]?.created]).toEqual([200, 1])
    socket.close()
    expect(await statsOf(await guest(server))).toEqual([])
  })
})
