// One connection of the pool: the conversion of its values, and the reasons to give it up.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'

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
export const types = {
  getTypeParser: (oid: number, format?: string) =>
    format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : (readers.get(oid) ?? pg.types.getTypeParser(oid))
}

export interface PoolConnection {
  /** Set by `pg`: false while a query is running. */
  readyForQuery?: boolean
  connection: {
    stream: Duplex
    prependListener(event: 'errorMessage', listener: (message: { severity?: string }) => void): void
  }
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
 * Knex must not hand out a connection that Postgres has ended, not even in the moment before its socket closes. It is
 * done here, because the COMMIT of a transaction is knex's own. The listener comes before the client's, which fails the
 * query: the query then releases the connection, and knex gives it to the next call at once.
 */
function disposeWhenFatal(connection: PoolConnection): void {
  connection.connection.prependListener('errorMessage', (message) => {
    if (message.severity === 'FATAL' || message.severity === 'PANIC') connection.__knex__disposed = message
  })
}

/** Ends a connection that is of no use any more, instead of handing it out again. */
export function watch(connection: PoolConnection): void {
  cutWhenSilent(connection)
  disposeWhenFatal(connection)
}
