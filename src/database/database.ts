// One Knex, two databases: a Postgres behind DATABASE_URL, or the embedded one.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import knexModule, { type Knex } from 'knex'
import pg from 'pg'
import type { Config } from '../config.js'
import { openEmbedded, type EmbeddedPostgres } from './embedded.js'
import { migrationSource } from './migrations.js'
import { listenOn, type Listener } from './notifications.js'

const { knex } = knexModule

/** Converts a time of Postgres, text in UTC (`2026-01-31 10:20:30.4+00`), to RFC 3339 without making a Date. */
export function timeFromText(text: string): string {
  const seconds = text.slice(0, 10) + 'T' + text.slice(11, 19)
  const fraction = text[19] === '.' ? text.slice(20, text.indexOf('+', 20)) : ''
  return `${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
}

const TIMESTAMPTZ = 1184
const INT8 = 20
const readers = new Map<number, (text: string) => unknown>([
  [TIMESTAMPTZ, timeFromText],
  [INT8, Number]
])
const types = {
  getTypeParser: (oid: number, format?: string) =>
    format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : (readers.get(oid) ?? pg.types.getTypeParser(oid))
}

/**
 * The settings of every connection: UTC, so that times need no conversion; JIT off, because it costs more than these
 * statements; timeouts, so that a stuck lock or a runaway query becomes a 503 and does not block the service.
 */
const settings = [
  "set timezone = 'UTC'",
  'set jit = off',
  "set statement_timeout = '5s'",
  "set lock_timeout = '2s'",
  "set idle_in_transaction_session_timeout = '10s'"
].join(';')

interface PoolConnection {
  /** Set by `pg`: false while a query is running. */
  readyForQuery?: boolean
  connection: { stream: Duplex; on(event: 'errorMessage', listener: (message: { severity?: string }) => void): void }
  /** knex destroys a connection with this mark instead of reusing it. */
  __knex__disposed?: unknown
  query(text: string, done: (error: Error | null) => void): void
  on(event: 'notification', listener: (message: { payload?: string }) => void): void
}

/** Longer than any statement may take: a Postgres that sends nothing for this long is gone. */
const silentMs = 6000

/**
 * Closes a connection whose query gets no answer, so the query fails. `pg`'s own timeout leaves the connection open,
 * and knex would use it again: with the old answer still to come, or inside a transaction that never ends.
 */
function cutWhenSilent(connection: PoolConnection): void {
  const { stream } = connection.connection
  if (!(stream instanceof Socket)) return
  stream.setTimeout(silentMs, () => {
    if (connection.readyForQuery === false) stream.destroy(new Error('Query read timeout'))
  })
}

/**
 * Marks a connection that Postgres ends, so that knex does not hand it out in the moment before its socket closes. The
 * mark is set here because knex itself runs the COMMIT of a transaction.
 */
function disposeWhenFatal(connection: PoolConnection): void {
  connection.connection.on('errorMessage', (message) => {
    if (message.severity === 'FATAL' || message.severity === 'PANIC') connection.__knex__disposed = message
  })
}

/** The embedded database has one session: a notification arrives on the connection that sent it, with its answer. */
function listenInside(db: Knex, channel: string, listener: Listener): { close: () => Promise<void> } {
  const hear = (connection: PoolConnection) => {
    connection.on('notification', (message) => listener.heard(message.payload ?? ''))
    connection.query(`listen ${channel}`, (error) => (error ? listener.lost() : listener.connected()))
  }
  const pool: { on(event: 'createSuccess', listener: (id: number, connection: PoolConnection) => void): void } =
    db.client.pool
  pool.on('createSuccess', (_id, connection) => hear(connection))
  void db.client
    .acquireConnection()
    .then((connection: PoolConnection) => {
      hear(connection)
      return db.client.releaseConnection(connection)
    })
    .catch(() => listener.lost())
  return { close: async () => {} }
}

/** The knex configuration for a pool to `connection`. */
function knexConfig(connection: object, size: number): Knex.Config {
  return {
    client: 'pg',
    connection: { ...connection, types, application_name: 'invite-service' },
    // knex waits sixty seconds by default, longer than any client. After one second, the answer is 503.
    acquireConnectionTimeout: 1000,
    pool: {
      min: size === 1 ? 1 : 0,
      max: size,
      afterCreate: (raw: PoolConnection, done: (error: Error | null, raw: PoolConnection) => void) => {
        cutWhenSilent(raw)
        disposeWhenFatal(raw)
        raw.query(settings, (error) => done(error, raw))
      }
    },
    migrations: { migrationSource, tableName: 'migrations' }
  }
}

export interface OpenDatabase {
  db: Knex
  embedded: boolean
  /** Calls the listener for each NOTIFY on the channel, until the database is closed. */
  listen: (channel: string, listener: Listener) => void
  close: () => Promise<void>
}

/** The knex configuration for the database that the configuration names; opens it when it is the embedded one. */
async function open(
  config: Pick<Config, 'database'>
): Promise<{ knexConfig: Knex.Config; embedded?: EmbeddedPostgres }> {
  const { url, directory, poolSize } = config.database
  if (url) {
    return {
      knexConfig: knexConfig({ connectionString: url, connectionTimeoutMillis: 3000, keepAlive: true }, poolSize)
    }
  }
  const embedded = await openEmbedded(directory)
  return { knexConfig: knexConfig({ stream: embedded.stream, user: 'postgres', database: 'postgres' }, 1), embedded }
}

/** The configuration for knexfile.ts, which migrates a Postgres. */
export const knexConfigFor = async (config: Pick<Config, 'database'>): Promise<Knex.Config> =>
  withoutTimeouts((await open(config)).knexConfig)

/** Opens the database that the configuration names. `close` waits for running queries. */
export async function openDatabase(config: Pick<Config, 'database'>): Promise<OpenDatabase> {
  const { knexConfig, embedded } = await open(config)
  const db = knex(knexConfig)
  const listeners: { close: () => Promise<void> }[] = []
  return {
    db,
    embedded: embedded !== undefined,
    listen: (channel, listener) => {
      listeners.push(embedded ? listenInside(db, channel, listener) : listenOn(config.database.url, channel, listener))
    },
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
      await db.destroy()
      await embedded?.close()
    }
  }
}

/** For migrations: no timeouts, because an index over a large table takes long, and no client waits for it. */
const withoutTimeouts = (config: Knex.Config): Knex.Config => ({
  ...config,
  acquireConnectionTimeout: 30_000,
  pool: {
    min: 0,
    max: 2,
    afterCreate: (raw: PoolConnection, done: (error: Error | null, raw: PoolConnection) => void) =>
      raw.query("set timezone = 'UTC'", (error) => done(error, raw))
  }
})

/**
 * Brings the schema of `db`'s database up to date. Several instances may start at once: an advisory lock lets one of
 * them migrate; the others wait, and then find nothing to do. Postgres frees this session lock when its process dies,
 * but knex's own lock row would stay.
 */
export async function migrate({ db, embedded }: Pick<OpenDatabase, 'db' | 'embedded'>): Promise<string[]> {
  const lock = 7_210_031
  const config = { migrationSource, tableName: 'migrations', disableMigrationsListValidation: true }
  // The embedded database has one connection and one process, so it needs no lock.
  if (embedded) return (await db.migrate.latest(config))[1]
  const own = knex(withoutTimeouts(db.client.config))
  const connection = await own.client.acquireConnection()
  try {
    await connection.query('select pg_advisory_lock($1)', [lock])
    // Only this process migrates now, so a lock row was left by a process that was killed.
    if (await own.schema.hasTable('migrations_lock')) await own.migrate.forceFreeMigrationsLock(config)
    return (await own.migrate.latest(config))[1]
  } finally {
    // The lock ends with its connection.
    await own.client.releaseConnection(connection)
    await own.destroy()
  }
}
