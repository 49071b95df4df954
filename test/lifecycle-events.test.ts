// The events that the other person gets on their own socket; and the same operations, called over sockets.
import { setTimeout as sleep } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { afterEach, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})

interface Failure {
  code: number
  className: string
}

/** Somebody on a socket of their own, and everything that it says about invites. */
async function connected(who: Person) {
  const socket = io(server.url, { transports: ['websocket'] })
  sockets.push(socket)
  const heard: [event: string, invite: Invite][] = []
  for (const event of ['created', 'patched', 'removed']) {
    socket.on(`invite ${event}`, (invite: Invite) => heard.push([event, invite]))
  }
  const emit = <Result>(...args: unknown[]) =>
    new Promise<Result>((resolve, reject) => {
      socket.emit(args[0] as string, ...args.slice(1), (error: Failure | null, result: Result) =>
        error ? reject(Object.assign(new Error('refused'), error)) : resolve(result)
      )
    })
  await emit('create', 'authentication', { strategy: 'jwt', accessToken: who.token })
  return { heard, emit, events: () => heard.map(([event, { status }]) => `${event} ${status}`) }
}

describe('inviter and invitee hear', () => {
  it('of each other what they may see of each other: an administrator, the login of who is not connected', async () => {
    const [boss, invitee] = await Promise.all([admin(server), person(server)])
    const listener = await connected(boss)
    const invite = await boss.inviteToChannel(invitee)
    const patched = await boss.must<Invite>('PATCH', `/invite/${invite.id}`, { spawnType: 'spectate' })
    expect(patched.invitee?.lastLogin?.userAgent).toBe('test agent')
    await expect.poll(() => listener.heard.at(-1)).toEqual(['patched', patched])
  })

  it('an invite’s creation, patch, resend and acceptance, each their own view; a third person nothing', async () => {
    const [inviter, invitee, stranger] = await Promise.all([person(server), person(server), person(server)])
    const [one, two, three] = await Promise.all([inviter, invitee, stranger].map(connected))
    const invite = await inviter.inviteToChannel(invitee)
    await inviter.patch({ id: invite.id }, { spawnType: 'spectate' })
    await inviter.must('POST', `/invite/${invite.id}/resend`, {})
    await invitee.accept(invite.id)
    const all = ['created pending', 'patched pending', 'patched pending', 'patched accepted']
    await expect.poll(() => one?.events()).toEqual(all)
    await expect.poll(() => two?.events()).toEqual(all)
    expect(three?.events()).toEqual([])

    const [, forInviter] = one?.heard.at(-1) ?? []
    const [, forInvitee] = two?.heard.at(-1) ?? []
    expect(forInviter).toEqual(await inviter.must('GET', `/invite/${invite.id}`))
    expect(forInvitee).toEqual(await invitee.must('GET', `/invite/${invite.id}`))
    expect([forInviter?.user.inviteCode === null, forInvitee?.user.inviteCode]).toEqual([false, null])
    expect([forInviter?.delivery === null, forInvitee?.delivery]).toEqual([false, null])
  })

  it('a decline as patched, a revocation as removed', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const [one, two] = await Promise.all([inviter, invitee].map(connected))
    const declined = await inviter.inviteToChannel(invitee)
    await invitee.must('POST', `/invite/${declined.id}/decline`, {})
    const revoked = await inviter.inviteToChannel(invitee)
    await inviter.must('DELETE', `/invite/${revoked.id}`)
    const all = ['created pending', 'patched declined', 'created pending', 'removed revoked']
    await expect.poll(() => one?.events()).toEqual(all)
    await expect.poll(() => two?.events()).toEqual(all)
  })

  it('the use that removes an invite, as removed and once', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const [one, two] = await Promise.all([inviter, invitee].map(connected))
    const invite = await inviter.inviteToChannel(invitee, { deleteOnUse: true })
    await invitee.accept(invite.id)
    await invitee.accept(invite.id)
    for (const listener of [one, two]) {
      await expect.poll(() => listener?.events()).toEqual(['created pending', 'removed accepted'])
    }
    await sleep(100)
    expect(one?.heard).toHaveLength(2)
  })

  it('nothing of what was refused, rolled back, or answered again', async () => {
    const [inviter, invitee, stranger] = await Promise.all([person(server), person(server), person(server)])
    const [one, two] = await Promise.all([inviter, invitee].map(connected))
    const invite = await inviter.inviteToChannel(invitee)
    await stranger.accept(invite.id)
    await inviter.accept(invite.id)
    await inviter.call('PATCH', `/invite/${invite.id}`, { body: { maxUses: 5 } })
    await invitee.call('POST', `/invite/${invite.id}/resend`, { body: {} })
    await invitee.accept(invite.id)
    await invitee.accept(invite.id)
    const last = await inviter.invite({ inviteType: 'friend', inviteeId: invitee.id })
    for (const listener of [one, two]) {
      await expect.poll(() => listener?.heard.at(-1)?.[1].id).toBe(last.id)
      expect(listener?.events()).toEqual(['created pending', 'patched accepted', 'created pending'])
    }
  })

  it('an invite to their verified address, which names nobody; no passcode is in any event', async () => {
    const [inviter, owner] = await Promise.all([person(server), person(server)])
    const first = await inviter.invite({ inviteType: 'friend', token: owner.email, identityProviderType: 'email' })
    await owner.accept(first.id, { passcode: await server.mailedPasscode(first.id) })
    const [one, two] = await Promise.all([inviter, owner].map(connected))
    const channel = await inviter.channel()
    const second = await inviter.invite({
      inviteType: 'channel',
      targetObjectId: channel.id,
      token: owner.email,
      identityProviderType: 'email'
    })
    const link = await inviter.bearerLink()
    await inviter.must('POST', `/invite/${link.id}/resend`, {})
    await expect.poll(() => two?.heard.map(([event, { id }]) => [event, id])).toEqual([['created', second.id]])
    await expect.poll(() => one?.events()).toEqual(['created pending', 'created pending', 'patched pending'])
    for (const listener of [one, two]) {
      expect(listener?.heard.map(([, { passcode, inviteeId }]) => [passcode, inviteeId])).toEqual(
        listener?.heard.map(() => [null, null])
      )
    }
  })

  it('who registered to accept: the inviter hears the name', async () => {
    const inviter = await person(server)
    const one = await connected(inviter)
    const invite = await inviter.invite({ inviteType: 'new-user', token: newAddress(), identityProviderType: 'email' })
    const body = {
      passcode: await server.mailedPasscode(invite.id),
      register: { name: 'Newcomer', password: 'a password of some length' }
    }
    expect((await call(server, 'POST', `/invite/${invite.id}/accept`, { body })).status).toBe(201)
    await expect.poll(() => one.events()).toEqual(['created pending', 'patched accepted'])
    expect(one.heard.at(-1)?.[1].invitee?.name).toBe('Newcomer')
  })
})

describe('over a socket', () => {
  it('each operation is a service of its own, with the same answers as over HTTP', async () => {
    const [inviter, holder] = await Promise.all([person(server), person(server)])
    const [one, two] = [await connected(inviter), await connected(holder)]
    const { id: targetObjectId } = await inviter.channel()
    const link = await one.emit<Invite>('create', 'invite', { inviteType: 'channel', targetObjectId, maxUses: 2 })
    const { passcode } = link
    const preview = await two.emit<object>('create', `invite/${link.id}/preview`, { passcode })
    const overHttp = await holder.must<object>('POST', `/invite/${link.id}/preview`, { passcode })
    expect(preview).toEqual({ ...overHttp, now: expect.any(String) })
    const answer = await two.emit<object>('create', `invite/${link.id}/accept`, { passcode })
    expect(answer).toEqual((await holder.accept(link.id)).body)
    const resent = await one.emit<Invite>('create', `invite/${link.id}/resend`, {})
    expect(resent.passcode).not.toBe(passcode)
    const history = await one.emit<object>('find', `invite/${link.id}/history`, {})
    expect(history).toEqual(await inviter.must('GET', `/invite/${link.id}/history`))
    const declining = two.emit('create', `invite/${link.id}/decline`, {})
    await expect(declining).rejects.toMatchObject({ code: 403, className: 'forbidden' })
    const revoked = await one.emit<Invite>('remove', 'invite', link.id)
    expect(revoked.status).toBe('revoked')
    await expect(one.emit('create', `invite/${link.id}/resend`, {})).rejects.toMatchObject({ code: 409 })
  })

  it('an accept by nobody in particular is refused, and makes an account with a registration', async () => {
    const inviter = await person(server)
    const link = await inviter.bearerLink()
    const socket = io(server.url, { transports: ['websocket'] })
    sockets.push(socket)
    const accept = (data: object) =>
      new Promise<{ error: Failure | null; result: { accessToken: string; invite: Invite } }>((resolve) => {
        const path = `invite/${link.id}/accept`
        socket.emit('create', path, data, (error: Failure | null, result: { accessToken: string; invite: Invite }) =>
          resolve({ error, result })
        )
      })
    expect((await accept({ passcode: link.passcode })).error).toMatchObject({ code: 401 })
    const register = { name: 'Newcomer', password: 'a password of some length', email: newAddress() }
    const { error, result } = await accept({ passcode: link.passcode, register })
    expect([error, result.invite.status, typeof result.accessToken]).toEqual([null, 'accepted', 'string'])
  })
})

describe('a channel', () => {
  const mine = (who: Person) => server.app.channels.filter((name) => name === `user/${who.id}`)

  it('is there while its person is connected, and not made by those who tell them something', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const { heard } = await connected(inviter)
    expect([mine(inviter), mine(invitee)].map(({ length }) => length)).toEqual([1, 0])
    await inviter.inviteToChannel(invitee)
    await expect.poll(() => heard.length).toBe(1)
    expect(mine(invitee)).toEqual([])
    for (const socket of sockets.splice(0)) socket.disconnect()
    await expect.poll(() => mine(inviter)).toEqual([])
  })

  it('is left by a logout, by a login as another person, and by one of two connections alone', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const [first, second] = [await connected(ada), await connected(ada)]
    expect(server.app.channel(`user/${ada.id}`).length).toBe(2)
    await first.emit('create', 'authentication', { strategy: 'jwt', accessToken: bob.token })
    expect([mine(ada).length, mine(bob).length]).toEqual([1, 1])
    expect(server.app.channel(`user/${ada.id}`).length).toBe(1)
    await second.emit('remove', 'authentication', null)
    expect(mine(ada)).toEqual([])
    await ada.inviteToChannel(bob)
    await expect.poll(() => first.events()).toEqual(['created pending'])
    expect(second.events()).toEqual([])
  })
})
