// One measurement: a scenario, against one server, for some seconds.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { acceptableInvites, tidy, type BenchDatabase } from './database.js'
import type { LoadMessage, LoadOrder, LoadResult } from './load.js'
import { cpuSeconds, familyOf, postgresSeconds, residentMegabytes } from './processes.js'
import type { Scenario } from './scenarios.js'
import { secret, type RunningServer } from './servers.js'
import type { CountingProxy, StatementCount } from './statements.js'

export interface Figures {
  /** Requests a second. */
  throughput: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Milliseconds of CPU a request. */
  serverCpu: number
  postgresCpu: number
  /** Megabytes, at the end. */
  memory: number
}

/** More than any server does, so that fresh targets do not run out. */
const acceptsPerSecond = 4000
const warmupSeconds = 0.3

/** Processes of Postgres that work for this database: its connections, and the writer of the log for all of them. */
const postgresPids = async ({ client }: BenchDatabase): Promise<number[]> =>
  (
    await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
         or backend_type = 'walwriter'`
    )
  ).rows.map(({ pid }) => pid)

export class Load {
  private readonly child: ChildProcess = fork(fileURLToPath(new URL('../dist/bench/load.js', import.meta.url)), {
    execArgv: []
  })

  run(order: LoadOrder, onMeasuring: () => void): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load ended'))
      const onMessage = (message: LoadMessage) => {
        if (message.kind === 'measuring') return onMeasuring()
        this.child.off('message', onMessage).off('exit', onExit)
        resolve(message.result)
      }
      this.child.on('message', onMessage).once('exit', onExit)
      this.child.send(order)
    })
  }

  stop() {
    this.child.kill()
  }
}

/** Fresh targets are counted through the whole run. */
let fresh = 0

/** Makes what the scenario uses up. */
async function orderFor(
  { port, dialect }: RunningServer,
  { name }: Scenario,
  { client }: BenchDatabase,
  invites: number,
  options: { connections: number; seconds: number }
): Promise<LoadOrder> {
  const available = Math.ceil((options.seconds + warmupSeconds) * acceptsPerSecond)
  const isAccept = name === 'accept'
  if (isAccept) await client.query(acceptableInvites(fresh, available))
  return {
    port,
    secret,
    invites,
    scenario: name,
    dialect,
    warmupSeconds,
    first: fresh,
    available: isAccept ? available : Number.MAX_SAFE_INTEGER,
    ...options
  }
}

/** One wrong reply makes all figures worthless: a server that does not do the work is fast. */
async function finish({ name }: RunningServer, scenario: Scenario, { client }: BenchDatabase, result: LoadResult) {
  fresh += result.used
  if (result.failures > 0) {
    throw new Error(`${name}, ${scenario.name}: ${result.failures} wrong replies; the first: ${result.failure}`)
  }
  await tidy(client)
}

/** Statements a request, by one caller at a time, after as many in which caches fill. */
export async function statementsOf(
  load: Load,
  server: RunningServer,
  scenario: Scenario,
  { database, invites }: { database: BenchDatabase; invites: number },
  proxy: CountingProxy
): Promise<StatementCount> {
  const run = async (requests: number) => {
    const order = await orderFor(server, scenario, database, invites, { connections: 1, seconds: 30 })
    await finish(server, scenario, database, await load.run({ ...order, requests }, () => {}))
  }
  const requests = 20
  await run(requests)
  proxy.take()
  await run(requests)
  const { statements, bracketing } = proxy.take()
  return { statements: statements / requests, bracketing: bracketing / requests }
}

export async function measure(
  load: Load,
  server: RunningServer,
  scenario: Scenario,
  { database, invites }: { database: BenchDatabase; invites: number },
  options: { connections: number; seconds: number }
): Promise<Figures> {
  const order = await orderFor(server, scenario, database, invites, options)
  const serverPids = familyOf(server.pid)
  const cpu = () => ({ server: cpuSeconds(serverPids), postgres: postgresSeconds() })
  let before = cpu()
  const result = await load.run(order, () => (before = cpu()))
  const after = cpu()
  let postgres = 0
  for (const pid of await postgresPids(database)) {
    postgres += (after.postgres.get(pid) ?? Number.NaN) - (before.postgres.get(pid) ?? 0)
  }
  const memory = residentMegabytes(serverPids)
  if (result.requests === 0) throw new Error(`${server.name}, ${scenario.name}: nothing was measured`)
  await finish(server, scenario, database, result)
  return {
    throughput: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    serverCpu: ((after.server - before.server) * 1000) / result.requests,
    postgresCpu: (postgres * 1000) / result.requests,
    memory
  }
}
