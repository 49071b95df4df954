// Faults between the commit and the answer, and a BEGIN that fails: inside one process, on both databases where it can.
import { afterAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { proxyTo } from './support/database-proxy.js'
import { until } from './support/patience.js'
import { person } from './support/people.js'
import { makeDatabase, onPostgres, startServer, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

describe('between the commit and the answer', async () => {
  const server = await useServer()

  it('a listener that throws changes nothing of the answer, the rows, or what others hear', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const invites = [await ada.inviteToChannel(bob), await ada.inviteToChannel(bob), await ada.inviteToChannel(bob)]
    const sockets = [await SocketClient.open(server, ada.token), await SocketClient.open(server, bob.token)]
    const heard: string[][] = sockets.map(() => [])
    sockets.forEach(({ socket }, index) => socket.on('invite patched', ({ id }: Invite) => heard[index]?.push(id)))
    let thrown = 0
    const faulty = () => {
      thrown += 1
      throw new Error('a listener of this test')
    }
    server.app.service('invite').on('patched', faulty)
    const ids = invites.map(({ id }) => id).toSorted()
    const reply = await ada.patch({ id: { $in: ids } }, { spawnType: 'spectate' })
    server.app.service('invite').off('patched', faulty)
    expect(reply.status).toBe(200)
    expect(reply.body.map(({ id }: Invite) => id)).toEqual(ids)
    expect(thrown).toBe(3)
    const rows = await server.db('invites').whereIn('id', ids)
    expect(rows.map(({ spawnType }) => spawnType)).toEqual(['spectate', 'spectate', 'spectate'])
    await until(() => heard.every((events) => events.length >= 3), 'the events of both')
    expect(heard).toEqual([ids, ids])
    for (const socket of sockets) socket.close()
  })

  it('an invitee who is deleted is nobody in the events, and the answer stands', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const invite = await ada.inviteToChannel(bob)
    const socket = await SocketClient.open(server, ada.token)
    const heard: Invite[] = []
    socket.socket.on('invite patched', (event: Invite) => heard.push(event))
    // Whoever reads people for the events, in a statement of its own after the commit, finds one of them gone.
    await server.db.raw(`
      alter function people_and_places(uuid[], uuid[], uuid[], text[]) rename to people_and_places_as_it_was;
      create function people_and_places(a uuid[], b uuid[], c uuid[], d text[]) returns json volatile language plpgsql as $$
      begin
        if current_query() like 'select people_and_places(%' then delete from users where id = '${bob.id}'; end if;
        return people_and_places_as_it_was(a, b, c, d);
      end $$`)
    const reply = await ada.patch({ id: invite.id }, { spawnType: 'spectate' })
    await server.db.raw(`
      drop function people_and_places(uuid[], uuid[], uuid[], text[]);
      alter function people_and_places_as_it_was(uuid[], uuid[], uuid[], text[]) rename to people_and_places`)
    expect(await server.db('users').where({ id: bob.id })).toEqual([])
    expect(reply.status).toBe(200)
    // The answer is of the moment of the change, the event of the moment after.
    expect(reply.body).toMatchObject([
      { id: invite.id, spawnType: 'spectate', inviteeId: bob.id, invitee: { id: bob.id } }
    ])
    await until(() => heard.length > 0, 'the event')
    expect(heard).toMatchObject([{ id: invite.id, spawnType: 'spectate', inviteeId: null, invitee: null }])
    socket.close()
    // The row's own column follows.
    expect((await ada.call('GET', `/invite/${invite.id}`)).body).toMatchObject({ inviteeId: null, invitee: null })
  })
})

/** `type` and payload as a message of the protocol. */
const message = (type: string, payload: string) => {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(payload))
  bytes.write(type, 0)
  bytes.writeInt32BE(4 + Buffer.byteLength(payload), 1)
  bytes.write(payload, 5)
  return bytes
}
const begin = message('Q', 'BEGIN;\0')
const refusal = Buffer.concat([message('E', 'SERROR\0VERROR\0C57014\0Mcanceled\0\0'), message('Z', 'I')])

describe.runIf(onPostgres)('a BEGIN that fails on a connection that goes on', async () => {
  if (!onPostgres) return
  const database = await makeDatabase()
  let refused = 0
  let isArmed = false
  // Answers BEGIN in place of Postgres when it is told to.
  const proxy = await proxyTo(database.url, () => ({
    toPostgres: (chunk, pass, client) => {
      if (!isArmed || !chunk.equals(begin)) return pass()
      refused += 1
      client.write(refusal)
    }
  }))
  const server = await startServer({ database: { url: proxy.url, poolSize: 2 } })
  afterAll(async () => {
    await server.stop()
    await proxy.close()
    await database.drop()
  })

  it('does nothing outside of a transaction', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const link = await ada.bearerLink({ maxUses: 2 })
    isArmed = true
    const reply = await bob.accept(link.id, { passcode: link.passcode })
    const revoked = await ada.call('DELETE', `/invite/${link.id}`)
    isArmed = false
    expect([reply.status, revoked.status, refused]).toEqual([503, 503, 2])
    expect(reply.headers.get('retry-after')).toBe('1')
    // Had anything been sent on without a transaction, it would have happened by the time of these.
    expect(await server.db('invites').where({ id: link.id }).select('uses', 'status')).toEqual([
      { uses: 0, status: 'pending' }
    ])
    expect(await server.db('channel_users').where({ channelId: link.targetObjectId, userId: bob.id })).toEqual([])
    expect((await bob.accept(link.id, { passcode: link.passcode })).status).toBe(200)
    expect(await server.db('invites').where({ id: link.id }).select('uses')).toEqual([{ uses: 1 }])
  })
})
