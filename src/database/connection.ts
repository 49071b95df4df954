// One connection of the pool: how its values are read, and when it is given up.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'

/** Times leave Postgres as text in UTC (`2026-01-31 10:20:30.4+00`) and become RFC 3339 without a Date between. */
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
  /** `pg`'s own state: whether no query is running, and the socket. */
  readyForQuery?: boolean
  connection: { stream: Duplex; on(event: 'errorMessage', listener: (message: { severity?: string }) => void): void }
  /** knex's own mark: a marked connection is destroyed instead of reused. */
  __knex__disposed?: unknown
  query(text: string, done: (error: Error | null) => void): void
  on(event: 'notification', listener: (message: { payload?: string }) => void): void
}

/** Longer than any statement may take: a Postgres that is silent for this long is away. */
const silentMs = 6000

/**
 * Cuts a connection that gives no answer, with the statements on it. `pg`'s own timeout leaves it open, and knex would
 * hand it out again: with an old answer still to come, or inside a transaction that is never committed.
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
 * done here, because the COMMIT of a transaction is knex's own.
 */
function disposeWhenFatal(connection: PoolConnection): void {
  connection.connection.on('errorMessage', (message) => {
    if (message.severity === 'FATAL' || message.severity === 'PANIC') connection.__knex__disposed = message
  })
}

/** Ends a connection that is of no use any more, instead of handing it out again. */
export function watch(connection: PoolConnection): void {
  cutWhenSilent(connection)
  disposeWhenFatal(connection)
}
