// The history of an invite: what happened, when, by whom, never a secret; for inviter and administrators.
import { describe, expect, it } from 'vitest'
import { historyActions } from '../src/services/invite/rows/history.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const { db } = server

interface Entry {
  action: string
  userId: string | null
  keys: string[]
  createdAt: string
}

const historyOf = (who: Person, id: string) => who.must<Entry[]>('GET', `/invite/${id}/history`)
const told = (entries: Entry[]) => entries.map(({ action, userId, keys }) => [action, userId, keys])

describe('the history', () => {
  it('tells the whole life of an invite, oldest first, with who did it and which keys a patch set', async () => {
    const [inviter, invitee, boss] = await Promise.all([person(server), person(server), admin(server)])
    const { id: channelId } = await inviter.channel()
    const invite = await inviter.invite({
      inviteType: 'channel',
      targetObjectId: channelId,
      token: invitee.email,
      identityProviderType: 'email'
    })
    const first = await server.mailedPasscode(invite.id)
    await expect.poll(() => db('invite_history').where({ inviteId: invite.id, action: 'delivered' })).toHaveLength(1)
    await inviter.patch({ id: invite.id }, { spawnType: 'spectate', deleteOnUse: false })
    await boss.must('PATCH', `/invite/${invite.id}`, { makeAdmin: false })
    await inviter.must('POST', `/invite/${invite.id}/resend`, {})
    const passcode = await server.mailedPasscode(invite.id, first)
    await expect.poll(() => db('invite_history').where({ inviteId: invite.id, action: 'delivered' })).toHaveLength(2)
    await call(server, 'POST', `/invite/${invite.id}/preview`, { body: { passcode } })
    expect((await invitee.accept(invite.id, { passcode })).status).toBe(200)

    const entries = await historyOf(inviter, invite.id)
    expect(told(entries)).toEqual([
      ['created', inviter.id, []],
      ['delivered', null, []],
      ['patched', inviter.id, ['spawnType', 'deleteOnUse']],
      ['patched', boss.id, ['makeAdmin']],
      ['resent', inviter.id, []],
      ['delivered', null, []],
      ['previewed', null, []],
      ['accepted', invitee.id, []]
    ])
    const times = entries.map(({ createdAt }) => createdAt)
    expect(times).toEqual([...times].sort())
    expect(entries.map((entry) => Object.keys(entry))).toEqual(
      entries.map(() => ['action', 'userId', 'keys', 'answer', 'createdAt'])
    )
    const rows = JSON.stringify(await db('invite_history').where({ inviteId: invite.id }))
    for (const secret of [first, passcode, invitee.email]) expect(rows).not.toContain(secret)
  })

  it.each([
    ['declined', 'invitee', (id: string) => ['POST', `/invite/${id}/decline`] as const],
    ['declined', 'invitee', (id: string) => ['DELETE', `/invite/${id}`] as const],
    ['revoked', 'inviter', (id: string) => ['DELETE', `/invite/${id}`] as const],
    ['revoked', 'admin', (id: string) => ['DELETE', `/invite/${id}`] as const]
  ])('says %s, by the %s', async (action, by, path) => {
    const [inviter, invitee, boss] = await Promise.all([person(server), person(server), admin(server)])
    const invite = await inviter.inviteToChannel(invitee)
    const who = { inviter, invitee, admin: boss }[by] ?? inviter
    const [method, url] = path(invite.id)
    await who.must(method, url, method === 'POST' ? {} : undefined)
    expect(told(await historyOf(inviter, invite.id))).toEqual([
      ['created', inviter.id, []],
      [action, who.id, []]
    ])
  })

  it('says declined by nobody in particular when the mailed passcode was all they had', async () => {
    const inviter = await person(server)
    const invite = await inviter.inviteAddress()
    const passcode = await server.mailedPasscode(invite.id)
    await expect.poll(() => db('invite_history').where({ inviteId: invite.id, action: 'delivered' })).toHaveLength(1)
    await call(server, 'POST', `/invite/${invite.id}/decline`, { body: { passcode } })
    expect(told(await historyOf(inviter, invite.id)).at(-1)).toEqual(['declined', null, []])
  })

  it('says expired once somebody has written it down', async () => {
    const inviter = await person(server)
    const data = { inviteType: 'friend', token: newAddress(), identityProviderType: 'email' }
    const invite = await inviter.invite(data)
    await db('invites')
      .where({ id: invite.id })
      .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 second'`) })
    await inviter.invite(data)
    expect(told(await historyOf(inviter, invite.id)).filter(([action]) => action === 'expired')).toEqual([
      ['expired', null, []]
    ])
  })

  it('has nothing of what was refused', async () => {
    const [inviter, invitee, stranger] = await Promise.all([person(server), person(server), person(server)])
    const link = await inviter.bearerLink()
    await stranger.accept(link.id, { passcode: 'wrong' })
    await stranger.accept(link.id)
    await inviter.accept(link.id, { passcode: link.passcode })
    await inviter.call('PATCH', `/invite/${link.id}`, { body: { maxUses: 0 } })
    await invitee.call('POST', `/invite/${link.id}/decline`, { body: { passcode: link.passcode } })
    await call(server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: 'wrong' } })
    expect(told(await historyOf(inviter, link.id))).toEqual([['created', inviter.id, []]])
  })

  it('has one row for each acceptance, and none for asking again', async () => {
    const [inviter, one, two] = await Promise.all([person(server), person(server), person(server)])
    const link = await inviter.bearerLink({ maxUses: 2 })
    for (const who of [one, one, two, two]) await who.accept(link.id, { passcode: link.passcode })
    expect(told(await historyOf(inviter, link.id))).toEqual([
      ['created', inviter.id, []],
      ['accepted', one.id, []],
      ['accepted', two.id, []]
    ])
  })

  it('outlives a row that deleteOnUse removes, in the database', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee, { deleteOnUse: true })
    await invitee.accept(invite.id)
    expect((await inviter.call('GET', `/invite/${invite.id}/history`)).status).toBe(404)
    const actions = await db('invite_history').where({ inviteId: invite.id }).orderBy('id').pluck('action')
    expect(actions).toEqual(['created', 'accepted'])
  })

  it('is for the inviter and administrators: the invitee is forbidden, to others there is nothing', async () => {
    const [inviter, invitee, stranger, boss] = await Promise.all([
      person(server),
      person(server),
      person(server),
      admin(server)
    ])
    const invite = await inviter.invite({ inviteType: 'friend', inviteeId: invitee.id })
    const path = `/invite/${invite.id}/history`
    expect(told(await historyOf(boss, invite.id))).toEqual([['created', inviter.id, []]])
    expect((await invitee.call('GET', path)).status).toBe(403)
    expect((await stranger.call('GET', path)).status).toBe(404)
    expect((await call(server, 'GET', path)).status).toBe(401)
    const unknown = await inviter.call('GET', '/invite/01890000-0000-7000-8000-000000000000/history')
    const invisible = await stranger.call('GET', path)
    expect([unknown.status, unknown.text]).toEqual([404, invisible.text])
    const written = await inviter.call('POST', path, { body: { action: 'accepted' } })
    expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('of a list is one row for each of its invites', async () => {
    const inviter = await person(server)
    const data = () => ({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email' })
    const made = await inviter.must<Invite[]>('POST', '/invite', [data(), data(), data()])
    const rows = await db('invite_history').whereIn(
      'inviteId',
      made.map(({ id }) => id)
    )
    const created = rows.filter(({ action }) => action === 'created')
    expect(new Set(created.map(({ inviteId }) => inviteId))).toEqual(new Set(made.map(({ id }) => id)))
    expect(created).toHaveLength(3)
  })

  it('knows these actions and no others', async () => {
    const row = { inviteId: '01890000-0000-7000-8000-000000000000', action: 'looked at' }
    await expect(db('invite_history').insert(row)).rejects.toMatchObject({ code: '23514' })
    expect(historyActions).toHaveLength(17)
  })
})
