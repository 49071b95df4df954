// The errors of the document: one shape for all of them, and the headers that belong to each.
import { Type, type TProperties } from '@sinclair/typebox'
import { reasons, type Status } from '../reasons.js'
import { closed, oneOf } from '../schema/formats.js'
import type { Components, Json } from './components.js'

const errors = {
  400: ['BadRequest', 'bad-request', 'Malformed: `data.errors` names each path and what is wrong there.'],
  401: ['NotAuthenticated', 'not-authenticated', 'No token, a bad or an expired one, or its user is gone.'],
  403: ['Forbidden', 'forbidden', 'Visible to the caller, but not theirs to do.'],
  404: ['NotFound', 'not-found', 'Unknown or invisible.'],
  405: [
    'MethodNotAllowed',
    'method-not-allowed',
    'The path does not take this method: `Allow` names those that it takes.'
  ],
  408: ['Timeout', 'timeout', 'The request did not arrive in time.'],
  409: ['Conflict', 'conflict', 'The state of things is in the way.'],
  410: ['Gone', 'gone', 'No longer there, or not there yet.'],
  413: ['PayloadTooLarge', 'payload-too-large', 'The body has more than 64 KB.'],
  415: ['UnsupportedMediaType', 'unsupported-media-type', 'The body is not JSON in UTF-8.'],
  422: ['Unprocessable', 'unprocessable', 'This Idempotency-Key was used with another body.'],
  429: [
    'TooManyRequests',
    'too-many-requests',
    'Too often: `data` says which limit and until when, `Retry-After` the seconds until then.'
  ],
  500: ['GeneralError', 'general-error', 'Unforeseen; the request id is in `data` and in the log.'],
  503: ['Unavailable', 'unavailable', 'The database is away, or the service is overloaded or stopping.']
} as const satisfies Record<Status, readonly [name: string, className: string, description: string]>

/** Descriptions by status: of a service that can say more about its errors than this file. */
export type ErrorWords = Partial<Record<Status, string>>

const all = Object.values(errors)
const codes = Object.keys(errors).map(Number) as Status[]

/** `data` has the keys that any error may have, and those that services add. */
const errorSchema = (ofServices: TProperties) =>
  Type.Object(
    {
      name: oneOf(all.map(([name]) => name)),
      message: Type.String(),
      code: Type.Unsafe<number>({ type: 'integer', enum: codes }),
      className: oneOf(all.map(([, className]) => className)),
      data: Type.Object(
        {
          reason: oneOf(Object.keys(reasons), 'A stable word: compare this, not the message.'),
          errors: Type.Optional(
            Type.Array(Type.Object({ path: Type.String(), message: Type.String() }, closed), {
              description: 'Where and what is wrong; never the value.'
            })
          ),
          limit: Type.Optional(
            Type.Object(
              { name: Type.String(), points: Type.Integer(), seconds: Type.Integer() },
              { ...closed, description: 'Of a 429: the limit, so many points in so many seconds.' }
            )
          ),
          until: Type.Optional(
            Type.String({ format: 'date-time', description: 'Of a 429: a repetition may succeed after this time.' })
          ),
          ...ofServices,
          requestId: Type.Optional(Type.String({ format: 'uuid' }))
        },
        closed
      )
    },
    { ...closed, $id: 'Error', description: 'An error, as Feathers clients know it.' }
  )

const header = (description: string, schema: Json): Json => ({ description, required: true, schema })
const headers = {
  'X-Request-Id': header('Names this request in the log.', { type: 'string', format: 'uuid' }),
  'WWW-Authenticate': header('How to sign in.', { type: 'string', const: 'Bearer' }),
  Allow: header('The methods of this path.', { type: 'string', examples: ['GET, POST, HEAD'] }),
  'Retry-After': header('Seconds until a repetition may succeed.', { type: 'integer', minimum: 1 }),
  'Idempotency-Replayed': {
    description: '`true` where this is the first answer again.',
    schema: { type: 'string', const: 'true' }
  },
  'Content-Language': {
    description: 'The language that the inviter chose for the invite; absent where they chose none.',
    schema: { type: 'string', examples: ['ja'] }
  }
}
export type HeaderName = keyof typeof headers

/** References to headers; every reply has a request id. */
export const headersWith = (...names: HeaderName[]): Json =>
  Object.fromEntries(['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const headersOf: Partial<Record<Status, HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  429: ['Retry-After'],
  503: ['Retry-After']
}

/** The reasons of a status, for the reader. */
const reasonsOf = (code: Status) =>
  Object.entries(reasons)
    .filter(([, [status]]) => status === code)
    .map(([reason]) => `\`${reason}\``)
    .join(', ')

/** The keys of an error's `data`, and the descriptions, that services add. */
interface OfServices {
  data: TProperties
  words: ErrorWords
}

/** `components.responses` and `components.headers`. */
export function errorComponents({ data, words }: OfServices, components: Components) {
  const schema = components.schema(errorSchema(data))
  const response = (code: Status): Json => ({
    description: `${words[code] ?? errors[code][2]} Reasons: ${reasonsOf(code)}.`,
    headers: headersWith(...(headersOf[code] ?? [])),
    content: { 'application/json': { schema } }
  })
  return { responses: Object.fromEntries(codes.map((code) => [errors[code][0], response(code)])), headers }
}

/** The `responses` for errors of these statuses. */
export const errorResponses = (wanted: Status[]): Json =>
  Object.fromEntries([...new Set(wanted)].map((code) => [code, { $ref: `#/components/responses/${errors[code][0]}` }]))
