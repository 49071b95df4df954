// The events of one invite arrive in the order of its changes, however long it takes to load what a listener sees.
import { expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { sleep, until } from './support/patience.js'
import { person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const callers = server.app.get('callers')
const byId = callers.byId.bind(callers)

async function listener(token: string) {
  const client = await SocketClient.open(server, token)
  const heard: [event: string, at: string][] = []
  for (const event of ['created', 'patched', 'removed']) {
    client.socket.on(`invite ${event}`, ({ updatedAt }: Invite) => heard.push([event, updatedAt]))
  }
  let stale = 0
  client.socket.on('stale', () => (stale += 1))
  return { client, heard, stale: () => stale }
}

it('200 quick patches and a revocation of one invite are heard in their order, by both of its people', async () => {
  const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
  const { id } = await ada.inviteToChannel(bob)
  const ears = await Promise.all([listener(ada.token), listener(bob.token)])
  // A listener's rights take a varying time to load, as when the database is busy.
  callers.byId = async (userId) => {
    await sleep(Math.random() * 30)
    return byId(userId)
  }
  try {
    for (let round = 0; round < 10; round++) {
      const change = (n: number) => ({ spawnType: n % 2 === 0 ? 'spectate' : 'spawnPoint' })
      await Promise.all(Array.from({ length: 20 }, (_, n) => ada.must('PATCH', `/invite/${id}`, change(n))))
    }
    // Which of the two comes first is a race: after the revocation, the patch is a 409.
    const patch = ada.call('PATCH', `/invite/${id}`, { body: { spawnType: null } })
    await Promise.all([patch, ada.must('DELETE', `/invite/${id}`)])
  } finally {
    callers.byId = byId
  }
  for (const { heard, client } of ears) {
    await until(() => heard.at(-1)?.[0] === 'removed', 'the last event')
    expect(heard.filter(([event]) => event === 'patched').length).toBeGreaterThanOrEqual(200)
    const times = heard.map(([, at]) => Date.parse(at))
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
    client.close()
  }
})

it('a listener whose events could not be loaded is told so, and hears the next ones', async () => {
  const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
  const ear = await listener(bob.token)
  // The token of a call is looked up by its own way.
  callers.byId = (userId) => (userId === bob.id ? Promise.reject(new Error('not just now')) : byId(userId))
  try {
    await ada.inviteToChannel(bob)
  } finally {
    callers.byId = byId
  }
  await until(() => ear.stale() === 1, 'the word that events are missing')
  expect(ear.heard).toEqual([])
  await ada.inviteToChannel(bob)
  await until(() => ear.heard.length === 1, 'the next event')
  ear.client.close()
})
