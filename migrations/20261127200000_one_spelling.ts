// The names of people and places get the one spelling of names. In batches and in JavaScript: Postgres has normalize() since 13.
import type { Knex } from 'knex'
import { codePoints, name as spelled, nameFault } from '../src/schema/text.js'

const batch = 1000
const nobody = '00000000-0000-0000-0000-000000000000'

interface Named {
  id: string
  name: string
}

/** Names in printable ASCII, without space around them, have the spelling already. */
const rowsText = (table: string) => `
  select id, name from ${table}
  where id > ?::uuid and (name collate "C" ~ '[^ -~]' or name <> btrim(name))
  order by id limit ${batch}`

/** A name that changed meanwhile stays: the process that changed it knows the spelling, or the next start finds it. */
const updateText = (table: string) => `
  update ${table} t set name = x.name from json_to_recordset(?::json) as x(id uuid, old text, name text)
  where t.id = x.id and t.name = x.old`

/** A name that would be none, or too long, stays as it is. */
const isBetter = (name: string, old: string) => name !== old && nameFault(name) === undefined && codePoints(name) <= 100

async function spell(db: Knex, table: string) {
  for (let last = nobody; ;) {
    const { rows } = (await db.raw(rowsText(table), [last])) as { rows: Named[] }
    const changed = rows
      .map(({ id, name: old }) => ({ id, old, name: spelled(old) }))
      .filter(({ name, old }) => isBetter(name, old))
    if (changed.length > 0) await db.raw(updateText(table), [JSON.stringify(changed)])
    if (rows.length < batch) return
    last = rows.at(-1)?.id ?? last
  }
}

export async function up(db: Knex) {
  for (const table of ['users', 'channels', 'locations']) await spell(db, table)
}

/** The older spellings are lost, and nothing depends on them. */
export async function down() {}
