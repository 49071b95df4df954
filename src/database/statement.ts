// Prepared statements on the bare `pg` client: one knex builder call costs about 1.7 times as much.
import { channel } from 'node:diagnostics_channel'
import type { Knex } from 'knex'
import type { QueryResultRow } from 'pg'
import { isStale } from './errors.js'
import { PreparedQuery } from './prepared-query.js'
import { constantOn, prepareAnew, variableOn, type Prepared } from './prepared.js'

/** A pool, or a transaction of it. Functions on rows take it as their first argument. */
export type Database = Knex | Knex.Transaction

interface Statement {
  text: string
  values: unknown[]
  asLists: boolean
  preparedOn: (connection: Connection, text: string) => Prepared
  withinMs?: number | undefined
}

interface Connection {
  query(query: PreparedQuery): void
}

/**
 * Publishes `{ text }` of each statement before it runs, never its values: for tests that count statements, and for
 * tracing.
 */
const statementChannel = channel('invite-service:statement')

/**
 * Uses a callback, and releases the connection in it. A promise that is settled while another one waits for the
 * connection becomes part of a chain of promises, and the chain keeps the rows of all of them in memory until the next
 * full garbage collection.
 */
async function query(db: Database, { text, values, asLists, preparedOn, withinMs }: Statement): Promise<unknown[]> {
  if (statementChannel.hasSubscribers) statementChannel.publish({ text })
  const connection: Connection = await db.client.acquireConnection()
  return new Promise((resolve, reject) => {
    // Within a transaction, a stale statement ends the transaction: `inTransaction` repeats all of it.
    let mayRepeat = !db.isTransaction
    const attempt = () =>
      connection.query(new PreparedQuery(preparedOn(connection, text), { values, asLists, done, withinMs }))
    const done = (error: Error | null, rows: unknown[]) => {
      if (error && isStale(error)) {
        prepareAnew()
        if (mayRepeat) {
          mayRepeat = false
          return attempt()
        }
      }
      void db.client.releaseConnection(connection)
      if (error) reject(error)
      else resolve(rows)
    }
    attempt()
  })
}

/**
 * Runs one statement, prepared, on `db`'s connection. Rows come back as `pg` reads them. `text` is a constant of the
 * source, with at most table names put in: it stays prepared. Use `runLists` for a text that depends on a client's
 * data.
 */
export const run = <Row extends QueryResultRow>(db: Database, text: string, values: unknown[] = []) =>
  query(db, { text, values, asLists: false, preparedOn: constantOn }) as Promise<Row[]>

/**
 * Like `run`, with each row as the list of its values, for callers that make their own objects of rows. `text` may be
 * made for the call, from a filter: it is prepared at its second run, as long as it is in use
 * and not very long. `withinMs` gives it less time than other statements have; never inside a transaction, which would
 * keep that time to its end.
 */
export const runLists = <Row extends unknown[]>(
  db: Database,
  text: string,
  values: unknown[] = [],
  { withinMs }: { withinMs?: number | undefined } = {}
) => query(db, { text, values, asLists: true, preparedOn: variableOn, withinMs }) as Promise<Row[]>

/** The first row of `run`, if there is one. */
export async function runOne<Row extends QueryResultRow>(
  db: Database,
  text: string,
  values: unknown[] = []
): Promise<Row | undefined> {
  return (await run<Row>(db, text, values))[0]
}
