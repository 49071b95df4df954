// A service of its own for each test file: its own database, its own port, its own mail.
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import pg from 'pg'
import type { Logger } from 'pino'
import { afterAll } from 'vitest'
import { createApp } from '../../src/app.js'
import { loadConfig, type Config } from '../../src/config.js'
import { pace } from '../../src/database/notifications.js'
import type { Application } from '../../src/declarations.js'
import { Sweeper } from '../../src/sweeper.js'
import { listen } from '../../src/listen.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { until } from './patience.js'
import { requireNoLeaks } from './secrets.js'

export const onPostgres = process.env['TEST_ON'] === 'postgres'
export const adminLogin = { email: 'admin@example.com', password: 'the admin password' }

export interface TestServer {
  url: string
  app: Application
  /** The database behind it, to look at what really happened. */
  db: Knex
  config: Config
  /** Every message that was sent so far. */
  mail: () => string
  /** Waits for the message of an invite, and returns the passcode in its link; `not` is an old one. */
  mailedPasscode: (inviteId: string, not?: string) => Promise<string>
  stop: () => Promise<void>
}

async function administer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] })
  await client.connect()
  await client.query(text)
  await client.end()
}

/** A fresh Postgres database, and how to drop it. */
export async function makeDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `invite_test_${randomBytes(6).toString('hex')}`
  await administer(`create database ${name}`)
  const url = new URL(process.env['TEST_DATABASE_URL'] ?? '')
  url.pathname = `/${name}`
  return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) }
}

/** To look into a database beside its server. Dropping or stopping it may end connections that are just being closed. */
export function openPool(url: string, max = 2): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max })
  pool.on('error', () => {})
  return pool
}

/** How many sessions of a Postgres database wait for a lock just now. */
export async function waitingForLocks(db: Knex): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  )
  return rows[0].waiting
}

interface PatientPool {
  acquireTimeoutMillis: number
  creator: () => Promise<PatientConnection>
  numUsed: () => number
  free: { resource: PatientConnection }[]
}
interface PatientConnection {
  query: (text: string) => Promise<unknown>
  connection: { stream: { setTimeout?: (ms: number) => void } }
}

/**
 * Takes the clocks off a pool in this process. A call that gives up after one second without a connection, two for a
 * lock or five for a statement says here how busy the machine is, not what the service does: the faults that these
 * clocks are for are tried on processes of their own, which have them.
 */
export async function patient(db: Knex): Promise<void> {
  const pool: PatientPool = db.client.pool
  pool.acquireTimeoutMillis = 60_000
  const tell = async (connection: PatientConnection) => {
    connection.connection.stream.setTimeout?.(0)
    await connection.query(
      'set lock_timeout = 0; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0'
    )
    return connection
  }
  const create = pool.creator
  pool.creator = () => create().then(tell)
  await until(() => pool.numUsed() === 0, 'connections that nobody uses')
  await Promise.all(pool.free.map(({ resource }) => tell(resource)))
}

/** Once a minute it would write down what has expired, in the middle of whatever a test is about: here tests sweep. */
Sweeper.prototype.start = () => {}

/** The newest passcode that was mailed for an invite; `not` is an old one. */
export const passcodeIn = (mail: string, inviteId: string, not?: string): string | undefined =>
  [...mail.matchAll(new RegExp(`/i/${inviteId}#passcode=([\\w-]+)`, 'g'))]
    .map((match) => match[1])
    .findLast((one) => one !== not)

/** As with the pool: a busy machine must not make a process forget its callers, whose statements tests count. */
pace.provenMs = 60_000

/** A database of this server's own, with the schema in it: support/template.ts has made the one that it is a copy of. */
function copyOfTemplate(directory: string): string {
  const copy = join(directory, 'database')
  cpSync(process.env['TEST_TEMPLATE'] ?? '', copy, { recursive: true })
  return copy
}

/** Starts a server in this process. `overrides` are merged over config/test.json. */
export async function startServer(overrides: Record<string, unknown> = {}, own?: Logger): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'invite-test-'))
  const mailFile = join(directory, 'mail.txt')
  const database = onPostgres ? await makeDatabase() : undefined
  const config = loadConfig({
    mailFile,
    admin: adminLogin,
    database: database ? { url: database.url, poolSize: 5 } : { url: '', directory: copyOfTemplate(directory) },
    ...overrides
  })
  const log: string[] = []
  const logger = own ?? createLogger({ logLevel: 'info' }, { write: (line) => log.push(line) })
  const running = await createApp(config, logger)
  const db = running.app.get('db')
  await patient(db)
  running.app.get('inFlight').patienceMs = 60_000
  const { url, stop } = await listen(running, config)
  const mail = () => (existsSync(mailFile) ? readFileSync(mailFile, 'utf8') : '')
  return {
    url,
    app: running.app,
    db,
    config,
    mail,
    mailedPasscode: (inviteId, not) =>
      until(() => passcodeIn(mail(), inviteId, not), `the message of invite ${inviteId}`),
    async stop() {
      await requireNoLeaks(log, db)
      await stop()
      await database?.drop()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** `startServer`, stopped after the tests of the file. */
export async function useServer(overrides: Record<string, unknown> = {}): Promise<TestServer> {
  const server = await startServer(overrides)
  afterAll(() => server.stop())
  return server
}
