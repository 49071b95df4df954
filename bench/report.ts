// Figures to a table: medians, and medians of ratios to the limit with their range.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Figures } from './measure.js'
import type { StatementCount } from './statements.js'

/** The figures of one server in one scenario, round by round. */
export interface Series {
  scenario: string
  connections: number
  server: string
  rounds: Figures[]
  /** Statements a request beside BEGIN and COMMIT, and those two; counted once, apart. */
  statements?: StatementCount
}

export interface Spread {
  median: number
  min: number
  max: number
}

export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = ((sorted[Math.ceil(middle - 1)] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}

export const find = (all: Series[], scenario: string, connections: number, server: string) =>
  all.find((one) => one.scenario === scenario && one.connections === connections && one.server === server)

/** Round by round, so that what disturbs a round disturbs both sides. */
export function ratios(series: Series, base: Series, key: keyof Figures): Spread {
  return spreadOf(
    series.rounds.flatMap((figures, round) => {
      const other = base.rounds[round]
      return other ? [figures[key] / other[key]] : []
    })
  )
}

export const number = (value: number) =>
  Number.isFinite(value) ? (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)) : '–'

const ranged = ({ median, min, max }: Spread) => `**${number(median)}** (${number(min)}–${number(max)})`
const medianOf = (series: Series, key: keyof Figures) => spreadOf(series.rounds.map((figures) => figures[key])).median

const heads = ['', 'requests/s', '÷', 'p50 ms', '÷', 'p99 ms', '÷', 'CPU ms', 'Postgres CPU ms', 'statements', 'RSS MB']

function line(series: Series, base: Series): string[] {
  const { statements } = series
  const both = (key: 'throughput' | 'p50' | 'p99') => [number(medianOf(series, key)), ranged(ratios(series, base, key))]
  return [
    series.server,
    ...both('throughput'),
    ...both('p50'),
    ...both('p99'),
    number(medianOf(series, 'serverCpu')),
    number(medianOf(series, 'postgresCpu')),
    statements ? `${statements.statements.toFixed(1)}${statements.bracketing >= 0.5 ? ' + BEGIN/COMMIT' : ''}` : '–',
    number(medianOf(series, 'memory'))
  ]
}

const row = (cells: string[]) => `| ${cells.join(' | ')} |`
export const table = (heads: string[], lines: string[][]) =>
  [row(heads), row(heads.map(() => '---')), ...lines.map(row)].join('\n')

/** One table a scenario and number of connections; `÷` is the ratio to the first server. */
export function tables(all: Series[]): string {
  const places = [...new Set(all.map(({ scenario, connections }) => JSON.stringify([scenario, connections])))]
  return places
    .map((place) => {
      const [scenario, connections] = JSON.parse(place) as [string, number]
      const here = all.filter((one) => one.scenario === scenario && one.connections === connections)
      const [base] = here
      if (!base) return ''
      const title = `### ${scenario}, ${connections} connection${connections === 1 ? '' : 's'}`
      return `${title}\n\n${table(
        heads.map((head) => (head === '÷' ? `÷ ${base.server}` : head)),
        here.map((series) => line(series, base))
      )}`
    })
    .join('\n\n')
}

/** The properties of the machine that the figures depend on; none of them names it. */
export function machine(postgresVersion: string): string {
  const memory = /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  const gigabytes = memory ? `, ${Math.round(Number(memory) / 1024 / 1024)} GB of memory` : ''
  return `${cpus().length} CPUs${gigabytes}, Node ${process.versions.node}, Postgres ${postgresVersion}`
}
