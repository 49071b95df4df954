// The servers in turns: A B C D A B C D. If the machine is slow for a while, it is slow for all of them.
import { requireAlike } from './alike.js'
import type { BenchDatabase } from './database.js'
import { layoutOf } from './layout.js'
import { Load, measure, statementsOf } from './measure.js'
import type { Options } from './options.js'
import { tables, type Series } from './report.js'
import { scenariosOf, type Scenario } from './scenarios.js'
import { startServer, type RunningServer, type ServerName } from './servers.js'
import { CountingProxy, type StatementCount } from './statements.js'

/** A server on a database with so many invites. */
export interface Contestant {
  label: string
  name: ServerName
  database: BenchDatabase
  invites: number
}

const scenariosFor = ({ invites }: Contestant, options: Options) =>
  scenariosOf(layoutOf(invites)).filter(({ name }) => options.scenarios?.includes(name) ?? true)

/** Statements a request, by scenario: of servers of their own, behind a proxy. */
async function countStatements(load: Load, contestant: Contestant, options: Options) {
  const counts = new Map<string, StatementCount>()
  const proxy = await CountingProxy.open(contestant.database.url)
  const server = await startServer(contestant.name, proxy.url, options.processes)
  try {
    for (const scenario of scenariosFor(contestant, options)) {
      counts.set(scenario.name, await statementsOf(load, server, scenario, contestant, proxy))
    }
  } finally {
    await server.stop()
    proxy.close()
  }
  return counts
}

const warmupRoundSeconds = 5

async function rounds(
  load: Load,
  scenario: string,
  connections: number,
  contestants: (Contestant & { server: RunningServer; scenarios: Scenario[] })[],
  options: Options
): Promise<Series[]> {
  const series = contestants.map(({ label }): Series => ({ scenario, connections, server: label, rounds: [] }))
  // Round 0 is thrown away: code is not compiled, callers are not known yet, pages are not in memory, and each is written
  // whole into Postgres' log when it is first changed after a checkpoint. A slow machine needs longer for all of that.
  for (let round = 0; round <= options.rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const own = contestant.scenarios.find(({ name }) => name === scenario)
      if (!own) continue
      const order = { connections, seconds: round === 0 ? warmupRoundSeconds : options.seconds }
      const figures = await measure(load, contestant.server, own, contestant, order)
      if (round > 0) series[index]?.rounds.push(figures)
    }
  }
  return series
}

/** Every scenario, at every number of connections, of every contestant; prints each table when it is there. */
export async function compare(contestants: Contestant[], options: Options): Promise<Series[]> {
  const all: Series[] = []
  const load = new Load()
  const started: (Contestant & { server: RunningServer; scenarios: Scenario[] })[] = []
  try {
    const statements = new Map<string, Map<string, StatementCount>>()
    for (const contestant of contestants) {
      statements.set(contestant.label, await countStatements(load, contestant, options))
    }
    for (const contestant of contestants) {
      const server = await startServer(contestant.name, contestant.database.url, options.processes)
      started.push({ ...contestant, server, scenarios: scenariosFor(contestant, options) })
    }
    for (const database of new Set(started.map((one) => one.database))) {
      const here = started.filter((one) => one.database === database)
      await requireAlike(
        here.map(({ server }) => server),
        here[0]?.scenarios ?? []
      )
    }
    for (const { name, targets = Infinity, mostConnections = Infinity } of started[0]?.scenarios ?? []) {
      // Each connection changes rows of its own: with fewer targets they would measure each other's locks.
      const most = Math.min(targets, mostConnections)
      for (const connections of new Set(options.connections.map((wanted) => Math.min(wanted, most)))) {
        const series = await rounds(load, name, connections, started, options)
        for (const one of series) {
          const count = statements.get(one.server)?.get(name)
          if (count) one.statements = count
        }
        all.push(...series)
        console.log(`\n${tables(series)}`)
      }
    }
  } finally {
    load.stop()
    await Promise.all(started.map(({ server }) => server.stop()))
  }
  return all
}
