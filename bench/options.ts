// The command line of the bench.
import { parseArgs } from 'node:util'
import { serverNames, type ServerName } from './servers.js'

export interface Options {
  servers: ServerName[]
  scenarios?: string[]
  connections: number[]
  rounds: number
  seconds: number
  invites: number
  /** The service is compared to itself with few invites. */
  grown: boolean
  /** The service is compared to itself at this commit. */
  before: string | undefined
  processes: number
  sockets: number
  check: boolean
  build: boolean
  output: string
  /** The options as they were given, for a reader who repeats the run, without those that change no figure. */
  written: string
}

export const usage = `npm run bench [-- options]
  --full               every scenario, at 1, 32 and 128 connections
  --check              the targets beside their figures; ends with 1 if one falls short
  --only A,B           some of ${serverNames.join(', ')}
  --scenario A,B       some scenarios, by name
  --connections N,M    default 32
  --rounds N           default 6
  --seconds N          of each measurement; default 1.2
  --invites N          default 200000; more than that compares the service to itself at 20000
  --compare COMMIT     the service against itself at an older commit, each on a database of its own
  --processes N        the service alone against N processes of it behind one port
  --sockets N          memory of N idle websockets
  --no-build           measure what is in dist/
  --output FILE        default bench/RESULTS.md`

const short = ['patch by id', 'patch 50', 'filtered list 50', 'create']
const growing = ['patch by id', 'filtered list 50']

function positive(text: string, name: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`--${name} must be a positive number\n\n${usage}`)
  return number
}

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      full: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      only: { type: 'string' },
      scenario: { type: 'string' },
      connections: { type: 'string' },
      rounds: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '1.2' },
      invites: { type: 'string', default: '200000' },
      compare: { type: 'string' },
      processes: { type: 'string', default: '1' },
      sockets: { type: 'string' },
      'no-build': { type: 'boolean', default: false },
      output: { type: 'string', default: 'bench/RESULTS.md' }
    }
  })
  const processes = positive(values.processes, 'processes')
  const invites = positive(values.invites, 'invites')
  const grown = invites > 200_000
  const usual = values.compare
    ? ['before', 'service']
    : grown
      ? ['service']
      : processes > 1
        ? ['service', 'cluster']
        : serverNames.slice(0, 4)
  const wanted = values.only?.split(',') ?? usual
  const servers = serverNames.filter((name) => wanted.includes(name)).sort((name) => (name === 'before' ? -1 : 0))
  if (servers.length < wanted.length) throw new Error(`--only: some of ${serverNames.join(', ')}\n\n${usage}`)
  const scenarios = values.scenario?.split(',') ?? (values.full ? undefined : grown ? growing : short)
  const connections = values.connections ?? (values.full ? '1,32,128' : '32')
  return {
    servers,
    ...(scenarios && { scenarios }),
    connections: connections.split(',').map((text) => positive(text, 'connections')),
    rounds: positive(values.rounds, 'rounds'),
    seconds: positive(values.seconds, 'seconds'),
    invites,
    grown,
    before: values.compare,
    processes,
    sockets: values.sockets === undefined ? 0 : positive(values.sockets, 'sockets'),
    check: values.check,
    build: !values['no-build'],
    output: values.output,
    written: args
      .filter((arg, at) => !['--output', '--no-build'].includes(arg) && args[at - 1] !== '--output')
      .join(' ')
  }
}
