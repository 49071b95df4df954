// An acceptance by a person who is in already, or who accepted before: nothing is given, or spent, a second time.
import { describe, expect, it } from 'vitest'
import { inviteTypeNames, type Invite } from '../src/services/invite/invite.table.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { verifyAddress } from './support/verify.js'

// Nothing is delivered: a message that is sent would change the row.
const server = await useServer({ mailFile: '' })
const { db } = server

/** The types that give something to a person who has an account. */
const types = inviteTypeNames.filter((type) => type !== 'new-user')
type GivingType = (typeof types)[number]

interface Target {
  targetObjectId: string | null
  locationId?: string
}

async function targetOf(owner: Person, type: GivingType): Promise<Target> {
  if (type === 'friend') return { targetObjectId: null }
  if (type === 'channel') return { targetObjectId: (await owner.channel()).id }
  const { id: locationId } = await owner.location()
  const instanceId = type === 'instance' ? (await owner.instance(locationId)).id : undefined
  return { targetObjectId: instanceId ?? locationId, locationId }
}

/** A new target, and the bodies of invites of this type to it. */
async function offer(owner: Person, inviteType: GivingType) {
  const target = await targetOf(owner, inviteType)
  return { target, body: { inviteType, targetObjectId: target.targetObjectId } }
}

const rows = (type: GivingType, owner: Person, user: Person, { targetObjectId, locationId }: Target) =>
  type === 'friend'
    ? db('user_relationships')
        .where({ userRelationshipType: 'friend' })
        .whereIn('userId', [owner.id, user.id])
        .whereIn('relatedUserId', [owner.id, user.id])
    : type === 'channel'
      ? db('channel_users').where({ channelId: targetObjectId, userId: user.id })
      : db('location_authorized_users').where({ locationId: locationId ?? null, userId: user.id })

/** Ends what an acceptance gave: the friendship by the call for it, a membership as its owner would. */
async function leave(type: GivingType, owner: Person, user: Person, target: Target) {
  if (type !== 'friend') return void (await rows(type, owner, user, target).delete())
  const { data } = await user.must('GET', '/user-relationship')
  const row = data.find(({ relatedUserId }: { relatedUserId: string }) => relatedUserId === owner.id)
  await user.must('DELETE', `/user-relationship/${row.id}`)
}

const stored = (id: string) => db('invites').where({ id }).first()
const actions = (inviteId: string) => db('invite_history').where({ inviteId }).orderBy('id').pluck('action')
const acceptances = (inviteId: string) => db('invite_acceptances').where({ inviteId })
const refused = (reply: { status: number; body: { data?: { reason?: string } } }) => [
  reply.status,
  reply.body.data?.reason
]

describe.each(types)('a person who is in already by another way, with a %s link,', (type) => {
  it('is told where to go, and spends no use of it', async () => {
    const [owner, member, next] = await Promise.all([person(server), person(server), person(server)])
    const { target, body } = await offer(owner, type)
    const first = await owner.invite({ ...body, inviteeId: member.id })
    const landing = (await member.accept(first.id)).body.landing
    const given = await rows(type, owner, member, target)
    const link = await owner.invite({ ...body, deleteOnUse: true })
    const before = await stored(link.id)
    const { passcode } = link
    for (let time = 0; time < 2; time++) {
      const reply = await member.accept(link.id, { passcode })
      expect([reply.status, reply.body.landing]).toEqual([200, landing])
      expect(reply.body.invite).toMatchObject({ id: link.id, status: 'pending', uses: 0, inviteeId: null })
    }
    expect(await stored(link.id)).toEqual(before)
    expect(await actions(link.id)).toEqual(['created'])
    expect(await acceptances(link.id)).toEqual([])
    expect(await rows(type, owner, member, target)).toEqual(given)
    expect((await next.accept(link.id, { passcode })).status).toBe(200)
  })

  it('is told by a link that is used up that it is', async () => {
    const [owner, member, next] = await Promise.all([person(server), person(server), person(server)])
    const { body } = await offer(owner, type)
    await member.accept((await owner.invite({ ...body, inviteeId: member.id })).id)
    const { id, passcode } = await owner.invite(body)
    await next.accept(id, { passcode })
    expect(refused(await member.accept(id, { passcode }))).toEqual([409, 'used'])
  })

  it('cannot be invited again by id, but may be by address, because that tells nobody whose it is', async () => {
    const [owner, member] = await Promise.all([person(server), person(server)])
    const { target, body } = await offer(owner, type)
    await member.accept((await owner.invite({ ...body, inviteeId: member.id })).id)
    const toMember = { ...body, inviteeId: member.id }
    expect(refused(await owner.call('POST', '/invite', { body: toMember }))).toEqual([409, 'already'])
    const list = await owner.call('POST', '/invite', { body: [{ ...body, deleteOnUse: true }, toMember] })
    expect([...refused(list), list.body.data.errors[0].path]).toEqual([409, 'already', '1'])
    expect(await db('invites').where({ userId: owner.id })).toHaveLength(1)
    await verifyAddress(server, member)
    await owner.invite({ ...body, token: member.email, identityProviderType: 'email' })
    await leave(type, owner, member, target)
    expect((await owner.invite(toMember)).status).toBe('pending')
  })
})

describe.each(types)('a person who accepts a %s invite again', (type) => {
  it('gets the first answer as long as what it gave holds', async () => {
    const [owner, user] = await Promise.all([person(server), person(server)])
    const { body } = await offer(owner, type)
    const invite = await owner.invite({ ...body, inviteeId: user.id, deleteOnUse: true })
    const first = await user.accept(invite.id)
    const again = await user.accept(invite.id)
    expect([again.status, again.body]).toEqual([200, first.body])
  })

  it('uses a link that is pending once more after that has ended', async () => {
    const [owner, user] = await Promise.all([person(server), person(server)])
    const { target, body } = await offer(owner, type)
    const { id, passcode } = await owner.invite({ ...body, maxUses: 5 })
    for (const uses of [1, 2, 3]) {
      expect((await user.accept(id, { passcode })).body.invite.uses).toBe(uses)
      expect((await user.accept(id, { passcode })).body.invite.uses).toBe(uses)
      expect(await rows(type, owner, user, target)).toHaveLength(type === 'friend' ? 2 : 1)
      await leave(type, owner, user, target)
    }
    expect(refused(await user.accept(id))).toEqual([409, 'no-longer-holds'])
    expect((await user.accept(id, { passcode: 'wrong' })).status).toBe(404)
    expect(await stored(id)).toMatchObject({ status: 'pending', uses: 3 })
    expect((await actions(id)).filter((action) => action === 'accepted')).toHaveLength(3)
    expect(await acceptances(id)).toHaveLength(1)
  })

  it.each([
    ['by id', {}],
    ['by address', {}],
    ['by id, removed by its use', { deleteOnUse: true }],
    ['by a link for one use', {}],
    ['by a link that was revoked', { maxUses: 5 }]
  ])('is told that it has ended, if they were invited %s', async (way, more) => {
    const [owner, user] = await Promise.all([person(server), person(server)])
    const { target, body } = await offer(owner, type)
    await verifyAddress(server, user)
    const recipient = way.startsWith('by id')
      ? { inviteeId: user.id }
      : way === 'by address'
        ? { token: user.email, identityProviderType: 'email' }
        : {}
    const { id, passcode } = await owner.invite({ ...body, ...recipient, ...more })
    const answer = passcode === null ? {} : { passcode }
    expect((await user.accept(id, answer)).status).toBe(200)
    if (way.endsWith('revoked')) await owner.must('DELETE', `/invite/${id}`)
    await leave(type, owner, user, target)
    const before = await stored(id)
    expect(refused(await user.accept(id, answer))).toEqual([409, 'no-longer-holds'])
    expect(refused(await user.accept(id))).toEqual([409, 'no-longer-holds'])
    expect(await rows(type, owner, user, target)).toEqual([])
    expect(await stored(id)).toEqual(before)
  })
})

it('a link that leads elsewhere by now answers by what it gave the person before', async () => {
  const [owner, user] = await Promise.all([person(server), person(server)])
  const [one, two] = [await offer(owner, 'channel'), await offer(owner, 'channel')]
  const { id, passcode } = await owner.invite({ ...one.body, maxUses: 5 })
  const first = await user.accept(id, { passcode })
  await owner.must('PATCH', `/invite/${id}`, two.body)
  expect((await user.accept(id, { passcode })).body).toEqual(first.body)
  await leave('channel', owner, user, one.target)
  const second = await user.accept(id, { passcode })
  expect([second.status, second.body.landing.targetObjectId]).toEqual([200, two.target.targetObjectId])
  expect((await user.accept(id, { passcode })).body).toEqual(second.body)
})

it('a patch cannot make an invite by id give what the invitee has', async () => {
  const [owner, member] = await Promise.all([person(server), person(server)])
  const [old, fresh] = [await offer(owner, 'channel'), await offer(owner, 'channel')]
  await member.accept((await owner.invite({ ...old.body, inviteeId: member.id })).id)
  await member.accept((await owner.invite({ inviteType: 'friend', inviteeId: member.id })).id)
  const invite = await owner.invite({ ...fresh.body, inviteeId: member.id })
  const link = await owner.invite(fresh.body)
  for (const change of [old.body, { inviteType: 'friend', targetObjectId: null }]) {
    const reply = await owner.call('PATCH', `/invite/${invite.id}`, { body: change })
    expect(refused(reply)).toEqual([409, 'already'])
    expect((await owner.call('PATCH', `/invite/${link.id}`, { body: change })).status).toBe(200)
  }
  expect(await stored(invite.id)).toMatchObject({ inviteType: 'channel', targetObjectId: fresh.target.targetObjectId })
  // A row that is sent back moves nothing.
  const same = { ...fresh.body, spawnType: 'spectate' }
  await member.accept(invite.id)
  expect((await owner.call('PATCH', `/invite/${invite.id}`, { body: same })).status).toBe(409)
})

it('an owner of the place is in it like any member', async () => {
  const [owner, boss] = await Promise.all([person(server), admin(server)])
  const { target, body } = await offer(owner, 'location')
  await boss.accept((await owner.invite({ ...body, inviteeId: boss.id })).id)
  await db('location_authorized_users').where({ locationId: target.locationId, userId: boss.id }).update({
    role: 'moderator'
  })
  const reply = await boss.call('POST', '/invite', { body: { ...body, inviteeId: owner.id } })
  expect(refused(reply)).toEqual([409, 'already'])
})

describe('an invite to one’s own address', () => {
  const to = (token: string) => ({ inviteType: 'friend', token, identityProviderType: 'email' })

  it('is refused once the address is verified, however it is spelled', async () => {
    const somebody = await person(server)
    expect((await somebody.call('POST', '/invite', { body: to(somebody.email) })).status).toBe(201)
    await db('invites').where({ userId: somebody.id }).delete()
    await verifyAddress(server, somebody)
    for (const token of [somebody.email, somebody.email.toUpperCase()]) {
      const reply = await somebody.call('POST', '/invite', { body: to(token) })
      expect([...refused(reply), reply.body.data.errors[0].path]).toEqual([400, 'own-address', 'token'])
    }
    const list = await somebody.call('POST', '/invite', { body: [to(newAddress()), to(somebody.email)] })
    expect([list.status, list.body.data.errors[0].path]).toEqual([400, '1.token'])
    expect(await db('invites').where({ userId: somebody.id })).toEqual([])
  })

  it('is nobody else’s business: another inviter is told nothing of it', async () => {
    const [inviter, somebody] = await Promise.all([person(server), person(server)])
    await verifyAddress(server, somebody)
    const made: Invite[] = []
    for (const token of [somebody.email, newAddress()]) {
      made.push(await inviter.invite({ ...to(token), inviteType: 'new-user' }))
    }
    expect(made.map(({ status, inviteeId, delivery }) => [status, inviteeId, delivery?.status])).toEqual(
      made.map(() => ['pending', null, 'none'])
    )
    expect((await call(server, 'GET', `/invite/${made[0]?.id}`)).status).toBe(401)
  })
})
