// DELETE /invite?filter=…: revokes every invite that the filter matches, or none.
import { describe, expect, it } from 'vitest'
import { inviteKeys, type Invite } from '../src/services/invite/invite.table.js'
import { allWays, bulkRevoke, encoded, everyWay } from './support/notations.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const patchCap = 6
// Nothing is delivered, or the history would depend on who was faster.
const server = await useServer({ patchCap, mailFile: '' })
const { db } = server

const revokeQuery = (who: Person, query: string) => who.call('DELETE', '/invite', { query })
const revoke = (who: Person, filter: object) => revokeQuery(who, `filter=${encoded(filter)}`)
const sorted = (...invites: { id: string }[]) => invites.map(({ id }) => id).sort()
const ids = (rows: Invite[]) => rows.map(({ id }) => id)
const statusOf = async (id: string): Promise<string> => (await db('invites').where({ id }).first())?.status
const historyOf = (inviteId: string) =>
  db('invite_history').where({ inviteId }).orderBy('id').select('action', 'userId', 'keys')
const expire = (id: string) => db('invites').where({ id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
const everything = async (userId: string) => JSON.stringify(await db('invites').where({ userId }).orderBy('id'))

describe('a bulk revoke', () => {
  it('answers with the revoked rows in the order of their ids, whole, in the caller’s view', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const [toBob, link, byMail, kept] = await Promise.all([
      ada.inviteToChannel(bob),
      ada.bearerLink({ maxUses: 3 }),
      ada.inviteAddress(),
      ada.inviteAddress({ spawnType: 'spectate' })
    ])
    const read = await ada.must<Invite>('GET', `/invite/${toBob.id}`)
    const { status, body } = await revoke(ada, { userId: ada.id, spawnType: null })
    expect([status, ids(body)]).toEqual([200, sorted(toBob, link, byMail)])
    for (const row of body as Invite[]) {
      expect([Object.keys(row), row.status, row.passcode]).toEqual([inviteKeys, 'revoked', null])
      expect(row.updatedAt > row.createdAt).toBe(true)
      expect(await statusOf(row.id)).toBe('revoked')
      expect(await historyOf(row.id)).toEqual([
        { action: 'created', userId: ada.id, keys: [] },
        { action: 'revoked', userId: ada.id, keys: [] }
      ])
    }
    const row = (body as Invite[]).find(({ id }) => id === toBob.id)
    expect(row).toEqual({ ...read, status: 'revoked', updatedAt: row?.updatedAt })
    expect(row?.user.lastLogin?.userId).toBe(ada.id)
    expect(row?.invitee).toMatchObject({ id: bob.id, lastLogin: null })
    expect(await statusOf(kept.id)).toBe('pending')
    expect(
      (await call(server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: link.passcode } })).status
    ).toBe(409)
  })

  it('selects the same rows however the filter is written; the second time there are none', async () => {
    const ada = await person(server, 'Ada')
    const links = await Promise.all(Object.keys(allWays(0)).map(() => ada.bearerLink()))
    const more = await Promise.all(
      links.map(({ targetObjectId }) => ada.invite({ inviteType: 'channel', targetObjectId, maxUses: 2 }))
    )
    const filters = links.map(({ targetObjectId }) => ({
      targetObjectId,
      user: { name: 'Ada' },
      maxUses: { $in: [1, 2] },
      spawnDetails: {}
    }))
    const told = await everyWay(ada, bulkRevoke, filters)
    const pairs = links.map((link, at) => [link, ...more.slice(at, at + 1)])
    expect(Object.values(told)).toEqual(pairs.map((pair) => sorted(...pair)))
    expect(await db('invites').where({ userId: ada.id }).distinct('status').pluck('status')).toEqual(['revoked'])
    const before = await everything(ada.id)
    expect(await everyWay(ada, bulkRevoke, filters)).toEqual(allWays([]))
    expect(await everything(ada.id)).toBe(before)
  })

  it('ignores a body, and changes nothing but status and updatedAt', async () => {
    const ada = await person(server)
    const link = await ada.bearerLink()
    const row = () => db('invites').where({ id: link.id }).first()
    const before = await row()
    const { status, body } = await ada.call('DELETE', '/invite', { query: `id=${link.id}`, body: { maxUses: 5 } })
    expect([status, ids(body)]).toEqual([200, [link.id]])
    const after = await row()
    expect(after).toEqual({ ...before, status: 'revoked', updatedAt: after.updatedAt })
    expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt))
  })

  it('of one id revokes that row once, whatever stands beside the id', async () => {
    const ada = await person(server)
    const [one, two] = await Promise.all([ada.bearerLink(), ada.bearerLink()])
    expect(ids((await revoke(ada, { id: one.id, $or: [{ maxUses: 1 }, { id: two.id }] })).body)).toEqual([one.id])
    expect((await revoke(ada, { id: one.id })).body).toEqual([])
    expect(await historyOf(one.id)).toHaveLength(2)
    expect([await statusOf(one.id), await statusOf(two.id)]).toEqual(['revoked', 'pending'])
  })
})

describe('a bulk revoke reaches', () => {
  it('the inviter’s own pending and expired rows, and no other', async () => {
    const [ada, bob, eve] = await Promise.all([person(server, 'Ada'), person(server, 'Bob'), person(server, 'Eve')])
    const [pending, expired, swept, accepted, declined, removed] = [
      await ada.inviteToChannel(bob),
      await ada.bearerLink(),
      await ada.inviteAddress(),
      await ada.inviteToChannel(bob),
      await ada.inviteToChannel(bob),
      await ada.bearerLink()
    ]
    await expire(expired.id)
    await expire(swept.id)
    await db('invites').where({ id: swept.id }).update({ status: 'expired' })
    await bob.accept(accepted.id)
    await bob.must('POST', `/invite/${declined.id}/decline`, {})
    await ada.must('DELETE', `/invite/${removed.id}`)
    const ofEve = await eve.inviteToChannel(bob)
    const all = [pending, expired, swept, accepted, declined, removed, ofEve]
    const filter = { $or: [{ id: { $in: ids(all) } }, { id: { $ne: null } }] }
    const before = await everything(ada.id)
    // Neither the invitee, who could decline them, nor anybody else revokes them.
    expect((await revoke(bob, filter)).body).toEqual([])
    expect(await everything(ada.id)).toBe(before)
    expect(ids((await revoke(ada, { ...filter, status: 'expired' })).body)).toEqual(sorted(expired, swept))
    expect(ids((await revoke(ada, filter)).body)).toEqual([pending.id])
    expect(await Promise.all([accepted, declined, ofEve].map(({ id }) => statusOf(id)))).toEqual([
      'accepted',
      'declined',
      'pending'
    ])
    expect((await ada.must('GET', '/invite')).data.map(({ id }: Invite) => id)).toEqual([accepted.id])
  })

  it('anybody’s pending and expired rows for an administrator', async () => {
    const [boss, ada, bob] = await Promise.all([admin(server), person(server), person(server)])
    const [one, two, accepted] = [await ada.bearerLink(), await bob.bearerLink(), await ada.inviteToChannel(bob)]
    await expire(two.id)
    await bob.accept(accepted.id)
    const { body } = await revoke(boss, { id: { $in: [two.id, one.id, accepted.id] } })
    expect(ids(body)).toEqual(sorted(one, two))
    expect((body as Invite[])[0]?.user.inviteCode).toMatch(/^\w{10}$/)
    expect(await historyOf(two.id)).toMatchObject([{ action: 'created' }, { action: 'revoked', userId: boss.id }])
    expect(await statusOf(accepted.id)).toBe('accepted')
  })
})

describe('a bulk revoke is refused', () => {
  it('for each filter that a patch refuses, in the same words, and nothing is revoked', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.bearerLink()
    const before = await everything(ada.id)
    const own = encoded({ userId: ada.id })
    for (const query of [
      '',
      'filter={}',
      `filter=${encoded({ spawnDetails: {} })}`,
      `filter=${encoded({ user: {}, invitee: { lastLogin: {} } })}`,
      `filter=${encoded({ id: {} })}`,
      `filter=${encoded({ userId: ada.id, $or: [] })}`,
      `filter=${encoded({ $and: [{}] })}`,
      `filter=${encoded({ id: { $nin: [] } })}`,
      `filter=${encoded({ passcode: 'x' })}`,
      `filter=${encoded({ inviteType: 'party' })}`,
      `filter=${own}&$limit=1`,
      `filter=${own}&$sort[id]=1`,
      `filter=${own}&action=sent`,
      `filter=${own}&filter=${own}`,
      `filter=${own}&userId=${ada.id}`,
      `userId=${ada.id}&userId=${ada.id}`,
      `filter=${encoded({ userId: ada.id, spawnDetails: { a: 'x'.repeat(9000) } })}`,
      'filter={'
    ]) {
      const [revoked, patched] = [
        await revokeQuery(ada, query),
        await ada.call('PATCH', '/invite', { query, body: { deleteOnUse: true } })
      ]
      expect([query, revoked.status, revoked.text]).toEqual([query, 400, patched.text])
    }
    const socket = await SocketClient.open(server, ada.token)
    for (const query of [{}, { filter: {} }, { filter: { id: {} } }, { userId: ada.id, $limit: 1 }]) {
      expect((await socket.call('remove', 'invite', null, query)).status).toBe(400)
    }
    socket.close()
    expect((await ada.call('DELETE', `/invite/${id}`, { query: `userId=${ada.id}` })).status).toBe(400)
    expect((await call(server, 'DELETE', '/invite', { query: `filter=${own}` })).status).toBe(401)
    expect(await everything(ada.id)).toBe(before)
  })

  it('when more rows match than the cap: the error has the limit, and nothing is revoked', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const made: Invite[] = await ada.must(
      'POST',
      '/invite',
      Array.from({ length: patchCap + 1 }, () => ({ inviteType: 'channel', targetObjectId }))
    )
    const refused = await revoke(ada, { userId: ada.id })
    expect([refused.status, refused.body.data.reason]).toEqual([400, 'too-many-matches'])
    expect(refused.body.message).toContain(String(patchCap))
    expect(await db('invites').where({ userId: ada.id, status: 'pending' })).toHaveLength(patchCap + 1)
    expect((await revoke(ada, { userId: ada.id, id: { $ne: made[0]?.id } })).body).toHaveLength(patchCap)
  })

  it('a right and a wrong guess at a hidden value get the same bytes', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const { id } = await ada.inviteToChannel(bob)
    const { inviteCode } = await bob.must('GET', `/user/${bob.id}`)
    for (const [right, wrong] of [
      [{ invitee: { inviteCode } }, { invitee: { inviteCode: 'XXXXXXXXXX' } }],
      [{ invitee: { lastLogin: { userAgent: 'test agent' } } }, { invitee: { lastLogin: { userAgent: 'no agent' } } }]
    ] as const) {
      const answers = await Promise.all([revoke(ada, { id, ...right }), revoke(ada, { id, ...wrong })])
      expect(answers.map(({ status, text }) => [status, text])).toEqual([
        [200, '[]'],
        [200, '[]']
      ])
    }
    expect(await statusOf(id)).toBe('pending')
  })
})

describe('the events of a bulk revoke', () => {
  it('are one `removed` for each row, to its inviter and its invitee, each in their own view', async () => {
    const [ada, bob, eve, boss] = await Promise.all([
      person(server, 'Ada'),
      person(server, 'Bob'),
      person(server, 'Eve'),
      admin(server)
    ])
    const [toBob, byMail, toEve] = [
      await ada.inviteToChannel(bob),
      await ada.invite({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email' }),
      await ada.inviteToChannel(eve)
    ]
    const ears = await Promise.all(
      [ada, bob, eve, boss].map(async (who) => {
        const { socket } = await SocketClient.open(server, who.token)
        const heard: [event: string, invite: Invite][] = []
        for (const event of ['created', 'patched', 'removed']) {
          socket.on(`invite ${event}`, (invite: Invite) => heard.push([event, invite]))
        }
        // An event of one's own is the last to arrive.
        const settled = async () => {
          const { id } = await who.bearerLink()
          await expect.poll(() => heard.some(([, invite]) => invite.id === id)).toBe(true)
          return heard.filter(([, invite]) => invite.id !== id)
        }
        return { settled, close: () => socket.close() }
      })
    )
    const { body } = await revoke(ada, { userId: ada.id, id: { $ne: toEve.id } })
    expect(ids(body)).toEqual(sorted(toBob, byMail))
    expect((await revoke(ada, { userId: ada.id, id: { $in: [] } })).body).toEqual([])
    const [byAda = [], byBob = [], ...others] = await Promise.all(ears.map(({ settled }) => settled()))
    expect(others).toEqual([[], []])
    expect(byAda.map(([event]) => event)).toEqual(['removed', 'removed'])
    expect(sorted(...byAda.map(([, invite]) => invite))).toEqual(sorted(toBob, byMail))
    expect(byBob.map(([event, { id, status }]) => [event, id, status])).toEqual([['removed', toBob.id, 'revoked']])
    const [[, seen] = []] = byBob
    expect(Object.keys(seen ?? {})).toEqual(inviteKeys)
    expect([seen?.delivery, seen?.passcode, seen?.user.lastLogin]).toEqual([null, null, null])
    expect(seen?.invitee?.lastLogin?.userId).toBe(bob.id)
    for (const { close } of ears) close()
  })
})
