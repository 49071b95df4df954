// Prepared statements on the bare `pg` client: one knex builder call costs about 1.7 times as much.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Knex } from 'knex'
import type { QueryResult, QueryResultRow } from 'pg'

/** A pool, or a transaction of it. Verbs take this first. */
export type Database = Knex | Knex.Transaction

interface Connection {
  query(config: Statement & { name?: string }, done: (error: Error | null, result: QueryResult) => void): void
}

/** Texts that were run lately, and the name of those that are prepared. */
const texts = new LRUCache<string, { uses: number; name?: string }>({ max: 2000 })

/**
 * Each connection keeps what it has prepared for as long as it lives, and filters come in endless shapes: so a text
 * gets a name when it comes back, and only so many do: a plan takes a third of a megabyte of each connection's process.
 * The others are planned at each call.
 */
const names = new Set<string>()
const maxNames = 200

function nameOf(text: string): string | undefined {
  const known = texts.get(text) ?? { uses: 0 }
  if (known.name) return known.name
  known.uses += 1
  texts.set(text, known)
  if (known.uses < 2) return undefined
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 24)
  if (!names.has(name) && names.size >= maxNames) return undefined
  names.add(name)
  known.name = name
  return name
}

/** Listeners of statements, for tests that count them. */
export const statements = new Set<(text: string) => void>()

interface Statement {
  text: string
  values: unknown[]
  rowMode?: 'array'
}

/**
 * With a callback, and the connection given back in it: a promise that is settled while another one waits for the
 * connection becomes part of a chain of promises that keeps the rows of all of them alive until the next full
 * collection.
 */
async function query(db: Database, { text, values, rowMode }: Statement): Promise<unknown[]> {
  for (const listener of statements) listener(text)
  const connection: Connection = await db.client.acquireConnection()
  const name = nameOf(text)
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, result: QueryResult) => {
      void db.client.releaseConnection(connection)
      if (error) reject(error)
      else resolve(result.rows)
    }
    connection.query({ text, values, ...(name && { name }), ...(rowMode && { rowMode }) }, done)
  })
}

/** Runs one statement, prepared under the name of its text, on `db`'s connection. Rows come back as `pg` reads them. */
export const run = <Row extends QueryResultRow>(db: Database, text: string, values: unknown[] = []) =>
  query(db, { text, values }) as Promise<Row[]>

/** Like `run`, with each row as the list of its values: for those who give their rows a shape of their own. */
export const runLists = <Row extends unknown[]>(db: Database, text: string, values: unknown[] = []) =>
  query(db, { text, values, rowMode: 'array' }) as Promise<Row[]>

/** The first row of `run`, if there is one. */
export async function runOne<Row extends QueryResultRow>(
  db: Database,
  text: string,
  values: unknown[] = []
): Promise<Row | undefined> {
  return (await run<Row>(db, text, values))[0]
}
