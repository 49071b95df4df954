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

export { FeathersError, type Reason }

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
  /** More keys of `data`, beside the reason. */
  data?: object
  /** For rest/error-handler.ts; not part of the JSON. */
  headers?: Record<string, string>
}

/** The error for a reason, with the status and the message of the table. */
export function refuse(reason: Reason, { message, data, headers }: More = {}): FeathersError {
  const [status, words] = reasons[reason]
  const error = made[status](message ?? words)
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

const wordsOf = ({ reason, values = {} }: Fault) =>
  reasons[reason][1].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))

/** 400 with the words of the table in `data.errors`, and the reason of the first fault. */
export const invalid = (...faults: [Fault, ...Fault[]]): FeathersError =>
  withProblems(
    faults[0].reason,
    faults.map((fault) => ({ path: fault.path, message: wordsOf(fault) }))
  )

/** 400 for a request that does not have the documented form: each problem has words of its own. */
export const badRequest = (...problems: Problem[]) => withProblems('invalid', problems)

/** 401 */
export const notAuthenticated = () => refuse('not-signed-in')

/** 404: unknown, invisible and wrong passcode are one reply. */
export const notFound = () => refuse('not-found')

/** 405 */
export const methodNotAllowed = (allowed: string[]) =>
  refuse('method-not-allowed', { headers: { Allow: allowed.join(', ') } })

/** 429: `seconds` until a repetition may succeed. */
export const tooManyRequests = (reason: Reason, seconds: number) =>
  refuse(reason, { headers: { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) } })

/** 503: nothing was changed, and a repetition may succeed. */
export const unavailable = (reason: ReasonOf<503> = 'unavailable') =>
  refuse(reason, { headers: { 'Retry-After': '1' } })
