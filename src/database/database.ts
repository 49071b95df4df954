// One Knex, two databases: a Postgres behind DATABASE_URL, or the embedded one.
import knexModule, { type Knex } from 'knex'
import type { Logger } from 'pino'
import type { Config } from '../config.js'
import { types, watcher, type PoolConnection } from './connection.js'
import { openEmbedded, type EmbeddedPostgres } from './embedded.js'
import { migrationSource } from './migrations.js'
import { listenOn, type Listener } from './notifications.js'
import { reach } from './reach.js'
import { migrationSettings, poolSettings } from './session.js'

const { knex } = knexModule

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

/** knex would print its warnings as plain text. */
function logOf(logger: Logger): Knex.Config['log'] {
  const warn = (warning: unknown) =>
    logger.warn({ err: warning instanceof Error ? warning : new Error(String(warning)) }, 'database client')
  return { warn, error: warn, deprecate: warn, debug: () => {} }
}

/** The knex configuration for a pool to `connection`. */
function knexConfig(connection: object, size: number, logger?: Logger): Knex.Config {
  const watch = watcher()
  return {
    client: 'pg',
    connection: { ...connection, types, application_name: 'invite-service' },
    // knex waits sixty seconds by default, longer than any client. After one second, the answer is 503.
    acquireConnectionTimeout: 1000,
    pool: {
      min: size === 1 ? 1 : 0,
      max: size,
      afterCreate: (raw: PoolConnection, done: (error: Error | null, raw: PoolConnection) => void) => {
        watch(raw)
        raw.query(poolSettings, (error) => done(error, raw))
      }
    },
    migrations: { migrationSource, tableName: 'migrations' },
    ...(logger && { log: logOf(logger) })
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
  config: Pick<Config, 'database'>,
  logger?: Logger
): Promise<{ knexConfig: Knex.Config; embedded?: EmbeddedPostgres }> {
  const { url, directory, poolSize } = config.database
  if (url) {
    return {
      knexConfig: knexConfig(
        { connectionString: url, connectionTimeoutMillis: 3000, keepAlive: true },
        poolSize,
        logger
      )
    }
  }
  const embedded = await openEmbedded(directory)
  return {
    knexConfig: knexConfig({ stream: embedded.stream, user: 'postgres', database: 'postgres' }, 1, logger),
    embedded
  }
}

/** The configuration for knexfile.ts, which migrates a Postgres. */
export const knexConfigFor = async (config: Pick<Config, 'database'>): Promise<Knex.Config> =>
  withoutTimeouts((await open(config)).knexConfig)

/**
 * Opens the database that the configuration names, and waits for it when it is still starting. `close` waits for
 * running queries.
 */
export async function openDatabase(config: Pick<Config, 'database'>, logger?: Logger): Promise<OpenDatabase> {
  const { url } = config.database
  if (url) await reach(url, logger)
  const { knexConfig, embedded } = await open(config, logger)
  const db = knex(knexConfig)
  const listeners: { close: () => Promise<void> }[] = []
  return {
    db,
    embedded: embedded !== undefined,
    listen: (channel, listener) => {
      listeners.push(embedded ? listenInside(db, channel, listener) : listenOn(url, channel, listener, logger))
    },
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
      await db.destroy()
      await embedded?.close()
    }
  }
}

/** For migrations, which no client waits for. */
const withoutTimeouts = (config: Knex.Config): Knex.Config => ({
  ...config,
  acquireConnectionTimeout: 30_000,
  pool: {
    min: 0,
    max: 2,
    afterCreate: (raw: PoolConnection, done: (error: Error | null, raw: PoolConnection) => void) =>
      raw.query(migrationSettings, (error) => done(error, raw))
  }
})

const migrationConfig = { migrationSource, tableName: 'migrations', disableMigrationsListValidation: true }

/**
 * Runs `work` while no other process migrates. Several instances may start at once: an advisory lock lets one of them
 * migrate; the others wait, and then find nothing to do. Postgres frees this session lock when its process dies, but
 * knex's own lock row would stay.
 */
async function alone<T>({ db, embedded }: Migratable, work: (db: Knex) => Promise<T>): Promise<T> {
  const lock = 7_210_031
  // The embedded database has one connection and one process, so it needs no lock.
  if (embedded) return work(db)
  const own = knex(withoutTimeouts(db.client.config))
  const connection = await own.client.acquireConnection()
  try {
    await connection.query('select pg_advisory_lock($1)', [lock])
    // Only this process migrates now, so a lock row was left by a process that was killed.
    if (await own.schema.hasTable('migrations_lock')) await own.migrate.forceFreeMigrationsLock(migrationConfig)
    return await work(own)
  } finally {
    // The lock ends with its connection.
    await own.client.releaseConnection(connection)
    await own.destroy()
  }
}

type Migratable = Pick<OpenDatabase, 'db' | 'embedded'>

/** Brings the schema up to date; the names of the migrations that were needed. */
export const migrate = (database: Migratable): Promise<string[]> =>
  alone(database, async (db) => (await db.migrate.latest(migrationConfig))[1])

/** Takes the newest migration back: one step, whatever else was migrated in the same start. */
export const rollBack = (database: Migratable): Promise<void> =>
  alone(database, async (db) => void (await db.migrate.down(migrationConfig)))
