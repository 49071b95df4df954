// Sending an invite again: a new passcode kills the old one, not too often, by those who manage the invite.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { admin, call, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const { db } = server
// RATE_LIMIT_FACTOR does not change the spacing, but it does the five a day, and how many may be pending.
const strict = await useServer({ rateLimitFactor: 1 })

const resend = (who: Person, id: string) => who.call('POST', `/invite/${id}/resend`, { body: {} })
const preview = (id: string, passcode: string | null) =>
  call(server, 'POST', `/invite/${id}/preview`, { body: { passcode } })
const stored = (id: string) => db('invites').where({ id }).first()

/** The minute between two resends passes. */
const minutePasses = (id: string, of = db) =>
  of('invites')
    .where({ id })
    .update({ resentAt: db.raw(`"resentAt" - interval '61 seconds'`) })
const expire = (id: string, of = db) =>
  of('invites')
    .where({ id })
    .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 second'`) })

describe('a resend', () => {
  it('is not for who accepted a link: they see it, and are told so', async () => {
    const [inviter, accepter, stranger] = await Promise.all([person(server), person(server), person(server)])
    const link = await inviter.bearerLink({ maxUses: 2 })
    await accepter.accept(link.id, { passcode: link.passcode })
    expect((await resend(accepter, link.id)).status).toBe(403)
    expect((await resend(stranger, link.id)).status).toBe(404)
  })

  it('to an address mails a new passcode, tells it nobody else, and the old one is dead', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.invite({ inviteType: 'friend', token: invitee.email, identityProviderType: 'email' })
    const old = await server.mailedPasscode(invite.id)
    const reply = await resend(inviter, invite.id)
    expect([reply.status, reply.body.passcode, reply.body.status]).toEqual([202, null, 'pending'])
    expect(reply.body.updatedAt > invite.updatedAt).toBe(true)
    expect(reply.body.expiresAt).toBe(invite.expiresAt)
    const fresh = await server.mailedPasscode(invite.id, old)
    expect(reply.text).not.toContain(fresh)
    expect((await preview(invite.id, old)).status).toBe(404)
    expect((await invitee.accept(invite.id, { passcode: old })).status).toBe(404)
    expect((await preview(invite.id, fresh)).status).toBe(200)
    expect((await invitee.accept(invite.id, { passcode: fresh })).status).toBe(200)
  })

  it('of a link shows the new passcode once, and the old one is dead', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink()
    const reply = await resend(inviter, link.id)
    const { passcode } = reply.body
    expect(reply.status).toBe(202)
    expect(Buffer.from(passcode, 'base64url').length).toBeGreaterThanOrEqual(16)
    expect((await inviter.must<Invite>('GET', `/invite/${link.id}`)).passcode).toBeNull()
    expect((await holder.accept(link.id, { passcode: link.passcode })).status).toBe(404)
    expect((await holder.accept(link.id, { passcode })).status).toBe(200)
    expect(await db('outbox').where({ subjectId: link.id })).toEqual([])
  })

  it('of an invite by id sends nothing, for there is nowhere to send it', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee)
    const reply = await resend(inviter, invite.id)
    expect([reply.status, reply.body.passcode, reply.body.delivery.status]).toEqual([202, null, 'none'])
    expect(await db('outbox').where({ subjectId: invite.id })).toEqual([])
  })

  it('waits 60 seconds for the next one, whoever asks', async () => {
    const [inviter, boss] = await Promise.all([person(server), admin(server)])
    const link = await inviter.bearerLink()
    const first = await resend(inviter, link.id)
    for (const who of [inviter, boss]) {
      const soon = await resend(who, link.id)
      expect(soon.status).toBe(429)
      expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50)
      expect(Number(soon.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    }
    expect((await preview(link.id, first.body.passcode)).status).toBe(200)
    await minutePasses(link.id)
    expect((await resend(boss, link.id)).status).toBe(202)
    expect((await preview(link.id, first.body.passcode)).status).toBe(404)
  })

  it('gives an untimed invite that has expired a new lifetime of seven days, tidied or not', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    for (const isTidied of [false, true]) {
      const invite = await inviter.inviteToChannel(invitee)
      await expire(invite.id)
      if (isTidied) await db('invites').where({ id: invite.id }).update({ status: 'expired' })
      const before = Date.now()
      const reply = await resend(inviter, invite.id)
      expect([reply.status, reply.body.status]).toEqual([202, 'pending'])
      const lifetime = Date.parse(reply.body.expiresAt) - before
      expect(Math.abs(lifetime - 7 * 86_400_000)).toBeLessThan(60_000)
      expect((await invitee.accept(invite.id)).status).toBe(200)
    }
  })

  it('of an expired invite is refused while there is one like it', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const data = { inviteType: 'friend', inviteeId: invitee.id }
    const old = await inviter.invite(data)
    await expire(old.id)
    const fresh = await inviter.invite(data)
    expect((await resend(inviter, old.id)).status).toBe(409)
    expect((await inviter.must<Invite>('GET', `/invite/${old.id}`)).status).toBe('expired')
    await inviter.must('DELETE', `/invite/${fresh.id}`)
    expect((await resend(inviter, old.id)).status).toBe(202)
  })

  it('is refused for a window that has passed, and for what is used, declined or revoked', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const passed = await inviter.inviteToChannel(invitee, {
      timed: true,
      endTime: new Date(Date.now() + 3_600_000).toISOString()
    })
    await db('invites')
      .where({ id: passed.id })
      .update({ endTime: db.raw(`clock_timestamp() - interval '1 second'`) })
    const used = await inviter.inviteToChannel(invitee)
    await invitee.accept(used.id)
    const declined = await inviter.inviteToChannel(invitee)
    await invitee.must('POST', `/invite/${declined.id}/decline`, {})
    const revoked = await inviter.inviteToChannel(invitee)
    await inviter.must('DELETE', `/invite/${revoked.id}`)
    const replies = await Promise.all([passed, used, declined, revoked].map(({ id }) => resend(inviter, id)))
    expect(replies.map(({ status }) => status)).toEqual([409, 409, 409, 409])
    expect(replies.map(({ body }) => body.data.status)).toEqual(['expired', 'accepted', 'declined', 'revoked'])
  })

  it('is for inviter and administrators: the invitee is forbidden, to others there is nothing', async () => {
    const [inviter, invitee, stranger] = await Promise.all([person(server), person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee)
    expect((await resend(invitee, invite.id)).status).toBe(403)
    expect((await resend(stranger, invite.id)).status).toBe(404)
    expect((await call(server, 'POST', `/invite/${invite.id}/resend`, { body: {} })).status).toBe(401)
    expect((await stored(invite.id)).resentAt).toBeNull()
  })

  it('forgets no wrong guess: the count is of the invite, not of the passcode', async () => {
    const [inviter, guesser] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink()
    for (let guess = 0; guess < 5; guess++) await guesser.accept(link.id, { passcode: `guess${guess}` })
    const reply = await resend(inviter, link.id)
    expect((await guesser.accept(link.id, { passcode: reply.body.passcode })).status).toBe(429)
  })
})

describe('where quotas are as in production, a resend', () => {
  it('happens five times a day, and the next day again', async () => {
    const inviter = await person(strict)
    const link = await inviter.bearerLink()
    for (let time = 0; time < 5; time++) {
      expect((await resend(inviter, link.id)).status).toBe(202)
      await minutePasses(link.id, strict.db)
    }
    const before = await strict.db('invites').where({ id: link.id }).first()
    const sixth = await resend(inviter, link.id)
    expect(sixth.status).toBe(429)
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(60)
    expect(await strict.db('invites').where({ id: link.id }).first()).toEqual(before)
    await strict
      .db('invite_history')
      .where({ inviteId: link.id, action: 'resent' })
      .update({ createdAt: strict.db.raw(`"createdAt" - interval '1 day'`) })
    expect((await resend(inviter, link.id)).status).toBe(202)
  })

  it('of an expired invite takes one of the few places of its recipient, or is refused', async () => {
    const [inviter, invitee] = await Promise.all([person(strict), person(strict)])
    const old = await inviter.inviteToChannel(invitee)
    await expire(old.id, strict.db)
    const three = [1, 2, 3].map(() => inviter.inviteToChannel(invitee))
    const [first] = await Promise.all(three)
    expect((await resend(inviter, old.id)).status).toBe(409)
    await inviter.must('DELETE', `/invite/${first?.id}`)
    expect((await resend(inviter, old.id)).status).toBe(202)
  })
})
