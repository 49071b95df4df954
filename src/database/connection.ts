// One connection of the pool: the conversion of its values, and the reasons to give it up.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { readOnlyState } from './errors.js'

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

/** An error of Postgres, as it comes from the wire. */
interface Refusal {
  severity?: string
  code?: string
}

export interface PoolConnection {
  /** Set by `pg`: false while a query is running. */
  readyForQuery?: boolean
  connection: {
    stream: Duplex
    prependListener(event: 'errorMessage', listener: (message: Refusal) => void): void
  }
  /** knex destroys a connection with this mark instead of reusing it. */
  __knex__disposed?: unknown
  query(text: string, done: (error: Error | null) => void): void
  on(event: 'notification', listener: (message: { payload?: string }) => void): void
  on(event: 'end', listener: () => void): void
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

/** A connection that is younger has not outlived the reason for which it takes no writes. */
const youngMs = 1000

/**
 * A session that began while the database took no writes never takes any, and neither do those beside it. They are
 * closed when Postgres refuses one write, so that the next one gets a new session. The young ones stay: while the
 * database is read-only, each write would close all connections of the reads.
 */
function disposeWhenReadOnly(connection: PoolConnection, openedAt: Map<PoolConnection, number>): void {
  openedAt.set(connection, performance.now())
  connection.on('end', () => openedAt.delete(connection))
  connection.connection.prependListener('errorMessage', ({ code }) => {
    if (code !== readOnlyState) return
    const now = performance.now()
    for (const [other, at] of openedAt) {
      if (other === connection || now - at > youngMs) other.__knex__disposed = 'takes no writes'
    }
  })
}

/** Ends the connections of one pool that are of no use any more, instead of handing them out again. */
export function watcher(): (connection: PoolConnection) => void {
  const openedAt = new Map<PoolConnection, number>()
  return (connection) => {
    cutWhenSilent(connection)
    disposeWhenFatal(connection)
    disposeWhenReadOnly(connection, openedAt)
  }
}
