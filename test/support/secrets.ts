// The canaries of the whole suite: whatever secret a call of a test carries, and whatever one is told, must not stand in
// any line that its servers log, in any refusal, and in any row of the history. test/canary.test.ts looks harder, at a
// process of its own.
import type { Knex } from 'knex'

const secrets = new Set<string>()
const refusals: string[] = []

const secretKeys = new Set(['password', 'accessToken', 'passcode'])
/** Shorter ones are tests' own bad values, and stand by chance in other words. */
const shortest = 12

export const keepSecret = (value: unknown) => {
  if (typeof value === 'string' && value.length >= shortest && new Set(value).size > 4) secrets.add(value)
}

/** Keeps what stands under the name of a secret, anywhere in what was sent or answered. */
export function keepSecretsOf(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    if (secretKeys.has(key)) keepSecret(item)
    else keepSecretsOf(item)
  }
}

export const keepRefusal = (text: string) => void refusals.push(text)

const leakedInto = (text: string) =>
  [...secrets].filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)))

/** Throws when a secret stands where none may. */
export async function requireNoLeaks(log: string[], db: Knex): Promise<void> {
  const history = (await db.schema.hasTable('invite_history')) ? await db('invite_history').select('*') : []
  const places = { log: log.join(''), refusals: refusals.join('\n'), history: JSON.stringify(history) }
  for (const [place, text] of Object.entries(places)) {
    const leaked = leakedInto(text)
    if (leaked.length > 0) throw new Error(`${leaked.length} secrets stand in the ${place}, ${leaked[0]} among them`)
  }
}
