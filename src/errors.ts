// The catalogue of refusals, the translation of what the database says, and the edge for what nobody foresaw.
import {
  BadRequest,
  Conflict,
  FeathersError,
  Forbidden,
  GeneralError,
  Gone,
  MethodNotAllowed,
  NotAuthenticated,
  NotFound,
  TooManyRequests,
  Unavailable,
  Unprocessable
} from '@feathersjs/errors'
import { ERROR as databaseError } from '@feathersjs/knex'

export { FeathersError }

/** One thing wrong with what was sent: where, and why. Never the value itself. */
export interface Problem {
  path: string
  message: string
}

/**
 * FeathersError moves `errors` out of the data it is given; the contract wants `data.errors`, so data is set
 * afterwards. Headers ride along for the REST edge and are not part of the JSON.
 */
function refusal<E extends FeathersError>(error: E, data?: object, headers?: Record<string, string>): E {
  if (data) Object.defineProperty(error, 'data', { value: data })
  if (headers) Object.defineProperty(error, 'headers', { value: headers })
  return error
}

/** The HTTP headers that belong to a refusal: `Retry-After`, `Allow`, `WWW-Authenticate`. */
export function headersOf(error: FeathersError): Record<string, string> {
  const headers = 'headers' in error ? (error.headers as Record<string, string>) : {}
  return error.code === 401 ? { ...headers, 'WWW-Authenticate': 'Bearer' } : headers
}

const plainSegment = /^(\$?[A-Za-z_][\w-]{0,63}|\d{1,5})$/

/** A path is made of keys that a client chose; only those that look like keys are told back. */
const tellable = (path: string) =>
  path
    .split('.')
    .slice(0, 40)
    .map((segment) => (plainSegment.test(segment) ? segment : '?'))
    .join('.')

/** At most this many problems are listed: a body can be made to have thousands. */
const mostProblems = 20

/** 400: each problem names its path and its reason. */
export function badRequest(...problems: Problem[]) {
  const errors = problems.slice(0, mostProblems).map(({ path, message }) => ({ path: tellable(path), message }))
  return refusal(new BadRequest(errors.map(({ path, message }) => `${path}: ${message}`).join('; ')), { errors })
}

/** 401 */
export const notAuthenticated = (message = 'Not signed in') => new NotAuthenticated(message)

/** 403: visible to the caller, but not theirs to do. */
export const forbidden = (message: string) => new Forbidden(message)

/** 404: unknown, invisible and wrong passcode are one reply. */
export const notFound = (message = 'Not found') => new NotFound(message)

/** 405 */
export const methodNotAllowed = (allowed: string[]) =>
  refusal(new MethodNotAllowed('This method is not allowed here'), undefined, { Allow: allowed.join(', ') })

/** 409, with what may be told about the state that is in the way. */
export const conflict = (message: string, data?: object) => refusal(new Conflict(message), data)

/** 410: expired, or not yet open. */
export const gone = (message: string, data?: object) => refusal(new Gone(message), data)

/** 413 */
export const payloadTooLarge = (message: string) =>
  new FeathersError(message, 'PayloadTooLarge', 413, 'payload-too-large', undefined)

/** 415 */
export const unsupportedMediaType = (message: string) =>
  new FeathersError(message, 'UnsupportedMediaType', 415, 'unsupported-media-type', undefined)

/** 422 */
export const unprocessable = (message: string) => new Unprocessable(message)

/** 429: `seconds` until a repetition may succeed. */
export const tooManyRequests = (seconds: number, message = 'Too many requests') =>
  refusal(new TooManyRequests(message), undefined, { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) })

/** 503: nothing was changed, and a repetition may succeed. */
export const unavailable = (message = 'The service is not available just now') =>
  refusal(new Unavailable(message), undefined, { 'Retry-After': '1' })

/** A class of SQLSTATE, or a code of Node's and knex's, that says: the database is away, full or overloaded. */
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
  '25006', // read-only: a standby took over
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
/** knex puts the statement before what the driver says: `ROLLBACK - Connection terminated unexpectedly`. */
const awayMessage =
  /(^| - )(Connection terminated|Client has encountered a connection error|Unable to acquire a connection|timeout exceeded|timeout expired|aborted|read ECONN|Knex: Timeout acquiring|Client was closed|Query read timeout)/i

export const sqlState = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

/** The constraint that a database error names, if any. */
export const violated = (error: unknown): string => {
  const name = typeof error === 'object' && error !== null && 'constraint' in error ? error.constraint : undefined
  return typeof name === 'string' ? name : ''
}

/** Whether the database was away or too busy, rather than asked something wrong. */
export function isAway(error: unknown): boolean {
  const state = sqlState(error)
  if (awayCodes.has(state) || (state.length === 5 && awayClasses.has(state.slice(0, 2)))) return true
  return error instanceof Error && (error.name === 'KnexTimeoutError' || awayMessage.test(error.message))
}

/** What the rules that the database states mean to a caller; each is a constraint of migrations/. */
const constraints: Record<string, () => FeathersError> = {
  invites_window: () => badRequest({ path: 'endTime', message: 'must be after startTime' }),
  invites_timed: () => badRequest({ path: 'endTime', message: 'is needed when timed is true' }),
  invites_twin: () => conflict('There is a pending invite like this one already'),
  invites_slot_check: () => conflict('There are too many pending invites to this recipient already'),
  invites_uses: () => badRequest({ path: 'maxUses', message: 'must be above the uses so far' }),
  identity_providers_address: () => conflict('This address has an account already'),
  user_relationships_pair: () => conflict('There is such a relationship already'),
  user_relationships_self: () => badRequest({ path: 'relatedUserId', message: 'must be somebody else' }),
  user_relationships_related_fk: () => notFound('No such user'),
  scopes_once: () => conflict('This scope is granted already'),
  scopes_user_fk: () => notFound('No such user'),
  instances_location_fk: () => notFound('No such location')
}

const wrapped = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && databaseError in error ? error[databaseError] : undefined

/**
 * Anything thrown → what a client is told. Refusals stay as they are; a violated constraint becomes its refusal; a
 * database that is away becomes 503; the rest becomes a 500 that says nothing.
 */
export function translate(thrown: unknown): FeathersError {
  // KnexService wraps what the database says, SQL included, into errors that look like refusals.
  const error = wrapped(thrown) ?? thrown
  if (error instanceof FeathersError) return error
  const named = constraints[violated(error)]
  if (named) return named()
  if (isAway(error)) return unavailable()
  return refusal(new GeneralError('Something went wrong'))
}
