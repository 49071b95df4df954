// `npm run attack`: a mixed load of many people, first calm, then beside the attacks. It prints how long the people
// waited, how they were answered, and the memory of the service and of Postgres, minute by minute.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { attacks, deafListener, firstOther, others, replayed, send, type Answers, type Target } from './attackers.js'
import { acceptableInvites, makeDatabase, seed, type BenchDatabase } from './database.js'
import { idOf } from './layout.js'
import { residentMegabytes } from './processes.js'
import { secret, startServer } from './servers.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    calm: { type: 'string', default: '2' },
    users: { type: 'string', default: '200000' },
    invites: { type: 'string', default: '200000' },
    only: { type: 'string', default: '' }
  }
})
const minutes = Number(values.minutes)
const calmMinutes = Number(values.calm)
/** `--only 2,5`: some of the attacks, by their number in the list. */
const chosen = values.only ? values.only.split(',').map((number) => attacks[Number(number) - 1]) : attacks
const tried = chosen.filter((attack) => attack !== undefined)

/** People who do nothing: a filter on names must not look at them all. */
const bystanders = (count: number) => `
  insert into users (id, name, "inviteCode")
  select gen_random_uuid(), 'Bystander ' || n, 'B' || md5(n::text) from generate_series(1, ${count}) n`

const callsPerSecond = 40
const sentBy = (user: number) => `/invite?action=sent&$limit=10&userId=${idOf('user', user)}`

/** Which of the calls below change something. */
const writes = (n: number) => n % 5 === 2 || n % 5 === 3

/** The calls of people: a list, a search, a change, a new invite, a longer list. */
function callOf(n: number, target: Target): Promise<number> {
  const user = firstOther + ((n * 7) % others)
  switch (n % 5) {
    case 0:
      return send(target, user, ['GET', sentBy(user)])
    case 1:
      return send(target, user, ['GET', '/invite?search=person&$limit=10'])
    case 2:
      return send(target, user, ['PATCH', `/invite?userId=${idOf('user', user)}&inviteType=friend`, { timed: false }])
    case 3:
      return send(target, user, ['POST', '/invite', { inviteType: 'friend' }])
    default:
      return send(target, user, ['GET', '/invite?$limit=50'])
  }
}

interface Phase {
  waits: number[]
  /** The waits of calls that read, and of those that write: the latter wait for the disk as well. */
  reads: number[]
  writes: number[]
  /** How long a file of its own, of one block, took to be on the disk, beside the calls. */
  disk: number[]
  answers: Answers
  /** Seconds since the start of the phase at which the slowest call of that second was sent, and how long it took. */
  slowest: Map<number, number>
  /** The waits of each minute of the phase. */
  minutes: number[][]
}

const count = (answers: Answers, status: number) => answers.set(status, (answers.get(status) ?? 0) + 1)
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Calls at a steady rate, whether the earlier ones were answered or not. */
async function pace(rate: number, until: number, call: (n: number) => Promise<void>): Promise<void> {
  const started = performance.now()
  const running = new Set<Promise<void>>()
  for (let n = 0; Date.now() < until; n++) {
    const due = started + (n * 1000) / rate
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    // An attacker who waits for an answer has no more than so many connections.
    if (running.size < 200) {
      const one = call(n).finally(() => running.delete(one))
      running.add(one)
    }
  }
  await Promise.all(running)
}

/** Ten times a second: a slow disk makes every call that writes slow, with attacks and without. */
async function probeDisk(until: number, waits: number[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'attack-'))
  const file = await open(join(directory, 'block'), 'w')
  const block = Buffer.alloc(8192, 1)
  while (Date.now() < until) {
    const sent = performance.now()
    await file.write(block, 0, block.length, 0)
    await file.datasync()
    waits.push(performance.now() - sent)
    await sleep(100)
  }
  await file.close()
  await rm(directory, { recursive: true })
}

async function people(target: Target, until: number): Promise<Phase> {
  const phase: Phase = {
    waits: [],
    reads: [],
    writes: [],
    disk: [],
    answers: new Map(),
    slowest: new Map(),
    minutes: []
  }
  const started = performance.now()
  const probe = probeDisk(until, phase.disk)
  await pace(callsPerSecond, until, async (n) => {
    const sent = performance.now()
    count(phase.answers, await callOf(n, target))
    const wait = performance.now() - sent
    phase.waits.push(wait)
    phase[writes(n) ? 'writes' : 'reads'].push(wait)
    const second = Math.floor((sent - started) / 1000)
    ;(phase.minutes[Math.floor(second / 60)] ??= []).push(wait)
    phase.slowest.set(second, Math.max(wait, phase.slowest.get(second) ?? 0))
  })
  await probe
  return phase
}

const percentile = (waits: number[], share: number) => {
  const sorted = [...waits].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The memory of the sessions of one database: what is shared counts in part. */
async function postgresMegabytes({ client }: BenchDatabase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  )
  const here = new Set(readdirSync('/proc'))
  const kilobytes = rows
    .filter(({ pid }) => here.has(String(pid)))
    .map(({ pid }) => {
      try {
        const own = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
        return Number(/Private_Dirty:\s+(\d+)/.exec(own)?.[1] ?? 0)
      } catch {
        return 0
      }
    })
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}

async function databaseMegabytes({ client }: BenchDatabase): Promise<number> {
  const { rows } = await client.query<{ size: string }>('select pg_database_size(current_database()) as size')
  return Number(rows[0]?.size ?? 0) / 2 ** 20
}

const told = (answers: Answers) =>
  [...answers]
    .sort(([one], [other]) => one - other)
    .map(([status, times]) => `${status || 'cut'}: ${times}`)
    .join(', ')

const p99 = (waits: number[]) => percentile(waits, 0.99).toFixed(1)
const line = ({ waits, reads, writes, disk, answers }: Phase) =>
  `${waits.length} calls, p50 ${percentile(waits, 0.5).toFixed(1)} ms, p99 ${p99(waits)} ms ` +
  `(reads ${p99(reads)}, writes ${p99(writes)}; the disk alone ${p99(disk)}); ${told(answers)}`

interface Order {
  target: Target
  until: number
}

/** The answers of each attack that was tried. */
type Answered = [status: number, times: number][][]

/** The attackers are a process of their own, as they are machines of their own: their work is not taken from the people. */
async function attackAll({ target, until }: Order): Promise<Answered> {
  setPriority(19)
  const listeners = Array.from({ length: 20 }, () => deafListener(target))
  await send(target, replayed, ['POST', `/invite/${idOf('acceptable', replayed)}/accept`, {}])
  const answered = tried.map(async ({ rate, send: attack }) => {
    const answers: Answers = new Map()
    await pace(rate, until, async (n) => void count(answers, await attack(n, target)))
    return [...answers]
  })
  const all = await Promise.all(answered)
  for (const listener of listeners) listener.close()
  return all
}

async function measure(): Promise<void> {
  /** At its own quotas: an attacker's are not multiplied. */
  process.env['RATE_LIMIT_FACTOR'] = '1'
  const database = await makeDatabase()
  await seed(database, Number(values.invites))
  await database.client.query(bystanders(Math.max(0, Number(values.users) - 20_000)))
  await database.client.query(acceptableInvites(replayed, 1))
  await database.client.query('alter table invites reset (autovacuum_enabled); analyze')
  const server = await startServer('service', database.url)
  const target = { port: server.port, secret }
  try {
    await people(target, Date.now() + 20_000)
    const calm = await people(target, Date.now() + calmMinutes * 60_000)
    console.log(`calm, ${calmMinutes} min: ${line(calm)}`)

    const until = Date.now() + minutes * 60_000
    const attack = fork(fileURLToPath(import.meta.url), process.argv.slice(2))
    attack.send({ target, until } satisfies Order)
    const answered = once(attack, 'message') as Promise<[Answered]>
    const report = async () => {
      for (let minute = 0; minute <= minutes; minute++) {
        const [service, postgres, stored] = [
          residentMegabytes([server.pid]),
          await postgresMegabytes(database),
          await databaseMegabytes(database)
        ]
        console.log(
          `minute ${minute}: service ${service.toFixed(0)} MB, Postgres ${postgres.toFixed(0)} MB, database ${stored.toFixed(0)} MB`
        )
        if (minute < minutes) await sleep(60_000)
      }
    }
    const [attacked, , [answers]] = await Promise.all([people(target, until), report(), answered])
    const slow = [...attacked.slowest].filter(([, wait]) => wait > 200)
    console.log(
      `  over 200 ms, at second: ${slow.map(([second, wait]) => `${second} (${wait.toFixed(0)} ms)`).join(', ') || 'none'}`
    )
    console.log(`  p99 of each minute, ms: ${attacked.minutes.map(p99).join(', ')}`)
    console.log(`beside the attacks, ${minutes} min: ${line(attacked)}`)
    for (const [index, { name, rate }] of tried.entries()) {
      console.log(`  ${name}, ${rate}/s: ${told(new Map(answers[index]))}`)
    }
    console.log(
      `p99 beside the attacks ÷ calm: ${(percentile(attacked.waits, 0.99) / percentile(calm.waits, 0.99)).toFixed(2)}`
    )
  } finally {
    await server.stop()
    await database.drop()
  }
}

if (process.send) {
  const [order] = (await once(process, 'message')) as [Order]
  process.send(await attackAll(order))
} else await measure()
process.exit(0)
