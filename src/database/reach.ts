// Waits for a Postgres that is not there yet, and says in a sentence why one cannot be used.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { isAway, sqlState } from './errors.js'

interface Target {
  place: string
  user: string
  database: string
}

/** The advice for an error that no waiting mends, by its SQLSTATE. */
const sentences: Record<string, (target: Target) => string> = {
  '28P01': ({ place, user }) =>
    `The database at ${place} refuses the password of user ${user}: correct DATABASE_URL, with special characters percent-encoded`,
  '28000': ({ place, user }) =>
    `The database at ${place} refuses user ${user}: make that role, or correct DATABASE_URL`,
  '3D000': ({ place, database }) => `There is no database ${database} at ${place}: create it, or correct DATABASE_URL`,
  '42501': ({ place, user, database }) =>
    `User ${user} may not use the database ${database} at ${place}: grant the right, or correct DATABASE_URL`
}

const whyNot = (error: unknown, target: Target): string => {
  const sentence = sentences[sqlState(error)]
  if (sentence) return sentence(target)
  const message = error instanceof Error ? error.message : String(error)
  return /password must be a string/.test(message)
    ? `The database at ${target.place} wants a password of user ${target.user}: put it into DATABASE_URL`
    : `The database at ${target.place} cannot be used: ${message}`
}

async function connectOnce(client: pg.Client): Promise<void> {
  // An error after the first is of no interest: the client is given up.
  client.on('error', () => {})
  try {
    await client.connect()
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Returns when the Postgres takes connections. Tries again while it is away: an orchestrator often starts the database
 * at the same time. Throws a sentence when it stays away, and at once when waiting is of no use.
 */
export async function reach(
  connectionString: string,
  logger?: Logger,
  { waitMs = 30_000, pauseMs = 1000, connectMs = 3000 } = {}
): Promise<void> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: connectMs,
      application_name: 'invite-service start'
    })
    const target = { place: `${client.host}:${client.port}`, user: client.user ?? '', database: client.database ?? '' }
    try {
      return await connectOnce(client)
    } catch (error) {
      if (sentences[sqlState(error)] || !isAway(error)) throw new Error(whyNot(error, target), { cause: error })
      if (performance.now() + pauseMs > deadline) {
        const seconds = Math.round(waitMs / 1000)
        throw new Error(
          `The database at ${target.place} was away for ${seconds} s: start it, or correct DATABASE_URL`,
          { cause: error }
        )
      }
      logger?.warn({ database: target.place, code: sqlState(error) || undefined }, 'the database is away: trying again')
      await sleep(pauseMs)
    }
  }
}
