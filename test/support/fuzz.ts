// npm run fuzz -- --minutes 10 [--seed 1]: requests out of the OpenAPI document until the time is over or an answer is
// wrong. A server of its own on the embedded database, or with TEST_DATABASE_URL on a fresh database of that Postgres.
import { parseArgs } from 'node:util'
import { Fuzzer } from './fuzz-run.js'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
process.env['NODE_ENV'] ??= 'test'
if (process.env['TEST_DATABASE_URL']) process.env['TEST_ON'] = 'postgres'
const { startServer } = await import('./server.js')

const first = Number(values.seed ?? Date.now() % 1_000_000_000)
console.log(`seed ${first}`)
const server = await startServer({ mailFile: '' })
try {
  const fuzzer = await Fuzzer.prepare(server)
  const until = Date.now() + Number(values.minutes ?? 1) * 60_000
  for (let seed = first; Date.now() < until; seed++) {
    await fuzzer.furnish()
    await fuzzer.run('valid', seed, 200)
    await fuzzer.run('mutated', seed, 200)
    console.log(`seed ${seed}: ${[...fuzzer.answers].map(([what, count]) => `${count} ${what}`).join(', ')}`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await server.stop()
}
process.exit()
