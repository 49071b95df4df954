// Requests out of the OpenAPI document. Those that it allows are answered with a documented status and schema, and never
// by a fault of the service; those with something wrong in them are refused and change nothing. `npm run fuzz` draws
// others, for as long as is wanted.
import { beforeAll, describe, expect, it } from 'vitest'
import { Fuzzer } from './support/fuzz-run.js'
import { onPostgres, useServer } from './support/server.js'

// No message is sent: beside the calls nothing may change.
const server = await useServer({ mailFile: '' })
/** Each database gets requests of its own. */
const seed = onPostgres ? 20_261_124 : 20_261_123
const rounds = 4
const valid = 400
const mutated = 250

describe('out of the requests that the document tells of', () => {
  let fuzzer: Fuzzer
  beforeAll(async () => {
    fuzzer = await Fuzzer.prepare(server)
  })

  it('every valid one gets a documented answer', { timeout: 900_000 }, async () => {
    // More rounds until every operation has done what was asked, and was not only ever refused.
    for (let round = 0; round < rounds || (fuzzer.onlyRefused.length > 0 && round < 4 * rounds); round++) {
      await fuzzer.furnish()
      await fuzzer.run('valid', seed + round, valid)
    }
    expect(fuzzer.answers.get('valid right')).toBeGreaterThanOrEqual(rounds * valid)
    expect(fuzzer.onlyRefused).toEqual([])
  })

  it('every one with something wrong in it is refused and changes nothing', { timeout: 900_000 }, async () => {
    for (let round = 0; round < rounds; round++) {
      await fuzzer.furnish()
      await fuzzer.run('mutated', seed - round, mutated)
    }
    expect(fuzzer.answers.get('mutated right')).toBe(rounds * mutated)
  })
})
