// An address that becomes verified: it leaves an account that never verified it, and other invites to make an account
// there end.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { call, newAddress, person, signIn, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server
const password = 'the password of the owner'
const register = { name: 'Owner', password }

const stored = (id: string) => db('invites').where({ id }).first()
const actions = (inviteId: string) => db('invite_history').where({ inviteId }).orderBy('id').pluck('action')
const anonymous = (path: string, body: object) => call(server, 'POST', path, { body })
const registerBy = async ({ id }: Invite) =>
  anonymous(`/invite/${id}/accept`, { passcode: await server.mailedPasscode(id), register })
const toNewcomer = (inviter: Person, token: string) =>
  inviter.invite({ inviteType: 'new-user', token, identityProviderType: 'email' })
const toFriend = (inviter: Person, token: string) =>
  inviter.invite({ inviteType: 'friend', token, identityProviderType: 'email' })
const holders = (token: string) => db('identity_providers').where({ token }).select('userId', 'verified')

describe('an address that an account holds without having verified it', () => {
  it.each([
    ['new-user', toNewcomer],
    ['friend', toFriend]
  ])('goes to the person who registers with the passcode of a mailed %s invite', async (_type, invite) => {
    const [inviter, squatter] = await Promise.all([person(server), person(server, 'Squatter')])
    const channel = await squatter.channel()
    const reply = await registerBy(await invite(inviter, squatter.email))
    expect(reply.status).toBe(201)
    const { inviteeId } = reply.body.invite
    expect(inviteeId).not.toBe(squatter.id)
    expect(await holders(squatter.email)).toEqual([{ userId: inviteeId, verified: true }])

    expect((await signIn(server, squatter.email, password)).id).toBe(inviteeId)
    const { status } = await anonymous('/authentication', {
      strategy: 'local',
      email: squatter.email,
      password: squatter.password
    })
    expect(status).toBe(401)
    // Its sessions were begun with an address of another person.
    await expect.poll(() => squatter.call('GET', '/invite')).toMatchObject({ status: 401 })
    // The other account stays, with what is its own.
    expect(await db('users').where({ id: squatter.id }).pluck('name')).toEqual(['Squatter'])
    expect(await db('channel_users').where({ channelId: channel.id }).pluck('userId')).toEqual([squatter.id])
  })

  it('stays where it is if the registration fails', async () => {
    const [inviter, squatter] = await Promise.all([person(server), person(server)])
    const invite = await toFriend(inviter, squatter.email)
    const passcode = await server.mailedPasscode(invite.id)
    const before = await db('identity_providers').where({ userId: squatter.id })
    await inviter.must('DELETE', `/invite/${invite.id}`)
    expect((await anonymous(`/invite/${invite.id}/accept`, { passcode, register })).status).toBe(409)
    expect(await db('identity_providers').where({ userId: squatter.id })).toEqual(before)
    expect((await signIn(server, squatter.email, squatter.password)).id).toBe(squatter.id)
  })

  it('is not taken by a third account that is signed in and sends the passcode', async () => {
    const [inviter, squatter, third] = await Promise.all([person(server), person(server), person(server)])
    const invite = await toFriend(inviter, squatter.email)
    const passcode = await server.mailedPasscode(invite.id)
    expect((await third.accept(invite.id, { passcode })).status).toBe(403)
    expect(await holders(squatter.email)).toEqual([{ userId: squatter.id, verified: false }])
  })

  it('goes to one of two people who register at the same moment', async () => {
    const [one, two, squatter] = await Promise.all([person(server), person(server), person(server)])
    const invites = [await toFriend(one, squatter.email), await toNewcomer(two, squatter.email)]
    const replies = await Promise.all(invites.map(registerBy))
    const statuses = replies.map(({ status }) => status)
    expect(statuses).toContain(201)
    // The other one is told that there is an account now, or that the invite has ended.
    expect(statuses.filter((status) => status !== 201)).toEqual([expect.toBeOneOf([401, 409])])
    expect(await holders(squatter.email)).toEqual([{ userId: expect.any(String), verified: true }])
    expect(
      await db('users').where({ name: register.name, id: (await holders(squatter.email))[0].userId })
    ).toHaveLength(1)
  })
})

describe('when an address becomes a verified account', () => {
  /** Two invites to make an account there, of two inviters. */
  async function two(token: string) {
    const inviters = await Promise.all([person(server), person(server)])
    return { inviters, invites: await Promise.all(inviters.map((inviter) => toNewcomer(inviter, token))) }
  }

  async function isSuperseded(inviter: Person, { id }: Invite) {
    expect((await inviter.must<Invite>('GET', `/invite/${id}`)).status).toBe('revoked')
    expect((await actions(id)).at(-1)).toBe('superseded')
    const history = await inviter.must('GET', `/invite/${id}/history`)
    expect(history.at(-1)).toMatchObject({ action: 'superseded', userId: null })
    const resent = await inviter.call('POST', `/invite/${id}/resend`, { body: {} })
    expect([resent.status, resent.body.data.reason]).toEqual([409, 'revoked'])
  }

  it('by a registration, the other invites to make one there end, and their inviters hear it', async () => {
    const token = newAddress()
    const { inviters, invites } = await two(token)
    const [, other] = inviters
    const [first, second] = invites
    if (!other || !first || !second) throw new Error('two are missing')
    const socket = await SocketClient.open(server, other.token)
    const heard: Invite[] = []
    socket.socket.on('invite removed', (invite: Invite) => heard.push(invite))
    const kept = await toFriend(other, token)
    const elsewhere = await toNewcomer(other, newAddress())
    expect((await registerBy(first)).status).toBe(201)
    await isSuperseded(other, second)
    await expect.poll(() => heard).toMatchObject([{ id: second.id, status: 'revoked' }])
    socket.close()
    const before = Date.parse(second.updatedAt)
    expect(Date.parse(heard[0]?.updatedAt ?? '')).toBeGreaterThan(before)
    expect([(await stored(kept.id)).status, (await stored(elsewhere.id)).status]).toEqual(['pending', 'pending'])
    expect((await stored(first.id)).status).toBe('accepted')
  })

  it.each(['accept', 'decline'])('by the mailed passcode that its user sends to %s, they end as well', async (verb) => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    const { inviters, invites } = await two(owner.email)
    const friendly = await toFriend(inviter, owner.email)
    const passcode = await server.mailedPasscode(friendly.id)
    expect((await owner.call('POST', `/invite/${friendly.id}/${verb}`, { body: { passcode } })).status).toBe(200)
    for (const [index, other] of inviters.entries()) await isSuperseded(other, invites[index] as Invite)
  })

  it('nothing ends by an address that was only typed, nor by a call that fails', async () => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    const { invites } = await two(owner.email)
    const [one] = invites
    const passcode = await server.mailedPasscode(one?.id ?? '')
    // This one is for people without an account, so the address stays unverified.
    expect((await owner.accept(one?.id ?? '', { passcode })).status).toBe(409)
    const link = await inviter.bearerLink()
    const typed = newAddress()
    const [asked] = (await two(typed)).invites
    const body = { passcode: link.passcode, register: { ...register, email: typed } }
    expect((await anonymous(`/invite/${link.id}/accept`, body)).status).toBe(201)
    for (const { id } of [...invites, asked as Invite]) expect((await stored(id)).status).toBe('pending')
  })

  it('an invite to make one there can still be made, and tells nothing of that', async () => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    await verifyAddress(server, owner)
    const invites = [await toNewcomer(inviter, owner.email), await toNewcomer(inviter, newAddress())]
    const look = async ({ id }: Invite) => {
      const { status, delivery } = await inviter.must<Invite>('GET', `/invite/${id}`)
      const history: { action: string }[] = await inviter.must('GET', `/invite/${id}/history`)
      const actions = history.map(({ action }) => action)
      return { status, actions, delivery: delivery && { status: delivery.status, attempts: delivery.attempts } }
    }
    const sent = { status: 'pending', actions: ['created', 'delivered'], delivery: { status: 'sent', attempts: 1 } }
    for (const invite of invites) await expect.poll(() => look(invite)).toEqual(sent)
    expect(server.mail()).not.toContain(invites[0]?.id)
    expect(server.mail()).toContain(invites[1]?.id)
  })
})
