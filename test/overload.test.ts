// More calls than the service can serve, sent whether or not earlier ones were answered. Normally some seconds long,
// and only what does not depend on the machine's other work is judged; OVERLOAD_SECONDS=60 judges the targets, too.
// The load comes from this machine: what it takes of the cores beyond what it took when the capacity was measured could
// not serve anybody, and the second share of the goodput leaves it out of account.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { sleep, until } from './support/patience.js'
import { capacityOf, closedLoop, openLoop, patchBytes, quantile, type Answer } from './support/load.js'
import { person, type Person } from './support/people.js'
import { startProcess } from './support/processes.js'
import { makeDatabase, onPostgres, openPool } from './support/server.js'

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
