// Idempotency-Key on create, accept and resend: a call that is repeated gets the first answer, and happens once.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { call, newAddress, person, type Person } from './support/people.js'
import { onPostgres, useServer } from './support/server.js'

const server = await useServer()
const { db } = server
const register = { name: 'Newcomer', password: 'a password of some length' }

const keyed = (key: string) => ({ 'idempotency-key': key })
const create = (who: Person, body: unknown, key: string) => who.call('POST', '/invite', { body, headers: keyed(key) })
const accept = (who: Person, id: string, body: object, key: string) =>
  who.call('POST', `/invite/${id}/accept`, { body, headers: keyed(key) })
const resend = (who: Person, id: string, key: string) =>
  who.call('POST', `/invite/${id}/resend`, { body: {}, headers: keyed(key) })
const mailed = () => ({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email' })
const invitesOf = (who: Person) => db('invites').where({ userId: who.id })
const keyRow = (key: string) => db('idempotency_keys').where({ key }).first()

describe('creating with a key', () => {
  it('again replays the first answer, byte by byte and with its status, and makes nothing', async () => {
    const inviter = await person(server)
    const body = { ...mailed(), spawnDetails: { z: 1, a: [1.5, null] } }
    const first = await create(inviter, body, 'one')
    const again = await create(inviter, body, 'one')
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await invitesOf(inviter)).toHaveLength(1)
    expect(await db('outbox').where({ subjectId: first.body.id })).toHaveLength(1)
  })

  it('replays a list as a list', async () => {
    const inviter = await person(server)
    const body = [mailed(), mailed()]
    const first = await create(inviter, body, 'list')
    const again = await create(inviter, body, 'list')
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(again.body).toHaveLength(2)
    expect(await invitesOf(inviter)).toHaveLength(2)
  })

  it('answers as it did, even when the invite has changed or is gone since', async () => {
    const inviter = await person(server)
    const body = mailed()
    const first = await create(inviter, body, 'later')
    await inviter.must('DELETE', `/invite/${first.body.id}`)
    expect((await create(inviter, body, 'later')).text).toBe(first.text)
    await db('invites').where({ id: first.body.id }).delete()
    expect((await create(inviter, body, 'later')).text).toBe(first.text)
  })

  it('keeps no passcode: the first answer has it, a replay has null, and no table has it', async () => {
    const inviter = await person(server)
    const { id: targetObjectId } = await inviter.channel()
    const body = { inviteType: 'channel', targetObjectId }
    const first = await create(inviter, body, 'secret')
    const again = await create(inviter, body, 'secret')
    expect(typeof first.body.passcode).toBe('string')
    expect(again.body).toEqual({ ...first.body, passcode: null, link: null })
    expect(Object.keys(again.body)).toEqual(Object.keys(first.body))
    expect(JSON.stringify(await keyRow('secret'))).not.toContain(first.body.passcode)
    const list = await create(inviter, [body], 'secrets')
    expect(JSON.stringify(await keyRow('secrets'))).not.toContain(list.body[0].passcode)
  })

  it('keeps what is nobody’s secret, whatever it is called', async () => {
    const inviter = await person(server)
    const body = { ...mailed(), spawnDetails: { passcode: 'of the door', accessToken: 7 } }
    const first = await create(inviter, body, 'spawn')
    expect((await create(inviter, body, 'spawn')).text).toBe(first.text)
  })

  it('with another body is refused with 422, and makes nothing', async () => {
    const inviter = await person(server)
    await create(inviter, mailed(), 'body')
    expect((await create(inviter, mailed(), 'body')).status).toBe(422)
    expect(await invitesOf(inviter)).toHaveLength(1)
  })

  it('is each caller’s own key', async () => {
    const [one, other] = await Promise.all([person(server), person(server)])
    const [first, second] = [await create(one, mailed(), 'shared'), await create(other, mailed(), 'shared')]
    expect([first.status, second.status, second.body.userId]).toEqual([201, 201, other.id])
    expect(second.body.id).not.toBe(first.body.id)
  })

  it('frees the key of a call that was refused', async () => {
    const inviter = await person(server)
    const { id: targetObjectId } = await inviter.channel()
    const invitee = await person(server)
    const body = { inviteType: 'channel', targetObjectId, inviteeId: invitee.id }
    const twin = await inviter.invite(body)
    expect((await create(inviter, body, 'refused')).status).toBe(409)
    expect(await keyRow('refused')).toBeUndefined()
    await inviter.must('DELETE', `/invite/${twin.id}`)
    expect((await create(inviter, body, 'refused')).status).toBe(201)
  })

  it('is a new call after 24 hours', async () => {
    const inviter = await person(server)
    const first = await create(inviter, mailed(), 'old')
    const age = (text: string) =>
      db('idempotency_keys')
        .where({ key: 'old' })
        .update({ createdAt: db.raw(`clock_timestamp() - interval '${text}'`) })
    await age('23 hours 59 minutes')
    expect((await create(inviter, mailed(), 'old')).status).toBe(422)
    await age('24 hours 1 minute')
    const second = await create(inviter, mailed(), 'old')
    expect(second.status).toBe(201)
    expect(second.body.id).not.toBe(first.body.id)
  })

  it('fifty times at once makes one invite', async () => {
    const inviter = await person(server)
    const body = mailed()
    const replies = await Promise.all(Array.from({ length: 50 }, () => create(inviter, body, 'fifty')))
    const statuses = new Set(replies.map(({ status }) => status))
    expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([])
    const made = replies.filter(({ status }) => status === 201)
    expect(new Set(made.map(({ body: { id } }) => id)).size).toBe(1)
    expect(await invitesOf(inviter)).toHaveLength(1)
    expect((await create(inviter, body, 'fifty')).text).toBe(made[0]?.text)
  })

  it.each(['', 'k'.repeat(256)])('refuses a key of another length than 1 to 255', async (key) => {
    const inviter = await person(server)
    const reply = await create(inviter, mailed(), key)
    expect([reply.status, reply.body.data.errors[0].path]).toEqual([400, 'Idempotency-Key'])
    expect(await invitesOf(inviter)).toEqual([])
    expect((await create(inviter, mailed(), 'k'.repeat(255))).status).toBe(201)
  })
})

describe('a call that is still running', () => {
  it('answers 409 to another with its key, and its answer is replayed once it is there', async () => {
    const inviter = await person(server)
    const body = mailed()
    // As it is between taking the key and the commit.
    const first = await create(inviter, body, 'running')
    const { answer, status } = await keyRow('running')
    await db('idempotency_keys').where({ key: 'running' }).update({ answer: null, status: null })
    expect((await create(inviter, body, 'running')).status).toBe(409)
    expect((await create(inviter, mailed(), 'running')).status).toBe(422)
    await db('idempotency_keys')
      .where({ key: 'running' })
      .update({ answer: JSON.stringify(answer), status })
    expect((await create(inviter, body, 'running')).text).toBe(first.text)
  })

  it('that died with its process frees the key after a minute', async () => {
    const inviter = await person(server)
    const body = mailed()
    await create(inviter, body, 'died')
    await db('idempotency_keys')
      .where({ key: 'died' })
      .update({ answer: null, status: null, createdAt: db.raw(`clock_timestamp() - interval '61 seconds'`) })
    await invitesOf(inviter).delete()
    expect((await create(inviter, body, 'died')).status).toBe(201)
    expect(await invitesOf(inviter)).toHaveLength(1)
  })

  // The embedded database has one session, so nothing can wait there for a lock that somebody else holds.
  it.runIf(onPostgres)('waits for a lock while others with its key are told 409', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee)
    const lock = await db.transaction()
    await lock.raw('select 1 from invites where id = ? for update', [invite.id])
    const first = accept(invitee, invite.id, {}, 'locked')
    await expect.poll(() => keyRow('locked')).toBeDefined()
    const others = await Promise.all([1, 2, 3].map(() => accept(invitee, invite.id, {}, 'locked')))
    expect(others.map(({ status }) => status)).toEqual([409, 409, 409])
    await lock.commit()
    const answer = await first
    expect(answer.status).toBe(200)
    expect((await accept(invitee, invite.id, {}, 'locked')).text).toBe(answer.text)
    expect(await db('invite_acceptances').where({ inviteId: invite.id })).toHaveLength(1)
  })
})

describe('accepting with a key', () => {
  it('again replays the answer, after deleteOnUse too', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee, { deleteOnUse: true })
    const first = await accept(invitee, invite.id, {}, 'accept')
    const again = await accept(invitee, invite.id, {}, 'accept')
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text])
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await db('invites').where({ id: invite.id })).toEqual([])
    expect((await accept(invitee, invite.id, { passcode: 'other' }, 'accept')).status).toBe(422)
  })

  it('that was done before without the key answers at once, every time', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee)
    const first = await invitee.accept(invite.id)
    const replies = [
      await accept(invitee, invite.id, {}, 'late'),
      await accept(invitee, invite.id, {}, 'late'),
      await accept(invitee, invite.id, {}, 'late')
    ]
    expect(replies.map(({ status, text }) => [status, text])).toEqual(replies.map(() => [200, first.text]))
  })

  it('is one key for each path', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invites = [await inviter.inviteToChannel(invitee), await inviter.inviteToChannel(invitee)]
    for (const { id } of invites) {
      const reply = await accept(invitee, id, {}, 'paths')
      expect([reply.status, reply.body.invite.id]).toEqual([200, id])
      expect((await accept(invitee, id.toUpperCase(), {}, 'paths')).text).toBe(reply.text)
    }
  })

  it('by registering replays the answer without the access token, to who holds the same passcode', async () => {
    const inviter = await person(server)
    const invite = await inviter.invite(mailed())
    const passcode = await server.mailedPasscode(invite.id)
    const body = { passcode, register }
    const anonymously = (data: object, key: string) =>
      call(server, 'POST', `/invite/${invite.id}/accept`, { body: data, headers: keyed(key) })
    const first = await anonymously(body, 'register')
    const again = await anonymously(body, 'register')
    expect([first.status, again.status]).toEqual([201, 201])
    expect(typeof first.body.accessToken).toBe('string')
    expect(again.body).toEqual({ ...first.body, accessToken: null })
    expect(await db('users').where({ id: first.body.invite.inviteeId })).toHaveLength(1)

    const kept = JSON.stringify(await keyRow('register'))
    for (const secret of [first.body.accessToken, passcode, register.password]) expect(kept).not.toContain(secret)
    expect((await anonymously({ ...body, passcode: 'another one' }, 'register')).status).toBe(404)
    expect((await anonymously({ passcode, register: { ...register, name: 'Other' } }, 'register')).status).toBe(422)
    expect((await anonymously(body, 'another key')).status).toBe(401)
  })

  it('by registering, many times at once, makes one account', async () => {
    const inviter = await person(server)
    const invite = await inviter.invite(mailed())
    const passcode = await server.mailedPasscode(invite.id)
    const replies = await Promise.all(
      Array.from({ length: 10 }, () =>
        call(server, 'POST', `/invite/${invite.id}/accept`, { body: { passcode, register }, headers: keyed('crowd') })
      )
    )
    const made = replies.filter(({ status }) => status === 201)
    expect(made.length).toBeGreaterThan(0)
    expect(replies.filter(({ status }) => status !== 201 && status !== 409)).toEqual([])
    expect(await db('identity_providers').where({ token: invite.token })).toHaveLength(1)
    expect(made.filter(({ body }) => body.accessToken !== null)).toHaveLength(1)
  })

  it('says what is missing, with a key as without one', async () => {
    const inviter = await person(server)
    const invite = await inviter.invite(mailed())
    const bodies = [{ register }, {}]
    for (const body of bodies) {
      const path = `/invite/${invite.id}/accept`
      const plain = await call(server, 'POST', path, { body })
      const withKey = await call(server, 'POST', path, { body, headers: keyed('missing') })
      expect([withKey.status, withKey.text]).toEqual([plain.status, plain.text])
    }
  })

  it('counts a wrong passcode each time, and then takes the right one', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink()
    const wrong = [1, 2, 3, 4].map(() => ({ passcode: 'wrong' }))
    for (const body of wrong) expect((await accept(holder, link.id, body, 'guess')).status).toBe(404)
    expect((await accept(holder, link.id, { passcode: link.passcode }, 'guess')).status).toBe(200)
  })
})

describe('resending with a key', () => {
  it('again replays the answer within the 60 seconds, without the new passcode', async () => {
    const inviter = await person(server)
    const link = await inviter.bearerLink()
    const first = await resend(inviter, link.id, 'resend')
    const again = await resend(inviter, link.id, 'resend')
    expect([first.status, again.status]).toEqual([202, 202])
    expect(first.body.passcode).not.toBe(link.passcode)
    expect(again.body).toEqual({ ...first.body, passcode: null, link: null })
    expect(JSON.stringify(await keyRow('resend'))).not.toContain(first.body.passcode)
    expect((await resend(inviter, link.id, 'another')).status).toBe(429)
    const opens = await call<Invite>(server, 'POST', `/invite/${link.id}/preview`, {
      body: { passcode: first.body.passcode }
    })
    expect(opens.status).toBe(200)
  })

  it('sends one message', async () => {
    const inviter = await person(server)
    const invite = await inviter.invite(mailed())
    await Promise.all(Array.from({ length: 10 }, () => resend(inviter, invite.id, 'mail')))
    expect(await db('outbox').where({ subjectId: invite.id })).toHaveLength(2)
    const actions = await db('invite_history').where({ inviteId: invite.id, action: 'resent' })
    expect(actions).toHaveLength(1)
  })
})
