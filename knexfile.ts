// For knex's own command line: npm run migrate and migrate:make.
import { loadForMigrations } from './src/config.js'
import { knexConfigFor, openDatabase } from './src/database/database.js'

const makesOne = process.argv.includes('migrate:make')

async function configuration() {
  const { database } = loadForMigrations()
  // A migration may take longer than any request may: the connection gets none of the pool's timeouts.
  if (database.url) return { ...(await knexConfigFor({ database })), pool: { min: 0, max: 1 } }
  const { db, close } = await openDatabase({ database })
  // knex's command line ends with process.exit; the embedded database is closed, and unlocked, before that.
  const exit = process.exit.bind(process)
  let closing: Promise<void> | undefined
  process.exit = ((code) => void (closing ??= close().finally(() => exit(code)))) as typeof process.exit
  return db.client.config
}

/** The database that the configuration names; to make a migration, its directory is enough. */
export default makesOne
  ? { client: 'pg', migrations: { directory: './migrations', extension: 'ts', stub: './migrations/stub.txt' } }
  : configuration
