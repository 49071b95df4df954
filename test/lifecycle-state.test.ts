// The limits set by an invite's state, clock and inviter: uses, windows, lifetimes, rights, blocks, previews, guesses.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { onPostgres, useServer, waitingForLocks } from './support/server.js'

const server = await useServer()
const { db } = server

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const stored = (id: string) => db('invites').where({ id }).first()
const preview = (id: string, passcode: string) => call(server, 'POST', `/invite/${id}/preview`, { body: { passcode } })
const inChannel = async (userId: string, channelId: string | null) =>
  (await db('channel_users').where({ userId, channelId })).length

/** The clock passes the end of an invite: its times are moved, as if it had been made long ago. */
const pass = (id: string) =>
  db('invites')
    .where({ id })
    .update({
      expiresAt: db.raw(`case when timed then null else clock_timestamp() - interval '1 second' end`),
      startTime: db.raw(`case when timed then clock_timestamp() - interval '1 hour' end`),
      endTime: db.raw(`case when timed then clock_timestamp() - interval '1 second' end`)
    })

describe('uses', () => {
  it('maxUses lets in as many as allowed and not one more; who is in may ask again', async () => {
    const [inviter, one, two, three] = await Promise.all([1, 2, 3, 4].map(() => person(server)))
    const link = await inviter!.bearerLink({ maxUses: 2 })
    const { passcode } = link
    const first = await one!.accept(link.id, { passcode })
    expect([first.status, first.body.invite.uses, first.body.invite.status]).toEqual([200, 1, 'pending'])
    expect(first.body.invite.inviteeId).toBeNull()
    expect((await one!.accept(link.id, { passcode })).text).toBe(first.text)
    expect(await stored(link.id)).toMatchObject({ uses: 1, status: 'pending' })
    const second = await two!.accept(link.id, { passcode })
    expect([second.status, second.body.invite.uses, second.body.invite.status]).toEqual([200, 2, 'accepted'])
    const third = await three!.accept(link.id, { passcode })
    expect([third.status, third.body.data.status]).toEqual([409, 'accepted'])
    expect((await one!.accept(link.id, { passcode })).text).toBe(first.text)
    expect(await inChannel(three!.id, link.targetObjectId)).toBe(0)
    const accepted = await db('invite_acceptances').where({ inviteId: link.id }).pluck('userId')
    expect(new Set(accepted)).toEqual(new Set([one!.id, two!.id]))
  })

  it('deleteOnUse removes the row with its last use, and whoever accepted gets the same answer afterwards', async () => {
    const [inviter, one, two, late] = await Promise.all([1, 2, 3, 4].map(() => person(server)))
    const link = await inviter!.bearerLink({ maxUses: 2, deleteOnUse: true })
    const { passcode } = link
    const first = await one!.accept(link.id, { passcode })
    expect(await stored(link.id)).toMatchObject({ uses: 1, status: 'pending' })
    const second = await two!.accept(link.id, { passcode })
    expect(second.body.invite).toMatchObject({ id: link.id, status: 'accepted', uses: 2 })
    expect(await stored(link.id)).toBeUndefined()
    expect((await inviter!.call('GET', `/invite/${link.id}`)).status).toBe(404)
    expect((await late!.accept(link.id, { passcode })).status).toBe(404)
    for (const [who, before] of [
      [one!, first],
      [two!, second]
    ] as const) {
      const again = await who.accept(link.id)
      expect([again.status, again.text]).toEqual([200, before.text])
      expect(await inChannel(who.id, link.targetObjectId)).toBe(1)
    }
    const actions = await db('invite_history').where({ inviteId: link.id }).orderBy('id').pluck('action')
    expect(actions).toEqual(['created', 'accepted', 'accepted'])
  })

  it('deleteOnUse keeps what is declined or revoked: only a use removes', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const declined = await inviter.inviteToChannel(invitee, { deleteOnUse: true })
    await invitee.must('POST', `/invite/${declined.id}/decline`, {})
    const revoked = await inviter.inviteToChannel(invitee, { deleteOnUse: true })
    await inviter.must('DELETE', `/invite/${revoked.id}`)
    expect((await stored(declined.id)).status).toBe('declined')
    expect((await stored(revoked.id)).status).toBe('revoked')
  })

  it('a multi-use link that is revoked stops, and who is in stays in', async () => {
    const [inviter, one, two] = await Promise.all([1, 2, 3].map(() => person(server)))
    const link = await inviter!.bearerLink({ maxUses: 3 })
    const { passcode } = link
    const first = await one!.accept(link.id, { passcode })
    await inviter!.must('DELETE', `/invite/${link.id}`)
    expect((await two!.accept(link.id, { passcode })).status).toBe(409)
    expect((await one!.accept(link.id, { passcode })).text).toBe(first.text)
    expect(await inChannel(one!.id, link.targetObjectId)).toBe(1)
  })
})

describe('windows and lifetimes', () => {
  it('a window that is not open yet says so to who may know, and opens', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const times = { startTime: inSeconds(3600), endTime: inSeconds(7200) }
    const link = await inviter.bearerLink({ timed: true, ...times })
    expect(link.expiresAt).toBeNull()
    const early = await holder.accept(link.id, { passcode: link.passcode })
    expect([early.status, early.body.data]).toEqual([410, { reason: 'not-open-yet', status: 'pending', ...times }])
    expect((await holder.accept(link.id, { passcode: 'wrong' })).status).toBe(404)
    expect((await preview(link.id, link.passcode)).body).toMatchObject({ ...times, expiresAt: null })
    expect(await stored(link.id)).toMatchObject({ status: 'pending', uses: 0 })
    await db('invites')
      .where({ id: link.id })
      .update({ startTime: db.raw(`clock_timestamp() - interval '1 second'`) })
    expect((await holder.accept(link.id, { passcode: link.passcode })).status).toBe(200)
  })

  it('startTime and endTime mean nothing while timed is false', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink({ startTime: inSeconds(3600), endTime: inSeconds(7200) })
    expect((await holder.accept(link.id, { passcode: link.passcode })).status).toBe(200)
  })

  it.each([
    ['a window', { timed: true, endTime: inSeconds(3600) }],
    ['a lifetime', {}]
  ])('%s that has passed is expired to every read at once, without anybody tidying', async (_name, times) => {
    const [inviter, invitee, stranger] = await Promise.all([1, 2, 3].map(() => person(server)))
    const invite = await inviter!.inviteToChannel(invitee!, times)
    const pending = await inviter!.must('GET', '/invite?status=pending')
    expect(pending.data.map(({ id }: Invite) => id)).toEqual([invite.id])
    await pass(invite.id)

    expect((await stored(invite.id)).status).toBe('pending')
    for (const reader of [inviter!, invitee!]) {
      expect((await reader.must<Invite>('GET', `/invite/${invite.id}`)).status).toBe('expired')
      const expired = await reader.must<{ data: Invite[] }>('GET', '/invite?status=expired')
      expect(expired.data.map(({ id, status }) => [id, status])).toEqual([[invite.id, 'expired']])
      expect((await reader.must('GET', '/invite?status=pending')).total).toBe(0)
    }
    const refused = await invitee!.accept(invite.id)
    expect([refused.status, refused.body.data.status]).toEqual([410, 'expired'])
    expect((await invitee!.call('POST', `/invite/${invite.id}/decline`, { body: {} })).status).toBe(410)
    expect((await invitee!.call('DELETE', `/invite/${invite.id}`)).status).toBe(410)
    expect((await inviter!.call('PATCH', `/invite/${invite.id}`, { body: { deleteOnUse: true } })).status).toBe(409)
    expect((await stranger!.accept(invite.id)).status).toBe(404)
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
    expect(await inChannel(invitee!.id, invite.targetObjectId)).toBe(0)
    // The inviter may put it away.
    const revoked = await inviter!.must<Invite>('DELETE', `/invite/${invite.id}`)
    expect([revoked.status, (await stored(invite.id)).status]).toEqual(['revoked', 'revoked'])
    expect((await inviter!.must('GET', '/invite')).total).toBe(0)
    expect((await inviter!.call('DELETE', `/invite/${invite.id}`)).status).toBe(409)
  })

  it('an expired link is gone to who holds its passcode, and not there for anybody else', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink()
    await pass(link.id)
    const told = await preview(link.id, link.passcode)
    expect([told.status, told.body.data]).toEqual([
      410,
      { reason: 'expired', status: 'expired', startTime: null, endTime: null }
    ])
    expect((await preview(link.id, 'wrong')).status).toBe(404)
    expect((await holder.accept(link.id, { passcode: link.passcode })).status).toBe(410)
    expect((await holder.accept(link.id)).status).toBe(404)
  })

  it('an expired invite is nobody’s twin, and takes no place', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const data = { inviteType: 'friend', inviteeId: invitee.id }
    const first = await inviter.invite(data)
    expect((await inviter.call('POST', '/invite', { body: data })).status).toBe(409)
    await pass(first.id)
    const second = await inviter.invite(data)
    expect((await invitee.accept(second.id)).status).toBe(200)
    expect((await inviter.must<Invite>('GET', `/invite/${first.id}`)).status).toBe('expired')
  })

  it.runIf(onPostgres)('an expired invite is nobody’s twin while somebody else is at its row', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const data = { inviteType: 'friend', inviteeId: invitee.id }
    const first = await inviter.invite(data)
    await pass(first.id)
    // A lock alone: the unique index does not wait for it, as it would for a change, but says that there is a twin.
    const other = await db.transaction()
    await other('invites').where({ id: first.id }).forUpdate()
    const second = inviter.call('POST', '/invite', { body: data })
    await expect.poll(() => waitingForLocks(db)).toBe(1)
    await other.commit()
    expect((await second).status).toBe(201)
    expect((await stored(first.id)).status).toBe('expired')
  })

  it('an administrator’s patch can make an invite like one that has expired, tidied or not', async () => {
    const [inviter, invitee, boss] = await Promise.all([person(server), person(server), admin(server)])
    const old = await inviter.inviteToChannel(invitee)
    const other = await inviter.inviteToChannel(invitee)
    await pass(old.id)
    const reply = await boss.call('PATCH', `/invite/${other.id}`, { body: { targetObjectId: old.targetObjectId } })
    expect([reply.status, reply.body.targetObjectId]).toEqual([200, old.targetObjectId])
  })

  it('expiry is written down when somebody tidies, and never touches updatedAt', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const data = { inviteType: 'friend', inviteeId: invitee.id }
    const invite = await inviter.invite(data)
    await pass(invite.id)
    await inviter.invite(data)
    expect((await stored(invite.id)).status).toBe('expired')
    const read = await inviter.must<Invite>('GET', `/invite/${invite.id}`)
    expect([read.status, read.updatedAt]).toEqual(['expired', invite.updatedAt])
    const actions = await db('invite_history').where({ inviteId: invite.id }).orderBy('id').pluck('action')
    expect(actions).toEqual(['created', 'expired'])
  })

  it.each([
    ['a window that ends before it starts', { timed: true, startTime: inSeconds(7200), endTime: inSeconds(3600) }],
    ['a window that has ended', { timed: true, startTime: inSeconds(-7200), endTime: inSeconds(-3600) }],
    ['timed without an end', { timed: true }],
    ['a window and a lifetime', { timed: true, endTime: inSeconds(3600), expiresAt: inSeconds(3600) }],
    ['a lifetime that is over', { expiresAt: inSeconds(-1) }],
    ['a lifetime of more than 30 days', { expiresAt: inSeconds(31 * 86_400) }]
  ])('%s is refused', async (_name, times) => {
    const inviter = await person(server)
    const reply = await inviter.call('POST', '/invite', { body: { inviteType: 'friend', ...times } })
    expect(reply.status).toBe(400)
    expect(await db('invites').where({ userId: inviter.id })).toEqual([])
  })

  it('the lifetime is seven days unless another is sent', async () => {
    const inviter = await person(server)
    const usual = await inviter.bearerLink()
    expect(Date.parse(usual.expiresAt ?? '') - Date.parse(usual.createdAt)).toBe(7 * 86_400_000)
    const expiresAt = inSeconds(20 * 86_400)
    expect((await inviter.bearerLink({ expiresAt })).expiresAt).toBe(expiresAt)
  })
})

describe('makeAdmin', () => {
  const isAdmin = async (userId: string) => (await db('scopes').where({ userId, type: 'admin:admin' })).length === 1

  /** An administrator of this test alone, who can be demoted. */
  async function granter(boss: Person) {
    const somebody = await person(server, 'Granter')
    const scope = await boss.must<{ id: string }>('POST', '/scope', { userId: somebody.id, type: 'admin:admin' })
    return { somebody, demote: () => boss.must('DELETE', `/scope/${scope.id}`) }
  }

  it('makes an administrator of who accepts, and only then', async () => {
    const [boss, invitee, other] = await Promise.all([admin(server), person(server), person(server)])
    const foreign = await other.bearerLink()
    const { somebody } = await granter(boss)
    const invite = await somebody.inviteToChannel(invitee, { makeAdmin: true })
    expect((await invitee.call('GET', `/invite/${foreign.id}`)).status).toBe(404)
    expect((await invitee.accept(invite.id)).status).toBe(200)
    expect((await invitee.call('GET', `/invite/${foreign.id}`)).status).toBe(200)
    expect(await isAdmin(invitee.id)).toBe(true)
  })

  it('is refused, and nothing changes, when who set it is no administrator any more', async () => {
    const [boss, invitee] = await Promise.all([admin(server), person(server)])
    const { somebody, demote } = await granter(boss)
    const invite = await somebody.inviteToChannel(invitee, { makeAdmin: true })
    await demote()
    const before = await stored(invite.id)
    const reply = await invitee.accept(invite.id)
    expect(reply.status).toBe(403)
    expect(await stored(invite.id)).toEqual(before)
    expect(await isAdmin(invitee.id)).toBe(false)
    expect(await inChannel(invitee.id, invite.targetObjectId)).toBe(0)
    expect(await db('invite_acceptances').where({ inviteId: invite.id })).toEqual([])
    expect(await db('invite_history').where({ inviteId: invite.id }).pluck('action')).toEqual(['created'])
  })

  it('counts for who set it, by a patch too, and not for the inviter', async () => {
    const [boss, inviter, invitee] = await Promise.all([admin(server), person(server), person(server)])
    const { somebody, demote } = await granter(boss)
    const invite = await inviter.inviteToChannel(invitee)
    expect((await inviter.call('PATCH', `/invite/${invite.id}`, { body: { makeAdmin: true } })).status).toBe(403)
    await somebody.must('PATCH', `/invite/${invite.id}`, { makeAdmin: true })
    await demote()
    expect((await invitee.accept(invite.id)).status).toBe(403)
    await boss.must('PATCH', `/invite/${invite.id}`, { makeAdmin: true })
    expect((await invitee.accept(invite.id)).status).toBe(200)
    expect(await isAdmin(invitee.id)).toBe(true)
  })

  it('is not for others to set, and never for a link', async () => {
    const [boss, inviter] = await Promise.all([admin(server), person(server)])
    const mailed = { inviteType: 'friend', token: newAddress(), identityProviderType: 'email', makeAdmin: true }
    expect((await inviter.call('POST', '/invite', { body: mailed })).status).toBe(403)
    expect((await boss.call('POST', '/invite', { body: { inviteType: 'friend', makeAdmin: true } })).status).toBe(400)
    const link = await boss.bearerLink()
    expect((await boss.call('PATCH', `/invite/${link.id}`, { body: { makeAdmin: true } })).status).toBe(400)
    expect((await stored(link.id)).makeAdmin).toBe(false)
  })
})

describe('blocks', () => {
  const block = (blocker: Person, blocked: Person) =>
    blocker.must<{ id: string }>('POST', '/user-relationship', {
      relatedUserId: blocked.id,
      userRelationshipType: 'blocking'
    })

  it('an inviter whom the invitee blocks is told what they are told of nobody', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    await block(invitee, inviter)
    const refused = await inviter.call('POST', '/invite', { body: { inviteType: 'friend', inviteeId: invitee.id } })
    const nobody = await inviter.call('POST', '/invite', {
      body: { inviteType: 'friend', inviteeId: '01890000-0000-7000-8000-000000000000' }
    })
    expect([refused.status, refused.text]).toEqual([404, nobody.text])
    expect(await db('invites').where({ userId: inviter.id })).toEqual([])
  })

  it('an inviter who blocks the invitee is told so', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    await block(inviter, invitee)
    const refused = await inviter.call('POST', '/invite', { body: { inviteType: 'friend', inviteeId: invitee.id } })
    expect(refused.status).toBe(403)
  })

  it.each(['friend', 'channel'] as const)('of either refuse the acceptance of a %s invite', async (inviteType) => {
    for (const blocking of ['inviter', 'invitee'] as const) {
      const [inviter, invitee] = await Promise.all([person(server), person(server)])
      const invite =
        inviteType === 'friend'
          ? await inviter.invite({ inviteType, inviteeId: invitee.id })
          : await inviter.inviteToChannel(invitee)
      const unknown = await invitee.accept('01890000-0000-7000-8000-000000000000')
      const relationship = await (blocking === 'inviter' ? block(inviter, invitee) : block(invitee, inviter))
      const reply = await invitee.accept(invite.id)
      expect([reply.status, reply.text]).toEqual([404, unknown.text])
      expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
      expect(await inChannel(invitee.id, invite.targetObjectId)).toBe(0)
      const rows = await db('user_relationships').whereIn('userId', [inviter.id, invitee.id])
      expect(rows.map(({ userRelationshipType }) => userRelationshipType)).toEqual(['blocking'])

      await (blocking === 'inviter' ? inviter : invitee).must('DELETE', `/user-relationship/${relationship.id}`)
      expect((await invitee.accept(invite.id)).status).toBe(200)
    }
  })

  it('refuse a bearer link to the blocked person, and nobody else', async () => {
    const [inviter, blocked, other] = await Promise.all([person(server), person(server), person(server)])
    const link = await inviter.bearerLink({ maxUses: 2 })
    await block(inviter, blocked)
    expect((await blocked.accept(link.id, { passcode: link.passcode })).status).toBe(404)
    expect(await inChannel(blocked.id, link.targetObjectId)).toBe(0)
    expect((await other.accept(link.id, { passcode: link.passcode })).status).toBe(200)
  })

  it('end a friendship on both sides', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.invite({ inviteType: 'friend', inviteeId: invitee.id })
    await invitee.accept(invite.id)
    await block(invitee, inviter)
    expect((await inviter.must('GET', '/user-relationship')).total).toBe(0)
    const rows = await db('user_relationships').whereIn('userId', [inviter.id, invitee.id])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ userId: invitee.id, userRelationshipType: 'blocking' })
  })
})

describe('the right to invite', () => {
  it.each(['channel', 'location', 'instance'] as const)(
    'is looked at again when an invite to a %s is accepted',
    async (inviteType) => {
      const [owner, inviter, invitee] = await Promise.all([person(server), person(server), person(server)])
      const place = inviteType === 'channel' ? await owner.channel() : await owner.location()
      const target = inviteType === 'instance' ? await owner.instance(place.id) : place
      const joining = await owner.invite({ inviteType, targetObjectId: target.id, inviteeId: inviter.id })
      await inviter.accept(joining.id)
      const [path, key, table] =
        inviteType === 'channel'
          ? ['channel-user', 'channelId', 'channel_users']
          : ['location-authorized-user', 'locationId', 'location_authorized_users']
      const members = await owner.must('GET', `/${path}?${key}=${place.id}`)
      const member = members.data.find((row: { userId: string }) => row.userId === inviter.id)
      const data = { inviteType, targetObjectId: target.id, inviteeId: invitee.id }
      expect((await inviter.call('POST', '/invite', { body: data })).status).toBe(403)

      await owner.must('PATCH', `/${path}/${member.id}`, { role: 'moderator' })
      const invite = await inviter.invite(data)
      await owner.must('PATCH', `/${path}/${member.id}`, { role: 'member' })
      expect((await invitee.accept(invite.id)).status).toBe(403)
      expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0, inviteeId: invitee.id })
      expect(await db(table ?? '').where({ userId: invitee.id })).toEqual([])

      await owner.must('PATCH', `/${path}/${member.id}`, { role: 'moderator' })
      expect((await invitee.accept(invite.id)).status).toBe(200)
    }
  )

  it('ends with the place', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee)
    await db('channels').where({ id: invite.targetObjectId }).delete()
    expect((await invitee.accept(invite.id)).status).toBe(403)
    const read = await inviter.must<Invite>('GET', `/invite/${invite.id}`)
    expect([read.status, read.channelName]).toEqual(['pending', null])
  })
})

describe('wrong passcodes', () => {
  const unknown = '01890000-0000-7000-8000-000000000000'

  it.each(['an invite that exists', 'one that does not'])(
    'of %s are answered alike, and counted: five, then 429 even for the right one',
    async (which) => {
      const [inviter, guesser, other] = await Promise.all([person(server), person(server), person(server)])
      const link = await inviter.bearerLink({ maxUses: 2 })
      const id = which === 'an invite that exists' ? link.id : unknown
      const replies = []
      for (let guess = 0; guess < 6; guess++) replies.push(await guesser.accept(id, { passcode: `guess${guess}` }))
      expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 429])
      expect(new Set(replies.slice(0, 5).map(({ text }) => text)).size).toBe(1)
      expect(Number(replies[5]?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await guesser.accept(id, { passcode: link.passcode })).status).toBe(429)
      const decline = await guesser.call('POST', `/invite/${id}/decline`, { body: { passcode: 'guess' } })
      expect(decline.status).toBe(429)
      // Per caller, and per invite.
      expect((await other.accept(id, { passcode: link.passcode })).status).toBe(id === link.id ? 200 : 404)
      const next = await inviter.bearerLink()
      expect((await guesser.accept(next.id, { passcode: next.passcode })).status).toBe(200)
    }
  )

  it('are counted for an address where nobody is signed in, over accept, decline and preview alike', async () => {
    const inviter = await person(server)
    const link = await inviter.bearerLink()
    const body = { passcode: 'wrong' }
    const register = { name: 'Guesser', password: 'a password of some length', email: newAddress() }
    const statuses = [
      (await preview(link.id, 'wrong')).status,
      (await call(server, 'POST', `/invite/${link.id}/decline`, { body })).status,
      (await call(server, 'POST', `/invite/${link.id}/accept`, { body: { ...body, register } })).status,
      (await preview(link.id, 'wrong')).status,
      (await preview(link.id, 'wrong')).status,
      (await preview(link.id, 'wrong')).status,
      (await preview(link.id, link.passcode)).status
    ]
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429])
    const other = await inviter.bearerLink()
    expect((await preview(other.id, other.passcode)).status).toBe(200)
  })

  it('are counted when they come at once', async () => {
    const [inviter, guesser] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink()
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, guess) => guesser.accept(link.id, { passcode: `guess${guess}` }))
    )
    const statuses = replies.map(({ status }) => status).sort((a, b) => a - b)
    expect(statuses).toEqual([...Array.from({ length: 5 }, () => 404), ...Array.from({ length: 15 }, () => 429)])
    expect((await guesser.accept(link.id, { passcode: link.passcode })).status).toBe(429)
  })

  it('are only those: none at all, or something that is no text, is no guess', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink()
    for (let call = 0; call < 6; call++) {
      expect((await holder.accept(link.id)).status).toBe(404)
      expect((await holder.accept(link.id, { passcode: 5 })).status).toBe(400)
    }
    expect((await holder.accept(link.id, { passcode: link.passcode })).status).toBe(200)
  })

  // The embedded database has one session, so nothing can wait there for a lock that somebody else holds.
  it.runIf(onPostgres).each(['accepted', 'registered', 'declined'])(
    'are those that a resend killed between the check and the lock: nothing is %s with them',
    async (what) => {
      const [inviter, holder] = await Promise.all([person(server), person(server)])
      const channel = await inviter.channel()
      const invite = await inviter.invite({
        inviteType: 'channel',
        targetObjectId: channel.id,
        token: what === 'registered' ? newAddress() : holder.email,
        identityProviderType: 'email'
      })
      const passcode = await server.mailedPasscode(invite.id)
      // Written down, too: who does that must not wait for the lock beside the call.
      await expect.poll(async () => (await stored(invite.id)).deliveryStatus).toBe('sent')
      const register = { name: 'Newcomer', password: 'a password of some length' }
      const people = await db('users').count({ rows: '*' })
      const lock = await db.transaction()
      await lock('invites').where({ id: invite.id }).forUpdate()
      const calls = {
        accepted: () => holder.accept(invite.id, { passcode }),
        registered: () => call(server, 'POST', `/invite/${invite.id}/accept`, { body: { passcode, register } }),
        declined: () => call(server, 'POST', `/invite/${invite.id}/decline`, { body: { passcode } })
      }
      const calling = calls[what as keyof typeof calls]()
      await expect.poll(() => waitingForLocks(db)).toBe(1)
      await lock('invites')
        .where({ id: invite.id })
        .update({ passcodeHash: Buffer.alloc(32, 7) })
      await lock.commit()
      expect((await calling).status).toBe(404)
      expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
      expect(await inChannel(holder.id, channel.id)).toBe(0)
      expect(await db('users').count({ rows: '*' })).toEqual(people)
      expect(await db('identity_providers').where({ userId: holder.id, verified: true })).toEqual([])
    }
  )
})

describe('a preview', () => {
  it('says why there is nothing to accept any more, and when it was', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const times = { startTime: inSeconds(-60), endTime: inSeconds(3600) }
    const link = await inviter.bearerLink({ timed: true, ...times })
    await holder.accept(link.id, { passcode: link.passcode })
    const used = await preview(link.id, link.passcode)
    expect([used.status, used.body.data]).toEqual([409, { reason: 'used', status: 'accepted', ...times }])
  })
})
