// Compares the service to a limit and to its alternatives: npm run bench. See `usage` in options.ts.
import { execFileSync } from 'node:child_process'
import { buildBefore, migrateBefore } from './before.js'
import { compare, type Contestant } from './compare.js'
import { makeDatabase, seed, type BenchDatabase } from './database.js'
import { readOptions, type Options } from './options.js'
import { machine, tables, type Series } from './report.js'
import { writeSection } from './results.js'
import { idleSockets } from './sockets.js'
import { comparisonTargets, growthTargets, processTargets, targetTable } from './targets.js'

const fewInvites = 20_000

/** `npm run build`, as users do, and the bench's own programs. */
function build() {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
  execFileSync('npx', ['tsc', '-p', 'bench/tsconfig.json'], { stdio: 'inherit' })
}

const titles = {
  comparison: 'Comparison',
  before: 'Before and after',
  growth: 'Growth',
  processes: 'Processes',
  sockets: 'Idle websockets'
}
const targetsOf = { comparison: comparisonTargets, growth: growthTargets, processes: processTargets }

async function versionOf({ client }: BenchDatabase): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  return rows[0]?.server_version.split(' ')[0] ?? ''
}

/** Writes down how the figures came about, and the figures. */
async function publish(kind: keyof typeof titles, text: string, database: BenchDatabase, options: Options) {
  const { rounds, seconds, invites } = options
  const how = `\`npm run bench${options.written && ` -- ${options.written}`}\``
  const facts = `${machine(await versionOf(database))}; pool of 10, ${invites} invites, ${rounds} rounds of ${seconds} s.`
  writeSection(options.output, titles[kind], `${facts} ${how}\n\n${text}`)
}

/** Prints what was aimed at; false when something falls short. */
function judge(kind: keyof typeof targetsOf, all: Series[]): { text: string; met: boolean } {
  const targets = targetsOf[kind](all)
  const text = targetTable(targets)
  console.log(`\n${text}`)
  return { text, met: targets.length > 0 && targets.every(({ met }) => met !== false) }
}

async function bench(options: Options): Promise<boolean> {
  if (options.build) build()
  const removeBefore = options.before === undefined ? undefined : buildBefore(options.before)
  const databases: BenchDatabase[] = []
  const drop = async () => {
    for (const database of databases.splice(0)) await database.drop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void drop().finally(() => process.exit(130)))
  }
  const open = async (invites: number, migrate?: (url: string) => Promise<void>) => {
    console.log(`seeding ${invites} invites`)
    const database = await makeDatabase(migrate)
    databases.push(database)
    await seed(database, invites)
    return database
  }
  try {
    const database = await open(options.invites)
    if (options.sockets > 0) {
      const text = await idleSockets(database, options.sockets)
      console.log(text)
      await publish('sockets', text, database, options)
      return true
    }
    const few = options.grown ? await open(fewInvites) : undefined
    const older = options.before === undefined ? database : await open(options.invites, migrateBefore)
    const contestants = options.servers.flatMap((name): Contestant[] =>
      few
        ? [
            { label: `${name} at ${fewInvites}`, name, database: few, invites: fewInvites },
            { label: `${name} at ${options.invites}`, name, database, invites: options.invites }
          ]
        : [{ label: name, name, database: name === 'before' ? older : database, invites: options.invites }]
    )
    const kind = options.before ? 'before' : few ? 'growth' : options.processes > 1 ? 'processes' : 'comparison'
    const all = await compare(contestants, options)
    const verdict = options.check && kind !== 'before' ? judge(kind, all) : { text: '', met: true }
    await publish(kind, `${verdict.text}\n\n${tables(all)}`, database, options)
    return verdict.met
  } finally {
    await drop()
    removeBefore?.()
  }
}

try {
  if (!(await bench(readOptions(process.argv.slice(2))))) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
