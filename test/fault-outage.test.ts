// Postgres is away: stopped, frozen, or without room to write. Calls say 503 soon, nothing is half done, and when it
// is back the same process serves on. FAULT_FULL=1 keeps it away for 20 s.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { canHaveCluster, full, mountSmall, useFaultyWorld, type FaultyWorld } from './support/cluster.js'
import { sleep, until } from './support/patience.js'
import { call, person, type Person, type Reply } from './support/people.js'
import { SocketClient } from './support/sockets.js'

const seconds = full ? 20 : 3
const here = canHaveCluster('Outages of Postgres')

function expectAway(reply: Reply) {
  expect([reply.status, reply.body?.className]).toEqual([503, 'unavailable'])
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(reply.text).not.toMatch(/ECONN|127\.0\.0\.1|postgres|timeout|Knex/i)
}

/** Calls of every kind, each to be answered: reads, the bulk PATCH, transactions, and those without a caller. */
const calls = (ada: Person, link: Invite & { passcode: string }, bob: Person): (() => Promise<Reply>)[] => [
  () => ada.call('GET', '/invite'),
  () => ada.patch({ inviteType: 'channel' }, { spawnType: 'spectate' }),
  () => bob.accept(link.id, { passcode: link.passcode }),
  () => ada.call('DELETE', `/invite/${link.id}`),
  () => ada.call('POST', '/channel', { body: { name: 'A channel' } }),
  () => call(ada.server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: link.passcode } }),
  () => call(ada.server, 'POST', '/authentication', { body: { strategy: 'local', email: ada.email, password: 'x' } })
]

describe.runIf(here)('an outage', async () => {
  const world = here ? await useFaultyWorld() : undefined
  if (!world) return
  const { server, db, postgres } = world
  let ada: Person
  let bob: Person
  let link: Invite & { passcode: string }
  let socket: SocketClient
  const heard: Invite[] = []

  beforeAll(async () => {
    ada = await person(server, 'Ada')
    bob = await person(server, 'Bob')
    link = await ada.bearerLink({ maxUses: 10 })
    socket = await SocketClient.open(server, ada.token)
    socket.socket.on('invite patched', (invite: Invite) => heard.push(invite))
    return () => socket.close()
  })

  /** Everything works, in the same process, and events come over the socket that was open all the time. */
  async function expectWell() {
    await until(async () => (await call(server, 'GET', '/health/ready')).status === 200, 'that it is ready')
    const before = heard.length
    // Connections that the outage has left behind may each fail one call.
    const reply = await until(async () => {
      const tried = await ada.patch({ id: link.id }, { spawnDetails: { spawnPoint: `point ${Date.now()}` } })
      return tried.status === 503 ? undefined : tried
    }, 'a PATCH that is served')
    expect(reply.status).toBe(200)
    await until(() => heard.length > before, 'an event')
    expect(heard.at(-1)?.spawnDetails).toEqual(reply.body[0].spawnDetails)
    expect((await socket.call('get', 'invite', link.id, {})).status).toBe(200)
    // Whoever was asked something in the outage finds that nobody is there, as soon as it runs: sooner than after the ten
    // seconds in which Postgres itself would end a transaction that stands still.
    const idle = `select 1 from pg_stat_activity where application_name = 'invite-service' and state like 'idle in%'`
    await until(async () => (await db.query(idle)).rowCount === 0, 'the end of every transaction', 8000)
    const replies = await Promise.all(Array.from({ length: 20 }, () => ada.call('GET', `/invite/${link.id}`)))
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  }

  const history = async () => (await db.query('select 1 from invite_history where "inviteId" = $1', [link.id])).rowCount

  it('Postgres is stopped and started again', async () => {
    const kept = await history()
    const until503 = Date.now() + seconds * 1000
    await postgres.stop('fast')
    do {
      for (const reply of await Promise.all(calls(ada, link, bob).map((run) => run()))) expectAway(reply)
      expect((await socket.call('find', 'invite', {})).status).toBe(503)
      expect((await call(server, 'GET', '/health/live')).status).toBe(200)
      expectAway(await call(server, 'GET', '/health/ready'))
    } while (Date.now() < until503)
    await postgres.start()
    await expectWell()
    // Nothing of what was refused has happened: the one PATCH that was answered with 200 is all.
    expect(await history()).toBe((kept ?? 0) + 1)
    // Whoever changed meanwhile, unheard, is looked up again.
    await db.query('delete from users where id = $1', [bob.id])
    await until(async () => (await bob.call('GET', '/invite')).status === 401, 'that the change is heard')
    bob = await person(server, 'Bob')
  })

  it('Postgres is frozen, its connections open and silent', async () => {
    // Some connections are in the pool, so that calls are sent over them and nothing comes back.
    await Promise.all(Array.from({ length: 5 }, () => ada.call('GET', '/invite')))
    const frozen = Date.now()
    postgres.freeze()
    const replies: Promise<Reply>[] = []
    try {
      for (let round = 0; round < (full ? 20 : 12); round++) {
        replies.push(...calls(ada, link, bob).map((run) => run()))
        await sleep(full ? 1000 : 300)
      }
      expect((await call(server, 'GET', '/health/live')).status).toBe(200)
      for (const reply of await Promise.all(replies)) expectAway(reply)
      // A silent connection is given up after 6 s; whoever waits for a connection, after one. The rest is this machine's.
      expect((Date.now() - frozen) / 1000).toBeLessThan(full ? 60 : 40)
    } finally {
      postgres.thaw()
    }
    await expectWell()
    // The answers given while it was frozen still hold: no call was answered from inside a stale transaction.
    const invite = await ada.inviteAddress()
    await sleep(500)
    expect((await db.query('select 1 from invites where id = $1', [invite.id])).rowCount).toBe(1)
    expect(server.log()).not.toContain('"status":500')
  })

  it('ends with 0 soon after SIGTERM, though Postgres is frozen', async () => {
    const { startProcess } = await import('./support/processes.js')
    const other = await startProcess(world.environment)
    await call(other, 'GET', '/health/ready')
    postgres.freeze()
    try {
      const running = call(other, 'GET', '/health/ready')
      await sleep(200)
      const asked = Date.now()
      process.kill(other.pid, 'SIGTERM')
      const [code] = await Promise.all([other.ended, running.catch(() => undefined)])
      expect(code).toBe(0)
      // Seven for the call and two for the database, by its own clock; the rest is this machine's.
      expect(Date.now() - asked).toBeLessThan(25_000)
    } finally {
      postgres.thaw()
    }
  })
})

describe.runIf(here)('a full disk', async () => {
  const disk = here ? mountSmall(140) : undefined
  if (here && !disk) console.warn('A full disk of Postgres: skipped, because mounting a tmpfs is not permitted here.')
  const world: FaultyWorld | undefined = disk ? await useFaultyWorld({}, disk.path) : undefined
  afterAll(() => disk?.unmount())

  it.runIf(disk)('of Postgres: 503, nothing half done, and it goes on when there is room', async () => {
    if (!world || !disk) return
    const { server, db, postgres } = world
    const ada = await person(server, 'Ada')
    const { id } = await ada.channel()
    const item = (n: number) => ({
      inviteType: 'channel',
      targetObjectId: id,
      spawnDetails: { spawnPoint: `${n} ${'x'.repeat(500)}` }
    })
    const acknowledged: string[] = []
    const ballast = join(disk.path, 'ballast')
    const left = Number(execFileSync('df', ['--output=avail', '-B1', disk.path], { encoding: 'utf8' }).split('\n')[1])
    execFileSync('fallocate', ['-l', String(left - 2_000_000), ballast])
    let refused: Reply | undefined
    for (let round = 0; round < 400 && !refused; round++) {
      const reply = await ada.call<Invite[]>('POST', '/invite', {
        body: Array.from({ length: 50 }, (_, index) => item(round * 50 + index))
      })
      if (reply.status === 201) acknowledged.push(...reply.body.map((invite) => invite.id))
      else refused = reply
    }
    expect(refused).toBeDefined()
    if (refused) expectAway(refused)
    expect(acknowledged.length).toBeGreaterThan(0)
    expect((await call(server, 'GET', '/health/live')).status).toBe(200)

    rmSync(ballast)
    const again = await until(
      async () => {
        // Without room for its log Postgres may end itself, now or later: whoever runs it starts it again.
        if (!postgres.isRunning) await postgres.start()
        const reply = await ada.call<Invite>('POST', '/invite', { body: item(0) })
        return reply.status === 201 ? reply.body : (expectAway(reply), undefined)
      },
      'an invite that is stored',
      60_000
    )
    const { rows } = await db.query<{ id: string }>('select id from invites')
    const stored = new Set(rows.map((row) => row.id))
    expect(acknowledged.filter((one) => !stored.has(one))).toEqual([])
    expect(stored.has(again.id)).toBe(true)
    // Whole calls of 50, whether or not their answer was sent, and the one.
    expect((stored.size - 1) % 50).toBe(0)
    expect((await db.query('select 1 from invite_history')).rowCount).toBe(stored.size)
    expect(server.log()).not.toContain('"status":500')
  })
})
