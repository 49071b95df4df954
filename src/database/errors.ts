// Translates the errors of Postgres, its driver and knex into the errors that clients get.
import { ERROR as databaseError } from '@feathersjs/knex'
import { FeathersError, invalid, refuse, unavailable, type Reason } from '../errors.js'

/** SQLSTATEs, and error codes of Node, that mean: the database is away, full or overloaded. */
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN', // its name cannot be looked up just now
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOSPC',
  '25P03', // idle in transaction: the server ended it
  '40001', // serialization failure, after the retries
  '40P01', // deadlock, after the retries
  '55P03', // lock_timeout
  '57014', // statement_timeout
  '57P01', // terminated by an administrator
  '57P02',
  '57P03',
  '57P05'
])
const awayClasses = new Set(['08', '53', '58'])
/** knex puts the statement before the driver's message: `ROLLBACK - Connection terminated unexpectedly`. */
const awayMessage =
  /(^| - )(Connection terminated|Client has encountered a connection error|Unable to acquire a connection|timeout exceeded|timeout expired|aborted|read ECONN|Knex: Timeout acquiring|Client was closed|Query read timeout)/i

/** A standby, or a database that was set to take no writes. */
export const readOnlyState = '25006'

const textAt = (error: unknown, key: 'code' | 'constraint' | 'routine'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined
  return typeof value === 'string' ? value : ''
}

/** The SQLSTATE of a database error, or the code of another error; empty without one. */
export const sqlState = (error: unknown): string => textAt(error, 'code')

/** The constraint that a database error names; empty without one. */
export const violated = (error: unknown): string => textAt(error, 'constraint')

/** The name of a prepared statement is gone, or exists already: behind a pooler, sessions are not one's own. */
const lostNames = new Set(['26000', '42P05'])

/**
 * Whether a prepared statement is not what the service believes: another session has its name, or its tables have
 * changed since it was planned. Postgres has run nothing then. The message of the second is translated, its routine not.
 */
export const isStale = (error: unknown): boolean =>
  lostNames.has(sqlState(error)) || textAt(error, 'routine') === 'RevalidateCachedQuery'

/** Whether the database was away or too busy; false when the statement itself was wrong. */
export function isAway(error: unknown): boolean {
  const state = sqlState(error)
  if (awayCodes.has(state) || (state.length === 5 && awayClasses.has(state.slice(0, 2)))) return true
  if (isStale(error)) return true
  return error instanceof Error && (error.name === 'KnexTimeoutError' || awayMessage.test(error.message))
}

const constraints = new Map<string, () => FeathersError>()

/** Sets the errors that clients get when constraints of migrations/ are violated. Each service sets its own. */
export function whenViolated(errors: Record<string, () => FeathersError>): void {
  for (const [constraint, error] of Object.entries(errors)) constraints.set(constraint, error)
}

const wrapped = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && databaseError in error ? error[databaseError] : undefined

/** The reasons of errors that Feathers itself throws without one. */
const reasonOf = new Map<number, Reason>([
  [401, 'not-signed-in'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'method-not-allowed'],
  [408, 'timeout'],
  [413, 'too-large'],
  [503, 'unavailable']
])

/**
 * Turns anything thrown into the error that a client gets. Our own errors stay as they are; a violated constraint
 * becomes its error; a database that is away becomes 503; everything else becomes a 500 without details.
 */
export function translate(thrown: unknown): FeathersError {
  // Feathers' Knex adapter wraps database errors, SQL included, into errors that look like ours.
  const error = wrapped(thrown) ?? thrown
  if (error instanceof FeathersError) return withReason(error)
  const named = constraints.get(violated(error))
  if (named) return named()
  if (sqlState(error) === readOnlyState) return unavailable('read-only')
  return isAway(error) ? unavailable() : refuse('unforeseen')
}

/** Other statuses without a reason are none of ours: a client's error becomes a 400, a server's error a 500. */
function withReason(error: FeathersError): FeathersError {
  if (typeof error.data === 'object' && error.data !== null && 'reason' in error.data) return error
  const reason = reasonOf.get(error.code)
  if (reason) return refuse(reason)
  return error.code < 500 ? invalid({ reason: 'invalid', path: 'request' }) : refuse('unforeseen')
}
