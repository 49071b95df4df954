// The figures that the service has to reach, and whether it does.
import { cpus } from 'node:os'
import { find, number, ratios, spreadOf, table, type Series, type Spread } from './report.js'

interface Target {
  text: string
  figure: string
  /** Undefined where this machine cannot tell. */
  met: boolean | undefined
}

const connections = 32
const judged = ['patch by id', 'patch 50', 'filtered list 50', 'create']
const againstLimit: Record<string, number> = {
  'patch by id': 0.55,
  'patch 50': 0.85,
  'filtered list 50': 0.85,
  create: 0.55
}
const againstStock: Record<string, number> = { 'patch by id': 6, 'patch 50': 20 }
const againstFastify = 1.2
const mostP99 = 2
const mostStatements = 2

const shown = ({ median, min, max }: Spread) => `${number(median)} (${number(min)}–${number(max)})`

/** The median of the rounds decides. */
function atLeast(text: string, least: number, spread: Spread): Target {
  return { text: `${text} ≥ ${least}`, figure: shown(spread), met: spread.median >= least }
}
function atMost(text: string, most: number, spread: Spread): Target {
  return { text: `${text} ≤ ${most}`, figure: shown(spread), met: spread.median <= most }
}

function* comparisons(all: Series[]): Generator<Target> {
  for (const scenario of judged) {
    const service = find(all, scenario, connections, 'service')
    if (!service) continue
    const others: [string, number | undefined][] = [
      ['limit', againstLimit[scenario]],
      ['fastify', againstFastify],
      ['stock', againstStock[scenario]]
    ]
    for (const [name, least] of others) {
      const other = find(all, scenario, connections, name)
      if (other && least)
        yield atLeast(`${scenario}: throughput ÷ ${name}`, least, ratios(service, other, 'throughput'))
    }
    const limit = find(all, scenario, connections, 'limit')
    if (limit) yield atMost(`${scenario}: p99 ÷ limit`, mostP99, ratios(service, limit, 'p99'))
  }
  for (const { scenario, server, connections: at, statements } of all) {
    if (server !== 'service' || at !== connections || !scenario.startsWith('patch') || !statements) continue
    const value = Math.round(statements.statements * 10) / 10
    yield atMost(`${scenario}: statements besides BEGIN/COMMIT`, mostStatements, spreadOf([value]))
  }
}

export const comparisonTargets = (all: Series[]): Target[] => [...comparisons(all)]

/** Of the service with few invites and with many, in this order. */
export function growthTargets(all: Series[]): Target[] {
  const service = all.filter(({ server, connections: at }) => server.startsWith('service') && at === connections)
  return [...new Set(service.map(({ scenario }) => scenario))].flatMap((scenario) => {
    const [few, many] = service.filter((one) => one.scenario === scenario)
    return few && many ? [atMost(`${scenario}: p50 ÷ ${few.server}`, 1.3, ratios(many, few, 'p50'))] : []
  })
}

/** Two processes need two cores beside those of Postgres and the load. */
export function processTargets(all: Series[]): Target[] {
  const enough = cpus().length >= 4
  return all
    .filter(({ server }) => server === 'cluster')
    .flatMap((cluster) => {
      const one = find(all, cluster.scenario, cluster.connections, 'service')
      if (!one) return []
      const target = atLeast(`${cluster.scenario}: throughput ÷ one process`, 1.5, ratios(cluster, one, 'throughput'))
      return [enough ? target : { ...target, met: undefined }]
    })
}

const notJudged = `not judged on ${cpus().length} CPUs`

export const targetTable = (targets: Target[]) =>
  table(
    ['target', 'figure', ''],
    targets.map(({ text, figure, met }) => [text, figure, met ? 'met' : met === false ? '**falls short**' : notJudged])
  )
