// Before anybody is timed: the same request has the same reply, whoever is asked.
import { isDeepStrictEqual } from 'node:util'
import type { Scenario } from './scenarios.js'
import { secret, type RunningServer } from './servers.js'
import { tokenFor } from './tokens.js'

/** The reply without `updatedAt`, which each change moves. */
async function replyOf({ port, dialect }: RunningServer, scenario: Scenario): Promise<unknown> {
  const { method, path, user, body } = scenario.request(0, dialect)
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...(user !== undefined && { authorization: `Bearer ${tokenFor(user, secret)}` }),
      ...(body && { 'content-type': 'application/json' })
    },
    ...(body && { body: JSON.stringify(body) })
  })
  const text = await reply.text()
  return JSON.parse(text, (key, value: unknown) => (key === 'updatedAt' ? undefined : value))
}

/** Throws where a reply differs. Rows that the call makes, and refusals, have ids and words of their own. */
export async function requireAlike(servers: RunningServer[], scenarios: Scenario[]): Promise<void> {
  const [first, ...others] = servers
  if (!first) return
  for (const scenario of scenarios.filter(({ targets, status }) => targets !== undefined && status === 200)) {
    const expected = await replyOf(first, scenario)
    for (const server of others) {
      if (!isDeepStrictEqual(await replyOf(server, scenario), expected)) {
        throw new Error(`${scenario.name}: ${server.name} does not answer as ${first.name} does`)
      }
    }
  }
}
