// For whom an invite is: named by id, by an address, or whoever holds the link; with an account or without.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { admin, call, guest, newAddress, person, signIn, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server
const password = 'a password of some length'
const register = { name: 'Newcomer', password }

const stored = (id: string) => db('invites').where({ id }).first()
const addresses = (userId: string) =>
  db('identity_providers').where({ userId }).orderBy('type').select('type', 'token', 'verified')
const inChannel = async (userId: string, channelId: string | null) =>
  (await db('channel_users').where({ userId, channelId })).length
const everybody = async () => Number((await db('users').count({ rows: '*' }))[0]?.['rows'])
const phone = () => `+4917${Math.floor(10_000_000 + Math.random() * 89_999_999)}`
const anonymous = (path: string, body: object) => call(server, 'POST', path, { body })

/** An invite into a new channel to an address, and the passcode that was mailed there. */
async function toAddress(inviter: Person, token: string, more: object = {}) {
  const channel = await inviter.channel()
  const invite = await inviter.invite({
    inviteType: 'channel',
    targetObjectId: channel.id,
    token,
    identityProviderType: token.startsWith('+') ? 'sms' : 'email',
    ...more
  })
  return { channel, invite, passcode: await server.mailedPasscode(invite.id) }
}

/** Somebody whose address is verified: they have used a passcode that was mailed to it. */
async function verified(name: string) {
  const [inviter, somebody] = await Promise.all([person(server), person(server, name)])
  const { invite, passcode } = await toAddress(inviter, somebody.email)
  const reply = await somebody.accept(invite.id, { passcode })
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`)
  return somebody
}

describe('an invite to an address', () => {
  it('is its verified owner’s, without any passcode', async () => {
    const [inviter, owner] = await Promise.all([person(server), verified('Vera')])
    const { invite, channel } = await toAddress(inviter, owner.email.toUpperCase())
    expect(invite).toMatchObject({ token: owner.email, inviteeId: null, invitee: null })
    const received = await owner.must<{ data: Invite[] }>('GET', '/invite?action=received&status=pending')
    expect(received.data.map(({ id }) => id)).toEqual([invite.id])
    const reply = await owner.accept(invite.id)
    expect([reply.status, reply.body.invite.inviteeId]).toEqual([200, owner.id])
    expect(await inChannel(owner.id, channel.id)).toBe(1)
  })

  it('is declined by its verified owner, by DELETE too', async () => {
    const [inviter, owner] = await Promise.all([person(server), verified('Vera')])
    const { invite } = await toAddress(inviter, owner.email)
    const reply = await owner.call('DELETE', `/invite/${invite.id}`)
    expect([reply.status, reply.body.status]).toEqual([200, 'declined'])
    expect((await inviter.must<Invite>('GET', `/invite/${invite.id}`)).status).toBe('declined')
  })

  it('is nobody’s by an unverified address alone; the mailed passcode makes it theirs, and verifies the address', async () => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    const { invite, channel, passcode } = await toAddress(inviter, owner.email)
    expect((await owner.call('GET', `/invite/${invite.id}`)).status).toBe(404)
    expect((await owner.accept(invite.id)).status).toBe(404)
    expect((await owner.must('GET', '/invite?action=received')).total).toBe(0)
    expect(await addresses(owner.id)).toEqual([{ type: 'email', token: owner.email, verified: false }])

    expect((await owner.accept(invite.id, { passcode })).status).toBe(200)
    expect(await addresses(owner.id)).toEqual([{ type: 'email', token: owner.email, verified: true }])
    expect(await inChannel(owner.id, channel.id)).toBe(1)
    const next = await toAddress(inviter, owner.email)
    expect((await owner.accept(next.invite.id)).status).toBe(200)
  })

  it('verifies the address of who declines it with the mailed passcode', async () => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    const { invite, passcode } = await toAddress(inviter, owner.email)
    const reply = await owner.call('POST', `/invite/${invite.id}/decline`, { body: { passcode } })
    expect([reply.status, reply.body.status]).toEqual([200, 'declined'])
    expect(await addresses(owner.id)).toEqual([{ type: 'email', token: owner.email, verified: true }])
  })

  it('is forbidden to another account that holds the mailed passcode, and nothing changes', async () => {
    const [inviter, owner, finder] = await Promise.all([person(server), person(server), person(server)])
    const { invite, channel, passcode } = await toAddress(inviter, owner.email)
    const before = await db('invites').where({ id: invite.id }).first('status', 'uses', 'updatedAt')
    expect((await finder.accept(invite.id, { passcode })).status).toBe(403)
    expect((await finder.call('POST', `/invite/${invite.id}/decline`, { body: { passcode } })).status).toBe(403)
    expect(await db('invites').where({ id: invite.id }).first('status', 'uses', 'updatedAt')).toEqual(before)
    expect(await inChannel(finder.id, channel.id)).toBe(0)
    expect(await addresses(owner.id)).toEqual([{ type: 'email', token: owner.email, verified: false }])
  })

  it('makes nobody with a guest’s account its invitee', async () => {
    const [inviter, visitor] = await Promise.all([person(server), guest(server)])
    const { invite, passcode } = await toAddress(inviter, newAddress())
    expect((await visitor.accept(invite.id, { passcode })).status).toBe(403)
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0, inviteeId: null })
  })

  it('makes an account at acceptance, whose address is verified and which is signed in', async () => {
    const inviter = await person(server)
    const address = newAddress()
    const { invite, channel, passcode } = await toAddress(inviter, address)
    const reply = await anonymous(`/invite/${invite.id}/accept`, { passcode, register })
    expect(reply.status).toBe(201)
    const { inviteeId } = reply.body.invite
    expect(await addresses(inviteeId)).toEqual([{ type: 'email', token: address, verified: true }])
    expect(await inChannel(inviteeId, channel.id)).toBe(1)
    const mine = await call(server, 'GET', `/invite/${invite.id}`, {}, reply.body.accessToken)
    expect([mine.status, mine.body.invitee.id]).toEqual([200, inviteeId])
    const again = await signIn(server, address, password)
    expect(again.id).toBe(inviteeId)
    const logins = await db('user_logins').where({ userId: inviteeId })
    expect(logins).toHaveLength(2)
  })

  it('takes no other e-mail address at registration than its own', async () => {
    const inviter = await person(server)
    const { invite, passcode } = await toAddress(inviter, newAddress())
    const before = await everybody()
    const reply = await anonymous(`/invite/${invite.id}/accept`, {
      passcode,
      register: { ...register, email: newAddress() }
    })
    expect([reply.status, reply.body.data.errors[0].path]).toEqual([400, 'register.email'])
    expect(await everybody()).toBe(before)
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
  })

  it('tells who has an account to sign in, and signs nobody in', async () => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    await verifyAddress(server, owner)
    const { invite, channel, passcode } = await toAddress(inviter, owner.email)
    const before = await everybody()
    const reply = await anonymous(`/invite/${invite.id}/accept`, { passcode, register })
    expect([reply.status, reply.body.data.reason]).toEqual([401, 'sign-in-to-accept'])
    expect(reply.text).not.toContain('accessToken')
    expect(await everybody()).toBe(before)
    expect(await inChannel(owner.id, channel.id)).toBe(0)
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
    expect(
      (await anonymous('/authentication', { strategy: 'local', email: owner.email, password: 'not theirs at all' }))
        .status
    ).toBe(401)
  })

  it('makes no account without the right passcode, or without one', async () => {
    const inviter = await person(server)
    const { invite } = await toAddress(inviter, newAddress())
    const before = await everybody()
    expect((await anonymous(`/invite/${invite.id}/accept`, { passcode: 'wrong', register })).status).toBe(404)
    expect((await anonymous(`/invite/${invite.id}/accept`, { register })).status).toBe(400)
    expect((await anonymous(`/invite/${invite.id}/accept`, { passcode: 'wrong' })).status).toBe(401)
    expect(await everybody()).toBe(before)
  })

  it('refuses a registration by who is signed in', async () => {
    const [inviter, other] = await Promise.all([person(server), person(server)])
    const { invite, passcode } = await toAddress(inviter, newAddress())
    expect((await other.accept(invite.id, { passcode, register })).status).toBe(400)
  })

  it('makes one account of two registrations for two of its invites', async () => {
    const [one, two] = await Promise.all([person(server), person(server)])
    const address = newAddress()
    const [first, second] = [await toAddress(one, address), await toAddress(two, address)]
    const replies = await Promise.all(
      [first, second].map(({ invite, passcode }) => anonymous(`/invite/${invite.id}/accept`, { passcode, register }))
    )
    expect(replies.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 401])
    expect(await db('identity_providers').where({ token: address })).toHaveLength(1)
    const states = await db('invites')
      .whereIn('id', [first.invite.id, second.invite.id])
      .orderBy('status')
      .pluck('status')
    expect(states).toEqual(['accepted', 'pending'])
  })
})

describe('an invite to a phone', () => {
  it('makes an account whose phone is verified and whose e-mail address, which it needs, is not', async () => {
    const inviter = await person(server)
    const number = phone()
    const { invite, channel, passcode } = await toAddress(inviter, number)
    const missing = await anonymous(`/invite/${invite.id}/accept`, { passcode, register })
    expect([missing.status, missing.body.data.errors[0].path]).toEqual([400, 'register.email'])
    const email = newAddress()
    const reply = await anonymous(`/invite/${invite.id}/accept`, { passcode, register: { ...register, email } })
    expect(reply.status).toBe(201)
    const { inviteeId } = reply.body.invite
    expect(await addresses(inviteeId)).toEqual([
      { type: 'email', token: email, verified: false },
      { type: 'sms', token: number, verified: true }
    ])
    expect(await inChannel(inviteeId, channel.id)).toBe(1)
    const owner = await signIn(server, email, password)
    const next = await toAddress(inviter, number)
    expect((await owner.accept(next.invite.id)).status).toBe(200)
  })

  it('tells the phone’s owner to sign in, and that an e-mail address is taken', async () => {
    const inviter = await person(server)
    const number = phone()
    const first = await toAddress(inviter, number)
    const email = newAddress()
    await anonymous(`/invite/${first.invite.id}/accept`, { passcode: first.passcode, register: { ...register, email } })
    const second = await toAddress(inviter, number)
    const before = await everybody()
    const taken = { passcode: second.passcode, register: { ...register, email: newAddress() } }
    expect((await anonymous(`/invite/${second.invite.id}/accept`, taken)).status).toBe(401)
    const third = await toAddress(inviter, phone())
    const typed = { passcode: third.passcode, register: { ...register, email } }
    const refused = await anonymous(`/invite/${third.invite.id}/accept`, typed)
    expect([refused.status, refused.body.data.reason]).toEqual([409, 'address-taken'])
    expect(await everybody()).toBe(before)
    expect(await stored(third.invite.id)).toMatchObject({ status: 'pending', uses: 0 })
  })
})

describe('a bearer link', () => {
  it('shows its passcode once, is invisible without it, and belongs to who uses it', async () => {
    const [inviter, holder, late] = await Promise.all([person(server), person(server), person(server)])
    const link = await inviter.bearerLink()
    expect(Buffer.from(link.passcode, 'base64url').length).toBeGreaterThanOrEqual(16)
    expect((await inviter.must<Invite>('GET', `/invite/${link.id}`)).passcode).toBeNull()
    const rows = JSON.stringify(await Promise.all(['invites', 'outbox', 'invite_history'].map((table) => db(table))))
    expect(rows).not.toContain(link.passcode)
    expect((await holder.call('GET', `/invite/${link.id}`)).status).toBe(404)
    expect((await holder.accept(link.id)).status).toBe(404)
    const reply = await holder.accept(link.id, { passcode: link.passcode })
    expect([reply.status, reply.body.invite.inviteeId, reply.body.invite.passcode]).toEqual([200, holder.id, null])
    expect(await inChannel(holder.id, link.targetObjectId)).toBe(1)
    expect((await holder.call('GET', `/invite/${link.id}`)).status).toBe(200)
    expect((await late.accept(link.id, { passcode: link.passcode })).status).toBe(409)
    expect(await inChannel(late.id, link.targetObjectId)).toBe(0)
  })

  it('is not the inviter’s to use', async () => {
    const inviter = await person(server)
    const link = await inviter.bearerLink()
    expect((await inviter.accept(link.id, { passcode: link.passcode })).status).toBe(403)
    expect(await stored(link.id)).toMatchObject({ status: 'pending', uses: 0 })
  })

  it('cannot be declined, by nobody', async () => {
    const [inviter, holder, user] = await Promise.all([person(server), person(server), person(server)])
    const link = await inviter.bearerLink({ maxUses: 3 })
    const { passcode } = link
    await user.accept(link.id, { passcode })
    const decline = `/invite/${link.id}/decline`
    const replies = [
      await holder.call('POST', decline, { body: { passcode } }),
      await anonymous(decline, { passcode }),
      await user.call('POST', decline, { body: {} }),
      await user.call('DELETE', `/invite/${link.id}`)
    ]
    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    expect(await stored(link.id)).toMatchObject({ status: 'pending', uses: 1 })
  })

  it('makes an account for an e-mail address that is given, and leaves that unverified', async () => {
    const inviter = await person(server)
    const link = await inviter.bearerLink()
    const { passcode } = link
    const before = await everybody()
    expect((await anonymous(`/invite/${link.id}/accept`, { passcode, register })).status).toBe(400)
    expect(await everybody()).toBe(before)
    const email = newAddress()
    const reply = await anonymous(`/invite/${link.id}/accept`, { passcode, register: { ...register, email } })
    expect(reply.status).toBe(201)
    expect(await addresses(reply.body.invite.inviteeId)).toEqual([{ type: 'email', token: email, verified: false }])
    expect(await inChannel(reply.body.invite.inviteeId, link.targetObjectId)).toBe(1)
  })

  it.each([true, false])('takes no address from an account, verified (%s) or not', async (isVerified) => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    if (isVerified) await verifyAddress(server, owner)
    const before = await db('identity_providers').where({ userId: owner.id })
    const link = await inviter.bearerLink()
    const reply = await anonymous(`/invite/${link.id}/accept`, {
      passcode: link.passcode,
      register: { ...register, email: owner.email.toUpperCase() }
    })
    expect([reply.status, reply.body.data.reason]).toEqual([409, 'address-taken'])
    expect(await inChannel(owner.id, link.targetObjectId)).toBe(0)
    expect(await db('identity_providers').where({ userId: owner.id })).toEqual(before)
    expect(await stored(link.id)).toMatchObject({ status: 'pending', uses: 0 })
  })

  it('may be used by a guest', async () => {
    const [inviter, visitor] = await Promise.all([person(server), guest(server)])
    const link = await inviter.bearerLink()
    expect((await visitor.accept(link.id, { passcode: link.passcode })).status).toBe(200)
    expect(await inChannel(visitor.id, link.targetObjectId)).toBe(1)
  })
})

describe('an invite by id', () => {
  it('is nobody else’s, not even an administrator’s', async () => {
    const [inviter, invitee, boss] = await Promise.all([person(server), person(server), admin(server)])
    const invite = await inviter.inviteToChannel(invitee)
    expect((await boss.accept(invite.id)).status).toBe(403)
    expect(await stored(invite.id)).toMatchObject({ status: 'pending', uses: 0 })
  })

  it('is refused to oneself and to nobody', async () => {
    const inviter = await person(server)
    const nobody = '01890000-0000-7000-8000-000000000000'
    expect(
      (await inviter.call('POST', '/invite', { body: { inviteType: 'friend', inviteeId: inviter.id } })).status
    ).toBe(400)
    expect((await inviter.call('POST', '/invite', { body: { inviteType: 'friend', inviteeId: nobody } })).status).toBe(
      404
    )
  })
})

describe('where registration is by invite only', async () => {
  const closed = await useServer({ registration: 'invite-only' })

  it('nobody registers, but who accepts an invite', async () => {
    const stranger = { name: 'Stranger', email: newAddress(), password }
    expect((await call(closed, 'POST', '/user', { body: stranger })).status).toBe(403)
    const boss = await admin(closed)
    const address = newAddress()
    const invite = await boss.invite({ inviteType: 'new-user', token: address, identityProviderType: 'email' })
    const passcode = await closed.mailedPasscode(invite.id)
    const reply = await call(closed, 'POST', `/invite/${invite.id}/accept`, { body: { passcode, register } })
    expect(reply.status).toBe(201)
    expect((await signIn(closed, address, password)).id).toBe(reply.body.invite.inviteeId)
  })
})
