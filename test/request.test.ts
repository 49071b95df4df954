// A holder of the passcode of an expired invite asks its inviter for a new one: what the inviter alone hears, and what is
// refused.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'socket.io-client'
import { afterEach, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { admin, call, person, type Person, type Reply } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { expectLimit, expectTooMany } from './support/too-many.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server
const day = 86_400

const request = (id: string, passcode: string, who?: Person, headers: Record<string, string> = {}) =>
  call(server, 'POST', `/invite/${id}/request`, { body: { passcode }, headers }, who?.token)
const stored = (id: string) => db('invites').where({ id }).first()
const requests = (inviteId: string) => db('invite_history').where({ inviteId, action: 'requested' }).pluck('userId')
const reasonOf = ({ status, body }: Reply) => [status, body.data.reason]
const block = (who: Person, whom: Person) =>
  who.must('POST', '/user-relationship', { relatedUserId: whom.id, userRelationshipType: 'blocking' })

/** Lets the lifetime of an invite end. */
async function expire<I extends Invite>(invite: I): Promise<I> {
  await db('invites')
    .where({ id: invite.id })
    .update({ createdAt: db.raw(`"createdAt" - interval '2 days'`), expiresAt: db.raw(`now() - interval '1 day'`) })
  return invite
}
const expiredLink = async (inviter: Person) => expire(await inviter.bearerLink())

/** As if the last request had been made a day ago. */
const aDayLater = (id: string) =>
  db('invites')
    .where({ id })
    .update({ requestedAt: db.raw(`"requestedAt" - interval '1 day'`) })

const open: SocketClient[] = []
afterEach(() => {
  for (const client of open.splice(0)) client.close()
})

/** The events about invites that a person hears. */
async function listening(who: Person): Promise<[event: string, invite: Invite][]> {
  const client = await SocketClient.open(server, who.token)
  open.push(client)
  const heard: [string, Invite][] = []
  const socket: Socket = client.socket
  socket.onAny((event: string, invite: Invite) => heard.push([event, invite]))
  return heard
}

describe('a request for a new invite', () => {
  it('is heard by the inviter alone, as they see the invite, and is in the history', async () => {
    const [ada, bob, cy, boss] = await Promise.all([
      person(server, 'Ada'),
      person(server, 'Bob'),
      person(server, 'Cy'),
      admin(server)
    ])
    await verifyAddress(server, bob)
    const invite = await ada.invite({ inviteType: 'friend', token: bob.email, identityProviderType: 'email' })
    const passcode = await server.mailedPasscode(invite.id)
    await expect.poll(async () => (await stored(invite.id)).deliveryStatus).toBe('sent')
    await expire(invite)
    const before = await stored(invite.id)
    const [one, two, three, four] = await Promise.all([ada, bob, cy, boss].map(listening))

    const reply = await request(invite.id, passcode)
    expect(reply.status).toBe(202)
    expect(Object.keys(reply.body)).toEqual(['requestedAt'])
    const { requestedAt, ...rest } = await stored(invite.id)
    expect([requestedAt, { ...rest, requestedAt: null }]).toEqual([reply.body.requestedAt, before])
    expect(Math.abs(Date.parse(requestedAt) - Date.now())).toBeLessThan(5000)

    const seen = await ada.must<Invite>('GET', `/invite/${invite.id}`)
    expect(seen).toMatchObject({ status: 'expired', token: bob.email })
    await expect.poll(() => one).toEqual([['invite requested', seen]])
    expect(JSON.stringify(one)).not.toContain(passcode)
    // Both people get the next event.
    await ada.must('POST', `/invite/${invite.id}/resend`, {})
    await expect.poll(() => two?.map(([event]) => event)).toEqual(['invite patched'])
    expect([one?.map(([event]) => event), three, four]).toEqual([['invite requested', 'invite patched'], [], []])
    expect(await requests(invite.id)).toEqual([null])
  })

  it('says who asked, if the caller has a good token, and ignores a bad one; over sockets too', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const links = await Promise.all([1, 2, 3].map(() => expiredLink(ada)))
    const [first, second, third] = links as [Invite, Invite, Invite]
    expect((await request(first.id, String(first.passcode), bob)).status).toBe(202)
    const garbage = { authorization: 'Bearer garbage' }
    expect((await request(second.id, String(second.passcode), undefined, garbage)).status).toBe(202)
    const client = await SocketClient.open(server, bob.token)
    open.push(client)
    const ask = () => client.call('create', `invite/${third.id}/request`, { passcode: third.passcode }, {})
    const answer = await ask()
    expect([answer.status, Object.keys(answer.body)]).toEqual([200, ['requestedAt']])
    const again = await ask()
    expect(again.status).toBe(429)
    expectLimit(again.body, 'requestSpacing')
    expect(await Promise.all([first, second, third].map(({ id }) => requests(id)))).toEqual([
      [bob.id],
      [null],
      [bob.id]
    ])
    const history = await ada.must<{ action: string; userId: string | null }[]>('GET', `/invite/${first.id}/history`)
    expect(history.at(-1)).toMatchObject({ action: 'requested', userId: bob.id })
  })

  it('is taken once a day for each invite, from all who hold it, whatever the factor of the limits', async () => {
    expect(server.config.rateLimitFactor).not.toBe(1)
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const link = await expiredLink(ada)
    const many = await Promise.all(Array.from({ length: 8 }, () => request(link.id, link.passcode)))
    expect(many.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      202,
      ...Array.from({ length: 7 }, () => 429)
    ])
    for (const who of [undefined, bob]) {
      const reply = await request(link.id, link.passcode, who)
      expectTooMany(reply, day, 'requestSpacing')
      expect(reply.body.data).toMatchObject({ reason: 'requested-today', limit: { points: 1, seconds: day } })
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(day - 60)
    }
    expect(await requests(link.id)).toHaveLength(1)
    await aDayLater(link.id)
    expect((await request(link.id, link.passcode)).status).toBe(202)
    expect(await requests(link.id)).toHaveLength(2)
  })

  it('is refused in every state but expired, and changes nothing then', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
    const pending = await ada.bearerLink()
    const early = await ada.bearerLink({ timed: true, startTime: at(600), endTime: at(1200) })
    const used = await ada.bearerLink()
    await bob.accept(used.id, { passcode: used.passcode })
    const revoked = await ada.bearerLink()
    await ada.must('DELETE', `/invite/${revoked.id}`)
    const letter = await ada.inviteAddress()
    const declined = { id: letter.id, passcode: await server.mailedPasscode(letter.id) }
    await call(server, 'POST', `/invite/${letter.id}/decline`, { body: { passcode: declined.passcode } })
    const heard = await listening(ada)
    const told: unknown[] = []
    for (const { id, passcode } of [pending, early, used, revoked, declined]) {
      const before = await stored(id)
      told.push(reasonOf(await request(id, passcode)))
      expect(await stored(id)).toEqual(before)
      expect(await requests(id)).toEqual([])
    }
    expect(told).toEqual([
      [409, 'still-pending'],
      [409, 'still-pending'],
      [409, 'used'],
      [409, 'revoked'],
      [409, 'declined']
    ])
    expect(heard).toEqual([])
  })

  it('is taken for a timed invite whose window is over', async () => {
    const ada = await person(server)
    const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
    const link = await ada.bearerLink({ timed: true, startTime: at(-600), endTime: at(600) })
    await db('invites')
      .where({ id: link.id })
      .update({ endTime: db.raw(`now() - interval '1 minute'`) })
    expect((await request(link.id, link.passcode)).status).toBe(202)
  })

  it('is 404 without the right passcode, counted as everywhere, and where one of the people blocks the inviter', async () => {
    const [ada, bob, cy] = await Promise.all([person(server, 'Ada'), person(server, 'Bob'), person(server, 'Cy')])
    const link = await expiredLink(ada)
    await verifyAddress(server, bob)
    // A message for an invite that has expired is not sent.
    const letter = await ada.invite({ inviteType: 'friend', token: bob.email, identityProviderType: 'email' })
    const passcode = await server.mailedPasscode(letter.id)
    await expire(letter)
    expect((await request(randomUUID(), link.passcode)).status).toBe(404)
    expect((await request(letter.id, link.passcode)).status).toBe(404)
    const named = await expire(await ada.invite({ inviteType: 'friend', inviteeId: cy.id }))
    expect((await request(named.id, 'x', cy)).status).toBe(404)
    await block(bob, ada)
    await block(cy, ada)
    expect((await request(letter.id, passcode)).status).toBe(404)
    expect((await request(link.id, link.passcode, cy)).status).toBe(404)
    for (const id of [letter.id, link.id, named.id]) expect(await requests(id)).toEqual([])

    const dan = await person(server)
    for (let n = 0; n < 5; n++) expect((await request(link.id, 'wrong', dan)).status).toBe(404)
    expectTooMany(await request(link.id, link.passcode, dan), 900, 'wrongPasscodes')
    expect((await request(link.id, link.passcode)).status).toBe(202)
  })

  it('leaves the inviter the resend, which ends the passcode that asked', async () => {
    const ada = await person(server)
    const link = await expiredLink(ada)
    await request(link.id, link.passcode)
    const resent = await ada.must<Invite>('POST', `/invite/${link.id}/resend`, {})
    expect([resent.status, resent.passcode === link.passcode]).toEqual(['pending', false])
    expect((await request(link.id, link.passcode)).status).toBe(404)
    expect(reasonOf(await request(link.id, String(resent.passcode)))).toEqual([409, 'still-pending'])
    const bob = await person(server)
    expect((await bob.accept(resent.id, { passcode: resent.passcode })).status).toBe(200)
  })

  it('needs a passcode, and nothing else', async () => {
    const link = await expiredLink(await person(server))
    for (const body of [{}, { passcode: 5 }, { passcode: '' }, { passcode: link.passcode, message: 'please' }]) {
      expect((await call(server, 'POST', `/invite/${link.id}/request`, { body })).status).toBe(400)
    }
    expect(await requests(link.id)).toEqual([])
  })
})
