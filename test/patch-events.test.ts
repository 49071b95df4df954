// The events of a PATCH: the inviter and the invitee of each row get one, after the commit, each in their own view.
import { expect, it } from 'vitest'
import { inviteKeys, type Invite } from '../src/services/invite/invite.table.js'
import { admin, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()

/** Everything that somebody hears of invites; `settled` waits until what was sent before has arrived. */
async function listen(who: Person) {
  const client = await SocketClient.open(server, who.token)
  const heard: [event: string, invite: Invite][] = []
  for (const event of ['created', 'patched', 'removed']) {
    client.socket.on(`invite ${event}`, (invite: Invite) => heard.push([event, invite]))
  }
  const settled = async () => {
    // An event of one's own is the last to arrive: all the others were sent before it.
    const { id } = await who.bearerLink()
    await expect.poll(() => heard.some(([event, invite]) => event === 'created' && invite.id === id)).toBe(true)
    const index = heard.findIndex(([, invite]) => invite.id === id)
    const [[, own] = []] = heard.splice(index, 1)
    // The passcode of a link is in the reply to its creation, and not even in its inviter's event.
    expect(own?.passcode).toBeNull()
    return heard.splice(0)
  }
  return { settled, close: () => client.close() }
}

const idsOf = (heard: [string, Invite][], event = 'patched') =>
  heard
    .filter(([name]) => name === event)
    .map(([, { id }]) => id)
    .sort()

it('inviter and invitee hear of each row once, and nobody else hears of it', async () => {
  const [ada, bob, eve, boss] = await Promise.all([
    person(server, 'Ada'),
    person(server, 'Bob'),
    person(server, 'Eve'),
    admin(server)
  ])
  const [toBob, alsoToBob, toEve, link] = await Promise.all([
    ada.inviteToChannel(bob),
    ada.inviteToChannel(bob),
    ada.inviteToChannel(eve),
    ada.bearerLink()
  ])
  const ears = await Promise.all([ada, bob, eve, boss].map(listen))
  const all = { id: { $in: [toBob.id, alsoToBob.id, toEve.id, link.id] } }
  expect((await ada.patch(all, { spawnType: 'spectate' })).body).toHaveLength(4)
  const heard = await Promise.all(ears.map(({ settled }) => settled()))
  expect(heard.map((events) => idsOf(events))).toEqual([
    [toBob.id, alsoToBob.id, toEve.id, link.id].sort(),
    [toBob.id, alsoToBob.id].sort(),
    [toEve.id],
    []
  ])
  // An administrator who changes others' invites hears nothing of them either.
  expect((await boss.patch({ id: toEve.id }, { spawnType: 'spawnPoint' })).body).toHaveLength(1)
  const again = await Promise.all(ears.map(({ settled }) => settled()))
  expect(again.map((events) => idsOf(events))).toEqual([[toEve.id], [], [toEve.id], []])
  for (const { close } of ears) close()
})

it('each hears their own view: whole, in order, without a passcode', async () => {
  const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
  const { id } = await ada.inviteToChannel(bob)
  const ears = await Promise.all([ada, bob].map(listen))
  const [patched] = (await ada.patch({ id }, { spawnDetails: { a: 1 } })).body
  const [toAda, toBob] = await Promise.all(ears.map(({ settled }) => settled()))
  expect(toAda?.map(([, invite]) => invite)).toEqual([patched])
  const seenByBob = await bob.must<Invite>('GET', `/invite/${id}`)
  expect(toBob?.map(([, invite]) => invite)).toEqual([seenByBob])
  expect(Object.keys(toBob?.[0]?.[1] ?? {})).toEqual(inviteKeys)
  expect(seenByBob).toMatchObject({ passcode: null, delivery: null, user: { lastLogin: null, inviteCode: null } })
  expect(seenByBob.invitee?.lastLogin).not.toBeNull()
  for (const { close } of ears) close()
})

it('whose address it is hears of it when the address is verified, and not before', async () => {
  const [ada, bob] = await Promise.all([person(server), person(server)])
  const { id } = await ada.inviteAddress({ token: bob.email })
  const ear = await listen(bob)
  await ada.patch({ id }, { spawnType: 'spectate' })
  expect(await ear.settled()).toEqual([])
  await verifyAddress(server, bob)
  await ada.patch({ id }, { spawnType: null })
  expect(idsOf(await ear.settled())).toEqual([id])
  ear.close()
})

it('nobody hears of what was refused, matched nothing, or came after they signed out', async () => {
  const [ada, bob] = await Promise.all([person(server), person(server)])
  const [one, other] = await Promise.all([ada.inviteToChannel(bob), ada.bearerLink()])
  const ears = await Promise.all([ada, bob].map(listen))
  expect((await ada.patch({ userId: ada.id }, { maxUses: 3 })).status).toBe(400)
  expect((await ada.patch({ id: one.id, timed: true }, { spawnType: null })).body).toEqual([])
  expect((await bob.call('PATCH', `/invite/${one.id}`, { body: { timed: false } })).status).toBe(403)
  expect((await Promise.all(ears.map(({ settled }) => settled()))).flat()).toEqual([])
  const left = await SocketClient.open(server, bob.token)
  let leftHeard = 0
  left.socket.on('invite patched', () => (leftHeard += 1))
  await left.call('remove', 'authentication', null, {})
  await ada.patch({ id: { $in: [one.id, other.id] } }, { spawnType: 'spectate' })
  expect((await Promise.all(ears.map(({ settled }) => settled()))).map((heard) => idsOf(heard))).toEqual([
    [one.id, other.id].sort(),
    [one.id]
  ])
  expect(leftHeard).toBe(0)
  left.close()
  for (const { close } of ears) close()
})

it('a socket hears of what it changed itself, and of what came over REST, alike', async () => {
  const [ada, bob] = await Promise.all([person(server), person(server)])
  const { id } = await ada.inviteToChannel(bob)
  const ear = await listen(bob)
  const socket = await SocketClient.open(server, ada.token)
  const own: Invite[] = []
  socket.socket.on('invite patched', (invite: Invite) => own.push(invite))
  const reply = await socket.call('patch', 'invite', null, { spawnType: 'spectate' }, { id })
  expect(reply.status).toBe(200)
  expect(idsOf(await ear.settled())).toEqual([id])
  await expect.poll(() => own).toEqual(reply.body)
  socket.close()
  ear.close()
})
