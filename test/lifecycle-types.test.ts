// Every type of invite × create, preview, accept, decline, refuse: what is answered, what is in the database, and what
// the other person sees.
import { describe, expect, it } from 'vitest'
import { inviteKeys, inviteTypeNames, type Invite, type InviteType } from '../src/services/invite/invite.table.js'
import { call, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const { db } = server

interface Target {
  id: string | null
  /** Its name in a preview. */
  name: string | null
  locationId?: string
}

interface Kind {
  /** The bodies that creation refuses, without the recipient, each with its status. */
  wrong: (target: Target, other: Person) => [body: object, status: number][]
  target: (inviter: Person) => Promise<Target>
  landing: (target: Target) => object
  /** Rows that an acceptance makes, counted in the database. */
  effects: (inviterId: string, accepterId: string, target: Target) => Promise<number>
  /** How many there are after an acceptance. */
  complete: number
  /** Whether the inviter sees, over HTTP, that the other one is in. */
  seen: (inviter: Person, accepterId: string, target: Target) => Promise<boolean>
}

const nobody = '01890000-0000-7000-8000-000000000000'
const spawn = { spawnType: 'spawnPoint', spawnDetails: { spawnPoint: 'gate', angle: [0, 1.5] } }
const count = async (table: string, where: object) =>
  Number((await db(table).where(where).count({ rows: '*' }))[0]?.['rows'])

/** Whether somebody is on the page of members that a person reads. */
async function isMember(viewer: Person, path: string, id: string | null | undefined, userId: string) {
  const { data } = await viewer.must('GET', `/${path}=${id}`)
  return data.some((row: { userId: string; role: string }) => row.userId === userId && row.role === 'member')
}

const atLocation: Pick<Kind, 'effects' | 'complete' | 'seen'> = {
  effects: (_inviter, userId, { locationId }) =>
    count('location_authorized_users', { locationId: locationId ?? null, userId, role: 'member' }),
  complete: 1,
  seen: (inviter, userId, { locationId }) =>
    isMember(inviter, 'location-authorized-user?locationId', locationId, userId)
}

const kinds: Record<InviteType, Kind> = {
  friend: {
    wrong: (_target, other) => [
      [{ inviteType: 'friend', targetObjectId: other.id }, 400],
      [{ inviteType: 'friend', maxUses: 2 }, 400]
    ],
    target: async () => ({ id: null, name: null }),
    landing: () => ({ inviteType: 'friend', targetObjectId: null }),
    effects: async (one, other) =>
      (await count('user_relationships', { userId: one, relatedUserId: other, userRelationshipType: 'friend' })) +
      (await count('user_relationships', { userId: other, relatedUserId: one, userRelationshipType: 'friend' })),
    complete: 2,
    seen: async (inviter, accepterId) => {
      const { data } = await inviter.must('GET', '/user-relationship?userRelationshipType=friend')
      return data.some((row: { relatedUserId: string }) => row.relatedUserId === accepterId)
    }
  },
  channel: {
    wrong: ({ id }) => [
      [{ inviteType: 'channel', targetObjectId: id }, 404],
      [{ inviteType: 'channel', targetObjectId: nobody }, 404],
      [{ inviteType: 'channel' }, 400]
    ],
    target: (inviter) => inviter.channel(),
    landing: ({ id }) => ({ inviteType: 'channel', targetObjectId: id }),
    effects: (_inviter, userId, { id }) => count('channel_users', { channelId: id, userId, role: 'member' }),
    complete: 1,
    seen: (inviter, userId, { id }) => isMember(inviter, 'channel-user?channelId', id, userId)
  },
  location: {
    wrong: ({ id }) => [
      [{ inviteType: 'location', targetObjectId: id }, 404],
      [{ inviteType: 'location', targetObjectId: nobody }, 404],
      [{ inviteType: 'location' }, 400]
    ],
    target: async (inviter) => {
      const { id, name } = await inviter.location()
      return { id, name, locationId: id }
    },
    landing: ({ id }) => ({ inviteType: 'location', targetObjectId: id, locationId: id, ...spawn }),
    ...atLocation
  },
  instance: {
    wrong: ({ id }) => [
      [{ inviteType: 'instance', targetObjectId: id }, 404],
      [{ inviteType: 'instance', targetObjectId: nobody }, 404],
      [{ inviteType: 'instance' }, 400]
    ],
    target: async (inviter) => {
      const { id: locationId, name } = await inviter.location()
      const { id } = await inviter.instance(locationId)
      return { id, name, locationId }
    },
    landing: ({ id, locationId }) => ({
      inviteType: 'instance',
      targetObjectId: id,
      locationId,
      instanceId: id,
      ...spawn
    }),
    ...atLocation
  },
  'new-user': {
    wrong: (_target, other) => [
      [{ inviteType: 'new-user', targetObjectId: other.id }, 400],
      [{ inviteType: 'new-user', inviteeId: other.id }, 400]
    ],
    target: async () => ({ id: null, name: null }),
    landing: () => ({ inviteType: 'new-user', targetObjectId: null }),
    // Whoever registers here has read the mail: others' addresses are not verified.
    effects: (_inviter, userId) => count('identity_providers', { userId, verified: true }),
    complete: 1,
    seen: async () => true
  }
}

const body = (inviteType: InviteType, { id }: Target) => ({
  inviteType,
  ...spawn,
  ...(id !== null && { targetObjectId: id })
})

const stored = (id: string) => db('invites').where({ id }).first()
const actions = (inviteId: string) => db('invite_history').where({ inviteId }).orderBy('id').pluck('action')

const register = { name: 'Newcomer', password: 'a password of some length' }

/** One by id where that can be, else one to an address that nobody has. */
async function make(inviteType: InviteType) {
  const [inviter, invitee, stranger] = await Promise.all([
    person(server, 'Ada'),
    person(server, 'Bob'),
    person(server, 'Cyd')
  ])
  const target = await kinds[inviteType].target(inviter)
  const recipient =
    inviteType === 'new-user' ? { token: newAddress(), identityProviderType: 'email' } : { inviteeId: invitee.id }
  const invite = await inviter.invite({ ...body(inviteType, target), ...recipient })
  return { inviter, invitee, stranger, target, invite }
}

describe.each(inviteTypeNames)('an invite of type %s', (inviteType) => {
  const kind = kinds[inviteType]

  /** To an address that nobody has, with the passcode that was mailed there. */
  async function mailed(inviter: Person, target: Target) {
    const token = newAddress()
    const invite = await inviter.invite({ ...body(inviteType, target), token, identityProviderType: 'email' })
    return { invite, token, passcode: await server.mailedPasscode(invite.id) }
  }

  it('is created whole, pending, for inviter and invitee alone', async () => {
    const { inviter, invitee, stranger, target, invite } = await make(inviteType)
    expect(Object.keys(invite)).toEqual(inviteKeys)
    expect(invite).toMatchObject({
      inviteType,
      status: 'pending',
      uses: 0,
      maxUses: 1,
      passcode: null,
      targetObjectId: target.id,
      userId: inviter.id,
      inviteeId: inviteType === 'new-user' ? null : invitee.id,
      channelName: inviteType === 'channel' ? target.name : null,
      user: { id: inviter.id, name: 'Ada' },
      ...spawn
    })
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0, inviteType, targetObjectId: target.id })
    const received = await invitee.must<{ data: Invite[] }>('GET', '/invite?action=received')
    expect(received.data.map(({ id }) => id)).toEqual(inviteType === 'new-user' ? [] : [invite.id])
    expect((await stranger.call('GET', `/invite/${invite.id}`)).status).toBe(404)
  })

  it('is refused at creation to who has no right to its target, and where target or recipient do not fit it', async () => {
    const { stranger, invitee, target } = await make(inviteType)
    const before = await count('invites', {})
    for (const [data, status] of kind.wrong(target, invitee)) {
      const address = { token: newAddress(), identityProviderType: 'email' }
      expect((await stranger.call('POST', '/invite', { body: { ...address, ...data } })).status).toBe(status)
    }
    expect(await count('invites', {})).toBe(before)
  })

  it('is previewed by who holds the passcode, with these keys and nothing else, and stays as it is', async () => {
    const inviter = await person(server, 'Ada')
    const target = await kind.target(inviter)
    const { invite, passcode } = await mailed(inviter, target)
    await expect.poll(async () => (await stored(invite.id)).deliveryStatus).toBe('sent')
    const before = await stored(invite.id)
    const preview = await call(server, 'POST', `/invite/${invite.id}/preview`, { body: { passcode } })
    expect(preview.status).toBe(200)
    expect(preview.text).toBe(
      JSON.stringify({
        id: invite.id,
        inviteType,
        inviterName: 'Ada',
        targetName: target.name,
        startTime: null,
        endTime: null,
        expiresAt: invite.expiresAt,
        recipient: 'email',
        recipientHint: `${invite.token?.[0]}•••@e•••.com`,
        canDecline: true,
        open: true,
        now: preview.body.now,
        registration: true,
        you: null
      })
    )
    expect(await stored(invite.id)).toEqual(before)
    expect((await actions(invite.id)).filter((action) => action === 'previewed')).toHaveLength(1)
  })

  it('gives the same to somebody who registers for it with a mailed passcode', async () => {
    const inviter = await person(server, 'Ada')
    const target = await kind.target(inviter)
    const { invite, passcode } = await mailed(inviter, target)
    const reply = await call(server, 'POST', `/invite/${invite.id}/accept`, { body: { passcode, register } })
    expect(reply.status).toBe(201)
    expect(Object.keys(reply.body)).toEqual(['invite', 'landing', 'accessToken'])
    expect(reply.body.landing).toEqual(kind.landing(target))
    expect(await kind.effects(inviter.id, reply.body.invite.inviteeId, target)).toBe(kind.complete)
    expect(await kind.seen(inviter, reply.body.invite.inviteeId, target)).toBe(true)
    const forInviter = await inviter.must<Invite>('GET', `/invite/${invite.id}`)
    expect(forInviter).toMatchObject({ status: 'accepted', uses: 1, invitee: { name: 'Newcomer' } })
  })

  it('is declined without an account, by who holds the mailed passcode', async () => {
    const inviter = await person(server, 'Ada')
    const { invite, token, passcode } = await mailed(inviter, await kind.target(inviter))
    const reply = await call(server, 'POST', `/invite/${invite.id}/decline`, { body: { passcode } })
    expect([reply.status, reply.body.status]).toEqual([200, 'declined'])
    const late = await call(server, 'POST', `/invite/${invite.id}/accept`, { body: { passcode, register } })
    expect(late.status).toBe(409)
    expect(await count('identity_providers', { token })).toBe(0)
    expect((await inviter.must<Invite>('GET', `/invite/${invite.id}`)).status).toBe('declined')
  })

  it('is refused to everybody else, and to everybody once it is revoked', async () => {
    const { inviter, invitee, stranger, target, invite } = await make(inviteType)
    expect((await stranger.accept(invite.id)).status).toBe(404)
    expect((await stranger.call('POST', `/invite/${invite.id}/decline`, { body: {} })).status).toBe(404)
    expect((await stranger.call('DELETE', `/invite/${invite.id}`)).status).toBe(404)
    expect((await inviter.accept(invite.id)).status).toBe(403)
    expect((await call(server, 'POST', `/invite/${invite.id}/accept`, { body: {} })).status).toBe(401)
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })

    const revoked = await inviter.call('DELETE', `/invite/${invite.id}`)
    expect([revoked.status, revoked.body.status]).toEqual([200, 'revoked'])
    expect((await inviter.call('DELETE', `/invite/${invite.id}`)).status).toBe(409)
    expect((await invitee.accept(invite.id)).status).toBe(invite.inviteeId === null ? 404 : 409)
    for (const other of [stranger, invitee]) expect(await kind.effects(inviter.id, other.id, target)).toBe(0)
    expect(await count('invite_acceptances', { inviteId: invite.id })).toBe(0)
    expect((await actions(invite.id)).filter((action) => action !== 'delivered')).toEqual(['created', 'revoked'])
  })

  it('gives nothing when its link was revoked, and says so to who holds the passcode', async () => {
    const [inviter, holder] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const target = await kind.target(inviter)
    const link = await inviter.invite(body(inviteType, target))
    await inviter.must('DELETE', `/invite/${link.id}`)
    const preview = await call(server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: link.passcode } })
    expect([preview.status, preview.body.data]).toEqual([
      409,
      { reason: 'revoked', status: 'revoked', startTime: null, endTime: null }
    ])
    expect((await holder.accept(link.id, { passcode: link.passcode })).status).toBe(409)
    expect(await kind.effects(inviter.id, holder.id, target)).toBe(0)
  })
})

/** All but new-user, whose invitee has no account, and so no id. */
const named = inviteTypeNames.filter((inviteType) => inviteType !== 'new-user')

describe.each(named)('an invite of type %s to somebody by id', (inviteType) => {
  const kind = kinds[inviteType]

  it('is accepted once, with everything it gives, and lands where it should', async () => {
    const { inviter, invitee, target, invite } = await make(inviteType)
    expect(await kind.effects(inviter.id, invitee.id, target)).toBe(0)
    const reply = await invitee.accept(invite.id)
    expect(reply.status).toBe(200)
    expect(Object.keys(reply.body)).toEqual(['invite', 'landing'])
    expect(reply.body.landing).toEqual(kind.landing(target))
    expect(reply.body.invite).toMatchObject({ id: invite.id, status: 'accepted', uses: 1, inviteeId: invitee.id })
    expect(await kind.effects(inviter.id, invitee.id, target)).toBe(kind.complete)
    expect(await kind.seen(inviter, invitee.id, target)).toBe(true)
    const forInviter = await inviter.must<Invite>('GET', `/invite/${invite.id}`)
    expect(forInviter).toMatchObject({ status: 'accepted', uses: 1, invitee: { id: invitee.id, name: 'Bob' } })
    expect(forInviter.updatedAt > invite.updatedAt).toBe(true)

    const again = await invitee.accept(invite.id)
    expect(again.status).toBe(200)
    expect(again.text).toBe(reply.text)
    expect(await actions(invite.id)).toEqual(['created', 'accepted'])
    expect(await count('invite_acceptances', { inviteId: invite.id, userId: invitee.id })).toBe(1)
    expect(await kind.effects(inviter.id, invitee.id, target)).toBe(kind.complete)
  })

  it('is declined: no effect, and the way is closed', async () => {
    const { inviter, invitee, target, invite } = await make(inviteType)
    const reply = await invitee.call('POST', `/invite/${invite.id}/decline`, { body: {} })
    expect([reply.status, reply.body.status]).toEqual([200, 'declined'])
    expect(await kind.effects(inviter.id, invitee.id, target)).toBe(0)
    expect((await inviter.must<Invite>('GET', `/invite/${invite.id}`)).status).toBe('declined')
    const late = await invitee.accept(invite.id)
    expect([late.status, late.body.data]).toEqual([
      409,
      { reason: 'declined', status: 'declined', startTime: null, endTime: null }
    ])
    expect((await invitee.call('POST', `/invite/${invite.id}/decline`, { body: {} })).status).toBe(409)
    expect(await kind.effects(inviter.id, invitee.id, target)).toBe(0)
    expect(await actions(invite.id)).toEqual(['created', 'declined'])
  })
})

it('a new-user invite is refused to who has an account, and leaves their address unverified', async () => {
  const [inviter, holder] = await Promise.all([person(server), person(server)])
  const invite = await inviter.invite({ inviteType: 'new-user', token: holder.email, identityProviderType: 'email' })
  const passcode = await server.mailedPasscode(invite.id)
  const reply = await holder.accept(invite.id, { passcode })
  expect(reply.status).toBe(409)
  expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
  expect(await count('identity_providers', { userId: holder.id, verified: true })).toBe(0)
})
