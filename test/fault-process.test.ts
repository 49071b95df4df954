// The server process ends: by kill -9 in the middle of a PATCH, and by SIGTERM while everybody calls. FAULT_FULL=1
// kills it fifty times instead of ten; FAULT_SEED repeats the moments.
import { Agent, request } from 'node:http'
import { setImmediate as immediate } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { seeded } from './support/checker.js'
import { full } from './support/cluster.js'
import { sleep, until } from './support/patience.js'
import { person, signIn } from './support/people.js'
import { startProcess, type ServerProcess } from './support/processes.js'
import { makeDatabase, onPostgres, openPool } from './support/server.js'
import { SocketClient } from './support/sockets.js'

if (!process.env['TEST_DATABASE_URL']) {
  console.warn('Faults of the server process: skipped, because there is no TEST_DATABASE_URL.')
}

describe.runIf(onPostgres)('the server process', async () => {
  if (!onPostgres) return
  const database = await makeDatabase()
  const db = openPool(database.url)
  const servers = new Set<ServerProcess>()
  /** The name that Postgres knows the sessions of a server by. */
  const sessions = new Map<ServerProcess, string>()
  const start = async () => {
    const name = `server ${sessions.size + 1} ${Math.random()}`
    const url = new URL(database.url)
    url.searchParams.set('application_name', name)
    const server = await startProcess({ DATABASE_URL: url.href, DATABASE_POOL_SIZE: '5' })
    servers.add(server)
    sessions.set(server, name)
    return server
  }
  afterAll(async () => {
    await Promise.all([...servers].map((server) => server.kill()))
    await db.end()
    await database.drop()
  })

  const patchedRows = async (ids: string[]) =>
    Number(
      (await db.query(`select count(*) from invite_history where action = 'patched' and "inviteId" = any($1)`, [ids]))
        .rows[0].count
    )

  it(`is killed at random moments of a PATCH of 100 rows: all or none, and no event without them`, async () => {
    const rounds = full ? 50 : 10
    const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000_000)
    const random = seeded(seed)
    const told = { none: 0, all: 0, answered: 0, events: 0 }
    let server = await start()
    const { email, password, ...first } = await person(server, 'Ada')
    const ada = await signIn(first.server, email, password)
    const { id } = await ada.channel()
    const item = { inviteType: 'channel', targetObjectId: id }
    const made = await ada.must<Invite[]>(
      'POST',
      '/invite',
      Array.from({ length: 100 }, () => item)
    )
    const ids = made.map((invite) => invite.id)
    const patch = (on: ServerProcess, point: string) =>
      signedIn(on).then((who) => who.patch({ targetObjectId: id }, { spawnDetails: { spawnPoint: point } }))
    const signedIn = async (on: ServerProcess) => Object.assign(Object.create(ada), { server: on }) as typeof ada

    for (let round = 0; round < rounds; round++) {
      // The next process starts while this one lives, as in a rolling restart.
      const next = start()
      for (let warm = 0; warm < 3; warm++) expect((await patch(server, `warm ${round} ${warm}`)).status).toBe(200)
      const socket = await SocketClient.open(server, ada.token)
      const heard: unknown[] = []
      socket.socket.on('invite patched', ({ spawnDetails }: Invite) => heard.push(spawnDetails.spawnPoint))
      const begun = performance.now()
      await patch(server, `timed ${round}`)
      const usual = performance.now() - begun
      await until(() => heard.length === 100, 'the events of a PATCH')
      const before = await patchedRows(ids)

      const point = `round ${round}`
      const reply = patch(server, point).then(
        ({ status }) => status,
        () => 'cut'
      )
      // Most moments are early: what Postgres has been asked it does, whoever asked.
      await sleep(random() ** 3 * usual * 1.5)
      await server.kill()
      servers.delete(server)
      const answer = await reply
      // Postgres may still run the statements that the killed server had sent, even those that it has not read yet. It
      // is done when it has ended the session.
      const left = sessions.get(server)
      await until(
        async () =>
          (await db.query('select 1 from pg_stat_activity where application_name = $1', [left])).rowCount === 0,
        'the end of what was asked'
      )
      const changed = Number(
        (await db.query(`select count(*) from invites where "spawnDetails"->>'spawnPoint' = $1`, [point])).rows[0].count
      )
      const where = `seed ${seed}, round ${round}: answered ${answer}`
      const events = heard.filter((one) => one === point)
      const history = (await patchedRows(ids)) - before
      expect({
        where,
        isWhole: changed === 0 || changed === 100,
        history,
        isTrue: answer === 'cut' || (answer === 200 && changed === 100),
        eventsAreTrue: events.length === 0 || changed === 100
      }).toEqual({ where, isWhole: true, history: changed, isTrue: true, eventsAreTrue: true })
      told[changed === 0 ? 'none' : 'all'] += 1
      if (answer === 200) told.answered += 1
      if (events.length > 0) told.events += 1
      socket.close()
      server = await next
    }
    console.info(`kill -9 in ${rounds} PATCHes of 100 rows (seed ${seed}):`, JSON.stringify(told))
    expect(told.none + told.all).toBe(rounds)
  }, 600_000)

  it('is told to end under load: what it took is answered, and it exits with 0 soon', async () => {
    const server = await start()
    const ada = await person(server, 'Ada')
    const invites = await Promise.all(Array.from({ length: 20 }, () => ada.inviteAddress()))
    let asked = Number.POSITIVE_INFINITY
    const outcomes = new Map<string, number>()
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    let change = 0

    /** One PATCH over a connection that is kept; says its status, or how it failed. */
    const once = (agent: Agent, id: string) =>
      new Promise<string>((resolve) => {
        const filter = encodeURIComponent(JSON.stringify({ id }))
        const sent = performance.now()
        const call = request(`${server.url}/invite?filter=${filter}`, {
          method: 'PATCH',
          agent,
          headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' }
        })
        call.on('response', (response) => {
          response.resume()
          response.once('end', () => resolve(String(response.statusCode)))
          response.once('error', () => resolve('cut within an answer'))
        })
        call.on('error', (error: Error & { code?: string }) => {
          // A connection that the kernel took, and the process had not yet; or one that it has closed, as this one does not
          // know yet: its call was never read, which is seen below.
          const unread = call.reusedSocket ? sent > asked : performance.now() > asked
          resolve(error.code === 'ECONNREFUSED' ? 'refused' : unread ? 'not taken' : `cut: ${error.code}`)
        })
        call.end(JSON.stringify({ spawnDetails: { spawnPoint: `point ${++change}` } }))
      })

    const overHttp = async (id: string) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (;;) {
        const outcome = await once(agent, id)
        count(outcome)
        if (outcome === 'refused' || outcome === 'not taken' || outcome.startsWith('cut')) break
        if (outcome === '503') await sleep(1000)
        // After a look at the network, which may have told meanwhile that the connection was closed.
        await immediate()
      }
      agent.destroy()
    }

    const overSocket = async (id: string) => {
      const socket = await SocketClient.open(server, ada.token)
      const lost = new Promise<'cut'>((resolve) => socket.socket.once('disconnect', () => resolve('cut')))
      while (socket.socket.connected) {
        const sent = performance.now()
        const call = socket.call(
          'patch',
          'invite',
          null,
          { spawnDetails: { spawnPoint: `point ${++change}` } },
          { filter: { id } }
        )
        const outcome = await Promise.race([call.then(({ status }) => `socket ${status}`), lost])
        // A call of before the signal is answered; one of after it may find nobody there.
        count(outcome === 'cut' && sent > asked ? 'not taken' : outcome)
        // As it was told: not at once again.
        if (outcome === 'socket 503') await Promise.race([sleep(1000), lost])
        if (outcome === 'cut') call.catch(() => {})
      }
      socket.close()
    }

    const load = invites.map(({ id }, index) => (index < 15 ? overHttp(id) : overSocket(id)))
    await sleep(1500)
    await until(() => outcomes.has('200') && outcomes.has('socket 200'), 'the load')
    asked = performance.now()
    process.kill(server.pid, 'SIGTERM')
    const code = await server.ended
    const seconds = (performance.now() - asked) / 1000
    servers.delete(server)
    await Promise.all(load)
    console.info(`SIGTERM under load, ended after ${seconds} s:`, JSON.stringify(Object.fromEntries(outcomes)))
    expect(code).toBe(0)
    // Nine at most by its own clock; the rest is this machine's.
    expect(seconds).toBeLessThan(25)
    expect(
      [...outcomes.keys()].filter((key) => !/^(200|503|socket 200|socket 503|refused|not taken)$/.test(key))
    ).toEqual([])
    // Whatever was done was told: there are as many changes as answers that say so.
    const done = (outcomes.get('200') ?? 0) + (outcomes.get('socket 200') ?? 0)
    expect(done).toBeGreaterThan(0)
    expect(await patchedRows(invites.map(({ id }) => id))).toBe(done)
    // And whatever was read was answered: there is a line for each request.
    const read = server.log().match(/^.*"method":"PATCH".*"msg":"request".*$/gm) ?? []
    expect(read).toHaveLength((outcomes.get('200') ?? 0) + (outcomes.get('503') ?? 0))
    expect(server.log()).toContain('"msg":"stopped"')
  })
})
