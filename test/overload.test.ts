// More calls than the service can serve, sent whether or not earlier ones were answered. Normally some seconds long,
// and only what does not depend on the machine's other work is judged; OVERLOAD_SECONDS=60 judges the targets, too.
// The load comes from this machine: what it takes of the cores beyond what it took when the capacity was measured could
// not serve anybody, and the second share of the goodput leaves it out of account.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { sleep, until } from './support/patience.js'
import { capacityOf, closedLoop, openLoop, patchBytes, quantile, type Answer } from './support/load.js'
import { person, type Person } from './support/people.js'
import { startProcess } from './support/processes.js'
import { makeDatabase, onPostgres, openPool, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const seconds = Number(process.env['OVERLOAD_SECONDS'] ?? 4)
const isFull = seconds >= 30

if (!process.env['TEST_DATABASE_URL']) {
  console.warn('Overload: skipped, because there is no TEST_DATABASE_URL, a real Postgres for a server process.')
}

describe.runIf(onPostgres)('overload', async () => {
  if (!onPostgres) return
  const database = await makeDatabase()
  const server = await startProcess({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '10' })
  const db = openPool(database.url)
  afterAll(async () => {
    await server.kill()
    await db.end()
    await database.drop()
  })

  let ada: Person
  let ids: string[]
  let calls: Buffer[]
  let count = 0
  /** A PATCH of one row, of another one each time. */
  const next = () => calls[count++ % calls.length] ?? Buffer.alloc(0)
  beforeAll(async () => {
    ada = await person(server, 'Ada')
    const { id } = await ada.channel()
    const item = { inviteType: 'channel', targetObjectId: id }
    const hundred = Array.from({ length: 100 }, () => item)
    const made = [
      await ada.must<Invite[]>('POST', '/invite', hundred),
      await ada.must<Invite[]>('POST', '/invite', hundred)
    ]
    ids = made.flat().map((invite) => invite.id)
    calls = ids.map((one) => patchBytes(server.url, ada.token, { id: one }, { spawnType: 'spectate' }))
  })

  const done = async () =>
    Number((await db.query(`select count(*) from invite_history where action = 'patched'`)).rows[0].count)
  const memory = () =>
    Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  const of = (answers: Answer[], status: number) => answers.filter((answer) => answer.status === status)

  it('refuses what is too much at once with 503 and Retry-After, and serves the others', async () => {
    const before = await done()
    const other = await db.connect()
    // Nobody gets on: whatever is taken waits, and the limit is reached whatever this machine does.
    await other.query('begin; lock table invites in access exclusive mode')
    let unlocked: Promise<unknown> | undefined
    const texts: string[] = []
    const look = (_: number, text: () => string) => {
      const answer = text()
      texts.push(answer)
      if (answer.includes('The service is overloaded')) unlocked ??= other.query('rollback')
    }
    const answers = await openLoop({ url: server.url, seconds: 1, next, look }, 1000, { open: 400 })
    await (unlocked ?? other.query('rollback'))
    other.release()
    expect(unlocked).toBeDefined()
    const refused = texts.filter((text) => text.startsWith('HTTP/1.1 503'))
    const served = of(answers, 200).length
    expect(refused.length + served).toBe(answers.length)
    for (const text of refused) {
      const [head = '', body = ''] = text.split('\r\n\r\n')
      expect(head).toMatch(/\r\nretry-after: [1-9]/i)
      expect(head).toMatch(/\r\nx-request-id: [\w-]{36}/i)
      expect(JSON.parse(body)).toMatchObject({ name: 'Unavailable', className: 'unavailable', code: 503 })
    }
    expect((await done()) - before).toBe(served)
  })

  it(`takes 2 and 5 times what it can do, for ${seconds} s each, and is itself again afterwards`, async () => {
    const measure = () => capacityOf({ url: server.url, seconds: isFull ? 10 : 2, next })
    /** How many cores this process, the load, kept busy meanwhile. */
    const coresOf = async <T>(work: () => Promise<T>): Promise<[result: T, cores: number]> => {
      const [cpu, start] = [process.cpuUsage(), performance.now()]
      const result = await work()
      const { user, system } = process.cpuUsage(cpu)
      return [result, (user + system) / 1000 / (performance.now() - start)]
    }
    // The first run warms what the others measure.
    await measure()
    const table: Record<string, number | string>[] = []
    for (const factor of [2, 5]) {
      const [capacityBefore, coresBefore] = await coresOf(measure)
      expect(capacityBefore).toBeGreaterThan(0)
      const before = await done()
      const sizes: number[] = []
      const watch = setInterval(() => sizes.push(memory()), 250)
      const strange = new Set<string>()
      const look = (status: number, text: () => string) => {
        if (status === 200 || (status === 503 && /\r\nretry-after: \d/i.test(text()))) return
        strange.add(text().slice(0, 500))
      }
      const load = { url: server.url, seconds, next, look }
      const [answers, coresOfLoad] = await coresOf(() => openLoop(load, factor * capacityBefore))
      clearInterval(watch)
      const served = of(answers, 200)
      const refused = of(answers, 503)
      const unanswered = of(answers, 0).length
      const changed = (await done()) - before

      // At full length calls come at a quarter of its rate. Else the machine's other work may have grown since that was
      // measured: then each of a few clients waits for its answer, and never are there more than the service can take.
      if (isFull) await sleep(5000)
      else {
        await until(async () => (await ada.call('GET', '/invite?$limit=1')).status === 200, 'that it serves again')
      }
      const calm = isFull
        ? await openLoop({ url: server.url, seconds: 2, next }, Math.min(capacityBefore / 4, 100), { open: 50 })
        : await closedLoop({ url: server.url, next }, 4, 50)
      // Measured on both sides: a share means something only of what the machine could do at that time.
      const capacity = (capacityBefore + (await measure())) / 2
      const quarter = Math.ceil(sizes.length / 4)
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
      const growth = mean(sizes.slice(-quarter)) / Math.max(1, mean(sizes.slice(quarter, 2 * quarter)))
      const share = served.length / seconds / capacity
      const shareOfCores = (availableParallelism() - coresOfLoad) / (availableParallelism() - coresBefore)
      const row = {
        factor,
        sent: answers.length,
        'capacity /s': Math.round(capacity),
        'goodput share': Math.round(share * 100) / 100,
        'beside the load': Math.round((share / shareOfCores) * 100) / 100,
        'cores of the load': `${coresBefore.toFixed(2)} → ${coresOfLoad.toFixed(2)}`,
        'admitted p50 ms': Math.round(
          quantile(
            served.map(({ ms }) => ms),
            0.5
          )
        ),
        'admitted p99 ms': Math.round(
          quantile(
            served.map(({ ms }) => ms),
            0.99
          )
        ),
        refused: refused.length,
        'refused p50 ms': Math.round(
          quantile(
            refused.map(({ ms }) => ms),
            0.5
          )
        ),
        'refused p99 ms': Math.round(
          quantile(
            refused.map(({ ms }) => ms),
            0.99
          )
        ),
        unanswered,
        'RSS MB': `${sizes[0]}–${Math.max(...sizes)}`,
        'RSS growth': Math.round(growth * 100) / 100,
        'calm p99 ms': Math.round(
          quantile(
            calm.map(({ ms }) => ms),
            0.99
          )
        )
      }
      table.push(row)
      expect([...strange]).toEqual([])
      // Each 200 is a change, and each change a 200; only who was not answered may not know.
      expect(changed).toBeGreaterThanOrEqual(served.length)
      expect(changed).toBeLessThanOrEqual(served.length + unanswered)
      expect(calm.filter(({ status }) => status !== 200)).toEqual([])
    }
    console.table(table)
    expect(server.log()).not.toContain('"status":500')
    const targets = table.map((row) => ({
      goodput: Number(row['beside the load']) >= 0.8,
      admitted: Number(row['admitted p99 ms']) <= 1000,
      refused: Number(row['refused p50 ms']) <= 50,
      unanswered: row['unanswered'] === 0,
      memory: Number(row['RSS growth']) <= 1.2,
      calm: Number(row['calm p99 ms']) <= 1000
    }))
    const met = { goodput: true, admitted: true, refused: true, unanswered: true, memory: true, calm: true }
    expect(isFull ? targets : [met, met]).toEqual([met, met])
  }, 600_000)
})

describe('one caller with more calls than their share', async () => {
  const fair = await useServer()
  const inFlight = fair.app.get('inFlight')

  /** Holds up every call that reads invites. The embedded database has one connection: there, it holds up all calls. */
  async function hold(): Promise<() => Promise<void>> {
    const trx = await fair.db.transaction()
    await trx.raw('lock table invites in access exclusive mode')
    return async () => void (await trx.rollback())
  }

  type Calls = (() => Promise<{ status: number }>)[]
  const times = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n))
  const list = (who: Person, query: string) => () => who.call('GET', '/invite', { query })

  /**
   * Sends the calls of one caller, then those of others, which have a condition on `uses`. Returns which lists the
   * service asked the database for, in this order: several answers may come to a client at once.
   */
  async function orderOf(flood: Calls, others: Calls) {
    const order: string[] = []
    const hear = (message: unknown) => {
      const { text } = message as { text: string }
      if (text.includes('with page as')) order.push(text.includes('i."uses" = $') ? 'other' : 'flood')
    }
    subscribe('invite-service:statement', hear)
    const release = await hold()
    const all = flood.map((call) => call())
    await until(() => inFlight.calls === flood.length, 'that the flood is in')
    all.push(...others.map((call) => call()))
    await until(() => inFlight.calls === flood.length + others.length, 'that all calls are in')
    await release()
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    unsubscribe('invite-service:statement', hear)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(order).toHaveLength(all.length)
    return order
  }

  it('waits for their turn: the first call of each other person comes before their tenth', async () => {
    const eve = await person(fair, 'Eve')
    const others = await Promise.all(times(5, () => person(fair)))
    const order = await orderOf(
      times(50, () => list(eve, '')),
      others.map((who) => list(who, 'uses=0'))
    )
    expect(order.slice(0, 15).filter((name) => name === 'other')).toHaveLength(5)
  })

  it('waits for their turn over sockets, too', async () => {
    const open = async () => SocketClient.open(fair, (await person(fair)).token)
    const [eve, ...others] = [await open(), await open(), await open(), await open()]
    const order = await orderOf(
      times(50, () => () => eve.call('find', 'invite', {})),
      others.map((socket) => () => socket.call('find', 'invite', { uses: 0 }))
    )
    expect(order.slice(0, 13).filter((name) => name === 'other')).toHaveLength(3)
    for (const socket of [eve, ...others]) socket.close()
  })

  it('gets 503 for what is more than their share over REST and sockets, and nobody else does', async () => {
    const [eve, bob] = [await person(fair, 'Eve'), await person(fair, 'Bob')]
    const eves = await SocketClient.open(fair, eve.token)
    const release = await hold()
    const statuses: number[] = []
    const over = [list(eve, ''), () => eves.call('find', 'invite', {})] as const
    const flood = times(150, async (n) => statuses.push((await over[n % 2 === 0 ? 0 : 1]()).status))
    await until(() => statuses.length + inFlight.calls === 150, 'that the flood is in or refused')
    const refused = statuses.length
    // The gate knows Eve by now, and it lets Bob pass.
    const late = [list(bob, '')(), list(bob, '')(), person(fair)]
    await until(() => inFlight.calls >= 150 - refused + 3, 'that the calls of others are in')
    await release()
    await Promise.all(flood)
    expect(statuses.filter((status) => status === 503)).toHaveLength(refused)
    expect(refused).toBe(150 - 64)
    expect(await Promise.all(late)).toMatchObject([{ status: 200 }, { status: 200 }, { name: 'Somebody' }])
    expect((await list(eve, '')()).status).toBe(200)
    eves.close()
  })

  it('counts for nothing when all calls have ended', async () => {
    await until(() => inFlight.calls === 0, 'that nothing is in flight')
    expect(inFlight.isBusy).toBe(false)
  })
})
