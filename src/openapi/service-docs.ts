// The description of a service: each service gives its own to app.use, and the document is put together from them.
import type { TObject, TProperties, TSchema } from '@sinclair/typebox'
import type { Method } from '../feathers.js'
import type { Components, Json } from './components.js'
import type { Status } from '../reasons.js'
import type { ErrorWords, HeaderName } from './errors.js'

/** One method of the service. */
export interface Operation {
  method: Method
  /** patch and remove, without an id. */
  onCollection?: true
  operationId: string
  summary: string
  description?: string
  /** A schema whose keys are the parameters, or the parameters. */
  query?: TObject | ((components: Components) => Json[])
  takesIdempotencyKey?: true
  body?: TSchema
  /** By name; needed with a body. Swagger UI fills in and sends the first: it must fit the schema. */
  examples?: Record<string, { summary?: string; value: unknown }>
  /** By status: the answer when the call succeeds. */
  answers: Record<number, { description: string; schema: TSchema; headers?: HeaderName[] }>
  /** Statuses of errors beside those that follow from the method and the access. */
  errors?: Status[]
}

/** `app.use(path, service, { docs })` */
export interface ServiceDocs {
  /** Describes the service. A service below it, as `invite/:inviteId/accept` is below `invite`, shares its tag and has none. */
  tag?: string
  operations: Operation[]
  /** Keys that errors of this service add to `data`, beside those that any error may have. */
  errorData?: TProperties
  /** Descriptions of errors, in place of the general ones. All services share them. */
  errorWords?: ErrorWords
}
