// `npm run migrate:rollback`: takes the newest migration back, one at a time, and no data without being told to.
import { fileURLToPath } from 'node:url'
import type { Knex } from 'knex'
import { loadForMigrations } from '../config.js'
import { openDatabase, rollBack } from '../database/database.js'

const own = 'migrations'

async function newestMigration(db: Knex): Promise<string | undefined> {
  if (!(await db.schema.hasTable(own))) return undefined
  const row: { name: string } | undefined = await db(own).orderBy('id', 'desc').first('name')
  return row?.name
}

async function tablesWithRows(db: Knex): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.tables
     where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name not like 'migrations%'
     order by 1`
  )
  const filled: string[] = []
  for (const { name } of rows) if (await db(name).first(db.raw('1'))) filled.push(name)
  return filled
}

/** Takes the newest migration back, or says why not; whether it was done. */
async function run(args: string[]): Promise<boolean> {
  const { db, embedded, close } = await openDatabase(loadForMigrations())
  try {
    const name = await newestMigration(db)
    if (name === undefined) {
      console.log('There is no migration to take back.')
      return true
    }
    const filled = args.includes('--yes') ? [] : await tablesWithRows(db)
    if (filled.length > 0) {
      console.error(
        `Nothing was changed: there are rows in ${filled.join(', ')}, and taking back ${name} may delete some. ` +
          'Make a backup, then say npm run migrate:rollback -- --yes'
      )
      return false
    }
    await rollBack({ db, embedded })
    console.log(`Taken back: ${name}. The next start of the service, and npm run migrate, apply it again.`)
    return true
  } finally {
    await close()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = (await run(process.argv.slice(2))) ? 0 : 1
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
