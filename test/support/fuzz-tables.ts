// Whether anything has changed: a fingerprint of every table, in one statement.
import type { Knex } from 'knex'

/** Tables that do not count as a change: the service counts refused calls in rate_limits. */
const uncounted = new Set(['rate_limits', 'migrations', 'migrations_lock'])

/** A function that tells the fingerprint of each table. */
export async function fingerprints(db: Knex): Promise<() => Promise<Record<string, string>>> {
  const { rows } = (await db.raw(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`
  )) as { rows: { name: string }[] }
  const tables = rows.map(({ name }) => name).filter((name) => !uncounted.has(name))
  const text = tables
    .map(
      (name) =>
        `select '${name}' as name,
          count(*) || ' ' || md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as print
         from "${name}" t`
    )
    .join(' union all ')
  return async () => {
    const result = (await db.raw(text)) as { rows: { name: string; print: string }[] }
    return Object.fromEntries(result.rows.map(({ name, print }) => [name, print]))
  }
}
