// The errors that clients get: Feathers' shape, with a stable reason in `data` and the headers that belong to it.
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
  Timeout,
  TooManyRequests,
  Unavailable,
  Unprocessable
} from '@feathersjs/errors'
import { reasons, type Reason, type ReasonOf, type Status } from './reasons.js'

export { FeathersError, type Reason, type ReasonOf }

/** One problem of a request: its path and a message. Never the value itself. */
export interface Problem {
  path: string
  message: string
}

/** Feathers has a class for each status but 413 and 415. */
const made: Record<Status, (message: string) => FeathersError> = {
  400: (message) => new BadRequest(message),
  401: (message) => new NotAuthenticated(message),
  403: (message) => new Forbidden(message),
  404: (message) => new NotFound(message),
  405: (message) => new MethodNotAllowed(message),
  408: (message) => new Timeout(message),
  409: (message) => new Conflict(message),
  410: (message) => new Gone(message),
  413: (message) => new FeathersError(message, 'PayloadTooLarge', 413, 'payload-too-large', undefined),
  415: (message) => new FeathersError(message, 'UnsupportedMediaType', 415, 'unsupported-media-type', undefined),
  422: (message) => new Unprocessable(message),
  429: (message) => new TooManyRequests(message),
  500: (message) => new GeneralError(message),
  503: (message) => new Unavailable(message)
}

interface More {
  /** Replaces the message of the table. */
  message?: string
  /** The values of the names in braces in the words of the table. */
  values?: Record<string, string | number>
  /** More keys of `data`, beside the reason. */
  data?: object
  /** For rest/error-handler.ts; not part of the JSON. */
  headers?: Record<string, string>
}

/** The words of a reason, with a value for each name in braces. */
const wordsOf = (reason: Reason, values: Record<string, string | number> = {}) =>
  reasons[reason][1].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))

/** The error for a reason, with the status and the message of the table. */
export function refuse(reason: Reason, { message, values, data, headers }: More = {}): FeathersError {
  const [status] = reasons[reason]
  const error = made[status](message ?? wordsOf(reason, values))
  // FeathersError moves `errors` out of the data that it is given, and the contract wants `data.errors`: so it is set here.
  Object.defineProperty(error, 'data', { value: { reason, ...data }, configurable: true })
  if (headers) Object.defineProperty(error, 'headers', { value: headers })
  return error
}

/** Whether the error of a reason is a 400. */
export const isInvalid = (reason: Reason): reason is ReasonOf<400> => reasons[reason][0] === 400

/** The HTTP headers that belong to an error: `Retry-After`, `Allow`, `WWW-Authenticate`. */
export function headersOf(error: FeathersError): Record<string, string> {
  const headers = 'headers' in error ? (error.headers as Record<string, string>) : {}
  return error.code === 401 ? { ...headers, 'WWW-Authenticate': 'Bearer' } : headers
}

const plainSegment = /^(\$?[A-Za-z_][\w-]{0,63}|\d{1,5})$/

/** The client chose the keys of a path: only segments that look like keys are repeated, others become `?`. */
const tellable = (path: string) =>
  path
    .split('.')
    .slice(0, 40)
    .map((segment) => (plainSegment.test(segment) ? segment : '?'))
    .join('.')

/** An error lists at most this many problems: a hostile body can have thousands. */
const mostProblems = 20

function withProblems(reason: ReasonOf<400>, problems: Problem[]): FeathersError {
  const errors = problems.slice(0, mostProblems).map(({ path, message }) => ({ path: tellable(path), message }))
  return refuse(reason, {
    message: errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
    data: { errors }
  })
}

/** A problem of a request: the reason that names it, and the path of the value that has it. */
export interface Fault {
  reason: ReasonOf<400>
  path: string
  /** The values of the names in braces in the words. */
  values?: Record<string, string | number>
}

/** 400 with the words of the table in `data.errors`, and the reason of the first fault. */
export const invalid = (...faults: [Fault, ...Fault[]]): FeathersError =>
  withProblems(
    faults[0].reason,
    faults.map(({ reason, path, values }) => ({ path, message: wordsOf(reason, values) }))
  )

/** 400 for a request that does not have the documented form: each problem has words of its own. */
export const badRequest = (...problems: Problem[]) => withProblems('invalid', problems)

/** 401 */
export const notAuthenticated = () => refuse('not-signed-in')

/** Whether an error says that the caller is not signed in, or that their token is bad. */
export const isNotAuthenticated = (error: unknown): boolean => error instanceof FeathersError && error.code === 401

/** 404: unknown, invisible and wrong passcode are one reply. */
export const notFound = () => refuse('not-found')

/** 405: `allowed` are the HTTP methods of the path, or the methods of the service for a call over a socket. */
export const methodNotAllowed = (allowed: readonly string[]) => {
  const choice = new Intl.ListFormat('en', { type: 'disjunction' }).format(allowed)
  return refuse('method-not-allowed', { values: { allowed: choice }, headers: { Allow: allowed.join(', ') } })
}

/** A quota, as a client is told of it: so many points in so many seconds. */
export interface Limit {
  name: string
  points: number
  seconds: number
}

/** 429: which limit, and until when. `wait` is the number of seconds until a repetition may succeed. */
export function tooManyRequests(reason: ReasonOf<429>, limit: Limit, wait: number): FeathersError {
  const seconds = Math.max(1, Math.ceil(wait))
  const until = new Date(Date.now() + seconds * 1000).toISOString()
  return refuse(reason, {
    message: wordsOf(reason, { limit: inWords(limit), until: `${until.slice(0, 19).replace('T', ' ')} UTC` }),
    data: { limit: { name: limit.name, points: limit.points, seconds: limit.seconds }, until },
    headers: { 'Retry-After': String(seconds) }
  })
}

const units = [
  [86_400, 'a day', 'days'],
  [3600, 'an hour', 'hours'],
  [60, 'a minute', 'minutes'],
  [1, 'a second', 'seconds']
] as const

/** `10 in 15 minutes` */
function inWords({ points, seconds }: Limit): string {
  const [length, one, many] = units.find(([unit]) => seconds % unit === 0) ?? units[3]
  return `${points} in ${seconds === length ? one : `${seconds / length} ${many}`}`
}

/** 503: nothing was changed, and a repetition may succeed. */
export const unavailable = (reason: ReasonOf<503> = 'unavailable') =>
  refuse(reason, { headers: { 'Retry-After': '1' } })
