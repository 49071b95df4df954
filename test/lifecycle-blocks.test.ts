// A person who blocks the inviter: for them the invite does not exist, and the inviter notices nothing.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { call, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server

const block = (blocker: Person, blocked: Person) =>
  blocker.must<{ id: string }>('POST', '/user-relationship', {
    relatedUserId: blocked.id,
    userRelationshipType: 'blocking'
  })
const unblock = (blocker: Person, { id }: { id: string }) => blocker.must('DELETE', `/user-relationship/${id}`)
const listed = async (who: Person, query = 'action=received') =>
  (await who.must('GET', `/invite?${query}`)).data.map(({ id }: Invite) => id)
const to = (token: string) => ({ inviteType: 'friend', token, identityProviderType: 'email' })

/** Everything that a person can ask about an invite, as statuses. */
async function asked(who: Person, id: string, passcode?: string) {
  const sent = passcode === undefined ? {} : { passcode }
  const call = async (method: string, path: string, body?: object) =>
    (await who.call(method, path, body && { body })).status
  return [
    await call('GET', `/invite/${id}`),
    await call('GET', `/invite/${id}/history`),
    await call('POST', `/invite/${id}/accept`, sent),
    await call('POST', `/invite/${id}/decline`, sent),
    await call('POST', `/invite/${id}/resend`, {}),
    await call('PATCH', `/invite/${id}`, { spawnType: 'spectate' }),
    await call('DELETE', `/invite/${id}`)
  ]
}

/** The same without an access token: the passcode alone is the invitee's as well. */
async function askedByPasscode(id: string, passcode = 'none was mailed') {
  const register = { name: 'Another', password: 'a password of some length' }
  const statuses: number[] = []
  for (const [verb, body] of [['preview'], ['decline'], ['accept', { register }]] as const) {
    statuses.push((await call(server, 'POST', `/invite/${id}/${verb}`, { body: { passcode, ...body } })).status)
  }
  return statuses
}

const nothing = [404, 404, 404, 404, 404, 404, 404]

describe('a person who blocks the inviter', () => {
  it.each(['id', 'address'])('has no invite by %s any more, until they unblock the inviter', async (way) => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    await verifyAddress(server, invitee)
    const invite = await inviter.invite(
      way === 'id' ? { inviteType: 'friend', inviteeId: invitee.id } : to(invitee.email)
    )
    const passcode = way === 'id' ? undefined : await server.mailedPasscode(invite.id)
    const seen = () => inviter.must<Invite>('GET', `/invite/${invite.id}`)
    await expect.poll(seen).toMatchObject({ delivery: { status: way === 'id' ? 'none' : 'sent' } })
    expect(await listed(invitee)).toEqual([invite.id])
    const before = await seen()
    const row = await block(invitee, inviter)

    for (const query of ['action=received', '', 'status=pending']) expect(await listed(invitee, query)).toEqual([])
    expect(await asked(invitee, invite.id)).toEqual(nothing)
    expect(await asked(invitee, invite.id, passcode)).toEqual(nothing)
    expect(await askedByPasscode(invite.id, passcode)).toEqual([404, 404, 404])
    expect(await seen()).toEqual(before)
    expect(await listed(inviter, 'action=sent')).toEqual([invite.id])

    await unblock(invitee, row)
    expect(await listed(invitee)).toEqual([invite.id])
    expect((await invitee.accept(invite.id)).status).toBe(200)
  })

  it('does not see what they accepted before either', async () => {
    const [inviter, member] = await Promise.all([person(server), person(server)])
    const link = await inviter.bearerLink({ maxUses: 3 })
    await member.accept(link.id, { passcode: link.passcode })
    expect((await member.call('GET', `/invite/${link.id}`)).status).toBe(200)
    const row = await block(member, inviter)
    expect(await asked(member, link.id)).toEqual(nothing)
    expect((await asked(member, link.id, link.passcode))[2]).toBe(404)
    expect(
      (await call(server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: link.passcode } })).status
    ).toBe(200)
    await unblock(member, row)
    expect((await member.accept(link.id)).status).toBe(200)
  })

  it('still has the invites of others, and what they sent', async () => {
    const [blocked, other, invitee] = await Promise.all([person(server), person(server), person(server)])
    const mine = await invitee.invite({ inviteType: 'friend', inviteeId: blocked.id })
    const theirs = await other.invite({ inviteType: 'friend', inviteeId: invitee.id })
    await blocked.invite({ inviteType: 'friend', inviteeId: invitee.id })
    await block(invitee, blocked)
    expect(await listed(invitee, '')).toEqual([theirs.id, mine.id])
    expect((await invitee.call('GET', `/invite/${mine.id}`)).status).toBe(200)
    // The blocked person blocks nobody, and reads what they got.
    expect(await listed(blocked)).toEqual([mine.id])
  })

  it('hears nothing of it, while the inviter does', async () => {
    const [inviter, other, invitee] = await Promise.all([person(server), person(server), person(server)])
    await verifyAddress(server, invitee)
    const sockets = await Promise.all([inviter, invitee].map(({ token }) => SocketClient.open(server, token)))
    const heard = sockets.map((client) => {
      const ids: string[] = []
      for (const event of ['created', 'patched', 'removed']) {
        client.socket.on(`invite ${event}`, ({ id }: Invite) => ids.push(`${event} ${id}`))
      }
      return ids
    })
    const named = await inviter.invite({ inviteType: 'friend', inviteeId: invitee.id })
    await block(invitee, inviter)
    const mailed = await inviter.invite(to(invitee.email))
    await inviter.patch({ id: { $in: [named.id, mailed.id] } }, { spawnType: 'spectate' })
    await inviter.must('DELETE', `/invite/${named.id}`)
    const last = await other.invite({ inviteType: 'friend', inviteeId: invitee.id })
    await expect.poll(() => heard[1]).toEqual([`created ${named.id}`, `created ${last.id}`])
    await expect
      .poll(() => heard[0])
      .toEqual([
        `created ${named.id}`,
        `created ${mailed.id}`,
        `patched ${named.id}`,
        `patched ${mailed.id}`,
        `removed ${named.id}`
      ])
    for (const client of sockets) client.close()
  })

  it.each(['made', 'sent again'])('is not written to when an invite to their address is %s', async (when) => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    await verifyAddress(server, owner)
    const both: Invite[] = []
    const make = async () => both.push(await inviter.invite(to(owner.email)), await inviter.invite(to(newAddress())))
    if (when === 'sent again') {
      await make()
      await Promise.all(both.map(({ id }) => server.mailedPasscode(id)))
    }
    await block(owner, inviter)
    if (when === 'made') await make()
    else for (const { id } of both) await inviter.must('POST', `/invite/${id}/resend`, {})
    const messages = when === 'made' ? 1 : 2
    const look = async ({ id }: Invite) => {
      const { status, delivery } = await inviter.must<Invite>('GET', `/invite/${id}`)
      const history: { action: string }[] = await inviter.must('GET', `/invite/${id}/history`)
      const delivered = history.filter(({ action }) => action === 'delivered').length
      return [status, delivery?.status, delivery?.attempts, delivered]
    }
    for (const invite of both) {
      await expect.poll(() => look(invite)).toEqual(['pending', 'sent', messages, messages])
    }
    const written = both.map(({ id }) => server.mail().split(`/i/${id}#`).length - 1)
    expect(written).toEqual([messages - 1, messages])
    expect(
      await db('outbox')
        .whereIn(
          'subjectId',
          both.map(({ id }) => id)
        )
        .pluck('status')
    ).toEqual(Array.from({ length: 2 * messages }, () => 'sent'))
    expect(await listed(owner)).toEqual([])
  })
})
