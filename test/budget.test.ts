// One call costs no more than the table of SECURITY.md says: a call at each limit works, and one beyond it gets the
// error of the table. The rows about the database's own clocks need a Postgres, and a process that keeps them.
import { readFileSync } from 'node:fs'
import type { Knex } from 'knex'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limitsFor } from '../src/limits/capacity.js'
import { InFlight } from '../src/limits/in-flight.js'
import { maxBodyBytes } from '../src/schema/validation.js'
import { filterLimits, maxFilterBytes } from '../src/services/invite/filter/budget.js'
import { listMs } from '../src/services/invite/rows/find.js'
import { until } from './support/patience.js'
import { person, type Person, type Reply } from './support/people.js'
import { startProcess, type ServerProcess } from './support/processes.js'
import { makeDatabase, onPostgres, openPool, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const text = readFileSync(new URL('../SECURITY.md', import.meta.url), 'utf8')
const section = text.slice(text.indexOf('## What one call may cost'), text.indexOf('## Promises'))
const rows = [...section.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm)]
  .map((match) => [match[1], match[2], match[3]] as [of: string, most: string, beyond: string])
  .filter(([of]) => of !== 'of')

type Answer = Pick<Reply, 'status' | 'body'>
interface Probe {
  /** The limit, as the source has it. */
  most: string
  /** A call at the limit, which must work. */
  at: () => Promise<Answer>
  /** A call beyond it. */
  over: () => Promise<Answer>
  /** In place of an error: what the table says of the answer beyond the limit. */
  told?: (answer: Answer) => string
}

const server = await useServer()
const ada = await person(server, 'Ada')
const socket = await SocketClient.open(server, ada.token)
afterAll(() => socket.close())

const list = (filter: object) =>
  ada.call('GET', '/invite', { query: `filter=${encodeURIComponent(JSON.stringify(filter))}` })
const times = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n))
const or = (count: number, of: (n: number) => object) => ({ $or: times(count, of) })
const deep = (levels: number) => times(levels, (n) => n).reduce<object>((of) => ({ $and: [of] }), { uses: 0 })
const nested = (levels: number): object => times(levels, (n) => n).reduce<object>((of) => ({ a: of }), {})
/** An object whose JSON has so many bytes. */
const ofBytes = (bytes: number) => {
  const like = (letters: number) => ({ channelName: { $like: 'x'.repeat(letters) } })
  return like(bytes - JSON.stringify(like(0)).length)
}
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const parameters = (count: number) =>
  times(count, (n) => `spawnDetails[${letters[Math.floor(n / 52)]}${letters[n % 52]}]=`).join('&')

const ofFilter = (most: keyof typeof filterLimits, filterOf: (count: number) => object): Probe => ({
  most: String(filterLimits[most]),
  at: () => list(filterOf(filterLimits[most])),
  over: () => list(filterOf(filterLimits[most] + 1))
})
/** The largest filters of each kind, and those one beyond. */
const filters: Record<keyof typeof filterLimits, (count: number) => object> = {
  conditions: (count) => or(count, (n) => ({ uses: n })),
  items: (count) => ({ maxUses: { $in: times(count - 1, (n) => n + 1) }, uses: { $nin: [0] } }),
  patterns: (count) => or(count, (n) => ({ targetObjectId: null, token: { $ilike: `%${n}` } })),
  lookups: (count) =>
    or(count, (n) =>
      n % 3 === 0
        ? { user: { name: `a${n}` } }
        : n % 3 === 1
          ? { channelName: `b${n}` }
          : { invitee: { lastLogin: { ipAddress: `192.0.2.${n}` } } }
    ),
  depth: deep
}

async function invitesOf(count: number): Promise<string> {
  const { id: targetObjectId } = await ada.channel()
  for (let left = count; left > 0; left -= 100) {
    await ada.must(
      'POST',
      '/invite',
      times(Math.min(100, left), () => ({ inviteType: 'channel', targetObjectId }))
    )
  }
  return targetObjectId
}

const bodyOf = (bytes: number) => JSON.stringify({ name: 'A channel' }).padEnd(bytes)
const create = async (count: number) => {
  const { id: targetObjectId } = await ada.channel()
  return ada.call('POST', '/invite', { body: times(count, () => ({ inviteType: 'channel', targetObjectId })) })
}
const patchOf = async (count: number) =>
  ada.patch({ targetObjectId: await invitesOf(count) }, { spawnType: 'spectate' })

/** Holds up every call that reads invites, until it is told to go on. The embedded database has one connection. */
async function hold(): Promise<() => Promise<void>> {
  const trx: Knex.Transaction = await server.db.transaction()
  await trx.raw('lock table invites in access exclusive mode')
  return async () => void (await trx.rollback())
}

/** Answers of calls that were sent together, in the order in which they come. */
function sent(calls: (() => Promise<Answer>)[]): { answers: Answer[]; all: Promise<unknown> } {
  const answers: Answer[] = []
  return { answers, all: Promise.all(calls.map(async (call) => answers.push(await call()))) }
}

const limits = limitsFor(onPostgres ? server.config.database.poolSize : 1)
const lists = (who: Person, count: number) => times(count, () => () => who.call('GET', '/invite?$limit=1'))

/** Sends so many calls of each person while nothing gets on, and one more. Returns the first refusal, or the answer. */
async function whileHeld(people: Person[], each: number, more?: Person): Promise<Answer> {
  for (const who of people) await who.must('GET', '/user-login')
  const release = await hold()
  const { answers, all } = sent(people.flatMap((who) => lists(who, each)))
  const isIn = () => answers.length + server.app.get('inFlight').calls === people.length * each
  await until(isIn, 'that all calls are in or refused')
  const last = more && (await more.call('GET', '/user-login'))
  await release()
  await all
  const good = answers.find(({ status }) => status === 200) ?? { status: 0, body: null }
  return last ?? answers.find(({ status }) => status !== 200) ?? good
}

/** A call of another caller that waits for its turn, while the patience of the service is so long. */
async function whileWaiting(patienceMs: number): Promise<Answer> {
  const inFlight = server.app.get('inFlight')
  await ada.must('GET', '/user-login')
  const release = await hold()
  const first = sent(lists(ada, limits.runningOfCaller))
  await until(() => inFlight.calls === limits.runningOfCaller, 'that the first calls run')
  const before = inFlight.patienceMs
  inFlight.patienceMs = patienceMs
  const last = sent(lists(ada, 1))
  if (patienceMs < 1000) await last.all
  else await until(() => inFlight.calls === limits.runningOfCaller + 1, 'that the last call waits')
  await release()
  await Promise.all([first.all, last.all])
  inFlight.patienceMs = before
  return last.answers[0] ?? { status: 0, body: null }
}

const probes: Record<string, Probe> = {
  'the body': {
    most: `${maxBodyBytes / 1024} KB`,
    at: () => ada.call('POST', '/channel', { body: bodyOf(maxBodyBytes) }),
    over: () => ada.call('POST', '/channel', { body: bodyOf(maxBodyBytes + 1) })
  },
  'the filter, decoded': {
    most: `${maxFilterBytes / 1024} KB`,
    at: () => list(ofBytes(maxFilterBytes)),
    over: () => list(ofBytes(maxFilterBytes + 1))
  },
  'the filter: conditions': ofFilter('conditions', filters.conditions),
  'the filter: items of all `$in` and `$nin`': ofFilter('items', filters.items),
  'the filter: patterns (`$like`, `$ilike`)': ofFilter('patterns', filters.patterns),
  'the filter: conditions on people, their logins and channels': ofFilter('lookups', filters.lookups),
  'the filter: `$and` and `$or` in each other': ofFilter('depth', filters.depth),
  'the query: parameters': {
    most: '1000',
    at: () => ada.call('GET', '/invite', { query: parameters(1000) }),
    over: () => ada.call('GET', '/invite', { query: parameters(1001) })
  },
  'JSON, and brackets: levels below the first': {
    most: '32',
    at: () => list({ spawnDetails: nested(31) }),
    over: () => list({ spawnDetails: nested(32) })
  },
  'the search: characters': {
    most: '254',
    at: () => ada.call('GET', '/invite', { query: `search=${'x'.repeat(254)}` }),
    over: () => ada.call('GET', '/invite', { query: `search=${'x'.repeat(255)}` })
  },
  'a list: rows of a page': {
    most: '100',
    at: () => ada.call('GET', '/invite?$limit=100'),
    over: async () => {
      await invitesOf(101)
      return ada.call('GET', '/invite?$limit=101')
    },
    told: ({ body }) => `${body.data.length} rows`
  },
  'the statistics: days': {
    most: '366',
    at: () => ada.call('GET', '/invite-stats?days=366'),
    over: () => ada.call('GET', '/invite-stats?days=367')
  },
  '`POST /invite`: invites': { most: '100', at: () => create(100), over: () => create(101) },
  '`PATCH /invite`: invites, by `PATCH_CAP`': { most: '1000', at: () => patchOf(1000), over: () => patchOf(1001) },
  'calls of one caller that run or wait: 8 for each connection, at least': {
    most: String(limits.ofCaller),
    at: () => whileHeld([ada], limits.ofCaller),
    over: () => whileHeld([ada], limits.ofCaller + 1)
  },
  'calls of all callers that run or wait: as many as those of': {
    most: `${limits.inAll / limits.ofCaller} callers`,
    at: async () => whileHeld(await Promise.all(times(4, () => person(server))), limits.ofCaller),
    over: async () =>
      whileHeld(await Promise.all(times(4, () => person(server))), limits.ofCaller, await person(server))
  },
  'the wait for a turn': {
    most: `${new InFlight(1).patienceMs / 1000} s`,
    at: () => whileWaiting(60_000),
    over: () => whileWaiting(200)
  }
}

const beyondOf = ({ status, body }: Answer) => `${status} \`${body?.data?.reason}\``

function tell(of: string, probe: Probe | undefined, [most, beyond]: [string, string]) {
  it(`${of}: ${most}`, async () => {
    if (!probe) throw new Error('The table has a row that no test knows')
    expect(probe.most).toBe(most)
    expect([200, 201]).toContain((await probe.at()).status)
    expect((probe.told ?? beyondOf)(await probe.over())).toBe(beyond)
  })
}

describe('one call costs at most, by the table,', () => {
  const here = rows.filter(([of]) => !of.startsWith('on Postgres'))
  for (const [of, most, beyond] of here) tell(of, probes[of], [most, beyond])

  it('and the table has every limit', () => {
    expect(here.map(([of]) => of).toSorted()).toEqual(Object.keys(probes).toSorted())
  })
})

/** A filter as REST writes it in brackets. */
const inBrackets = (value: unknown, at: string): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, item]) => inBrackets(item, at ? `${at}[${key}]` : key))
    : [`${at}=${encodeURIComponent(String(value))}`]

describe('the budget of a filter', () => {
  const notations: [string, (filter: object) => Promise<Answer>][] = [
    ['JSON', list],
    ['brackets', (filter) => ada.call('GET', '/invite', { query: inBrackets(filter, 'filter').join('&') })],
    ['parameters', (filter) => ada.call('GET', '/invite', { query: inBrackets(filter, '').join('&') })],
    ['a socket', (filter) => socket.call('find', 'invite', { filter })],
    ['a socket, beside the filter', (filter) => socket.call('find', 'invite', filter)]
  ]
  it.each(notations)('is the same in %s', async (_notation, read) => {
    for (const [name, filterOf] of Object.entries(filters)) {
      const most = filterLimits[name as keyof typeof filterLimits]
      expect([name, (await read(filterOf(most))).status]).toEqual([name, 200])
      const { status, body } = await read(filterOf(most + 1))
      expect([name, status, body.data.reason]).toEqual([name, 400, 'filter-budget'])
    }
  })

  it('tells which limit was passed, how many were sent, and where, for each limit, and changes nothing', async () => {
    const invite = await ada.inviteAddress()
    const filter = { id: invite.id, $or: times(150, (n) => ({ user: { name: `a${n}` } })) }
    const { status, body } = await ada.patch(filter, { spawnType: 'spectate' })
    expect(status).toBe(400)
    expect(body.data).toEqual({
      reason: 'filter-budget',
      errors: [
        {
          path: 'filter.$or.20.user.name',
          message:
            'A filter has at most 20 conditions on people and channels, and this one has 150: split it into several calls'
        },
        {
          path: 'filter.$or.99.user.name',
          message: 'A filter has at most 100 conditions, and this one has 151: split it into several calls'
        }
      ]
    })
    expect((await ada.call('GET', `/invite/${invite.id}`)).body.updatedAt).toBe(invite.updatedAt)
  })

  it('is one for the filter and the conditions beside it', async () => {
    const half = encodeURIComponent(JSON.stringify({ $or: filters.conditions(60) }.$or))
    const query = `filter=${half}&${inBrackets({ $and: [filters.conditions(60)] }, '').join('&')}`
    expect(await ada.call('GET', '/invite', { query })).toMatchObject({
      status: 400,
      body: { data: { reason: 'filter-budget' } }
    })
  })

  it('counts no condition on an id, and no condition that does not count', async () => {
    const ids = or(90, () => ({ user: { id: ada.id }, invitee: {}, spawnDetails: {} }))
    expect((await list(ids)).status).toBe(200)
  })
})

describe.runIf(onPostgres)('on Postgres, by the table,', () => {
  let process: ServerProcess
  let db: ReturnType<typeof openPool>
  let drop: () => Promise<void>
  let bob: Person
  let id: string
  const poolSize = 4
  beforeAll(async () => {
    if (!onPostgres) return
    const database = await makeDatabase()
    drop = database.drop
    process = await startProcess({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: String(poolSize) })
    db = openPool(database.url)
    bob = await person(process, 'Bob')
    ;({ id } = await bob.inviteToChannel(await person(process)))
    // Each row of channels that is read takes so many seconds.
    await db.query('create table slowness as select 0::float as seconds')
    await db.query('alter table channels rename to real_channels')
    await db.query(`create view channels as select c.* from real_channels c
      cross join lateral (select pg_sleep((select seconds from slowness)), c.id offset 0) slow`)
  })
  afterAll(async () => {
    await process.stop()
    await db.end()
    await drop()
  })

  async function slowly(seconds: number, path: string): Promise<Answer> {
    await db.query('update slowness set seconds = $1', [seconds])
    const answer = await bob.call('GET', path)
    await db.query('update slowness set seconds = 0')
    return answer
  }
  async function locked(ms: number): Promise<Answer> {
    const other = await db.connect()
    await other.query('begin; lock table invites in access exclusive mode')
    const answer = bob.call('GET', '/invite')
    if (ms > 2000) await answer
    await other.query('rollback')
    other.release()
    return answer
  }
  const changes = (who: Person, count: number) =>
    times(count, () => () => who.call('POST', '/channel', { body: { name: 'Garden club' } }))
  const ofFour = limitsFor(poolSize)

  /**
   * Sends calls that wait for the lock of a table until `expected` of them have come as far as the database. Returns how
   * many have, or -1 when a call that reads something else does not get an answer meanwhile.
   */
  async function running(table: string, calls: (() => Promise<Answer>)[], expected: number): Promise<number> {
    const reader = await person(process)
    const other = await db.connect()
    await other.query(`begin; lock table ${table} in access exclusive mode`)
    const { all } = sent(calls)
    const waiting = async () =>
      Number(
        (
          await db.query(`select count(*) from pg_stat_activity where wait_event_type = 'Lock'
        and datname = current_database()`)
        ).rows[0].count
      )
    await until(async () => (await waiting()) >= expected, 'that calls wait')
    const found = (await reader.call('GET', '/user-login')).status === 200 ? await waiting() : -1
    await other.query('rollback')
    other.release()
    await all
    return found
  }

  /** A probe of how many calls run at once. */
  const ofRunning = (
    most: number,
    calls: (count: number) => (() => Promise<Answer>)[] | Promise<(() => Promise<Answer>)[]>,
    { table, expected }: { table: string; expected: number }
  ): Probe => ({
    most: String(most),
    at: async () => ({
      status: (await running(table, await calls(expected), expected)) === expected ? 200 : 0,
      body: null
    }),
    over: async () => ({ status: await running(table, await calls(12), expected), body: null }),
    told: ({ status }) => (status === expected ? 'the others wait' : `${status} run`)
  })

  const slowProbes: Record<string, Probe> = {
    'on Postgres, calls of one caller that run: the connections divided by': ofRunning(
      poolSize / ofFour.runningOfCaller,
      (count) => lists(bob, count),
      { table: 'invites', expected: ofFour.runningOfCaller }
    ),
    'on Postgres, changes that run: the connections without one in': ofRunning(
      10 / (10 - limitsFor(10).changing),
      async (count) => {
        const people = await Promise.all(times(count, () => person(process)))
        return people.flatMap((who) => changes(who, 1))
      },
      { table: 'channels', expected: ofFour.changing }
    ),
    'on Postgres, changes of one caller that run: those divided by': ofRunning(
      limitsFor(10).changing / 4,
      (count) => changes(bob, count),
      { table: 'channels', expected: Math.ceil(ofFour.changing / 2) }
    ),
    'on Postgres, the wait for a lock': { most: '2 s', at: () => locked(0), over: () => locked(2001) },
    'on Postgres, a list with conditions, a search or an order': {
      most: `${listMs / 1000} s`,
      at: () => slowly(0.5, '/invite?search=zzz'),
      over: () => slowly(4, '/invite?search=zzz')
    },
    'on Postgres, another statement': {
      most: '5 s',
      at: () => slowly(2.7, `/invite/${id}`),
      over: () => slowly(5.5, `/invite/${id}`)
    }
  }
  const here = rows.filter(([of]) => of.startsWith('on Postgres'))
  for (const [of, most, beyond] of here) tell(of, slowProbes[of], [most, beyond])

  it('and the table has every limit', () => {
    expect(here.map(([of]) => of).toSorted()).toEqual(Object.keys(slowProbes).toSorted())
  })
})
