// One operation of the document: what the table says of it, and what follows from the service it calls.
import type { ServiceOptions } from '@feathersjs/feathers'
import type { TObject, TSchema } from '@sinclair/typebox'
import type { Access, ServiceTypes } from '../declarations.js'
import type { Components, Json } from './components.js'
import { idempotencyKey, pathParameter, queryParameters } from './parameters.js'
import { headersWith, refusalResponses, type Refusal } from './errors.js'

type Method = 'find' | 'get' | 'create' | 'patch' | 'remove'

/** A row of the table: one method of one service. */
export interface Operation {
  service: keyof ServiceTypes
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
  examples?: Json
  /** By status: what is answered when it goes well. */
  answers: Record<number, { description: string; schema: TSchema }>
  /** Beside those that follow from the method and the access. */
  refusals?: Refusal[]
}

const verbs: Record<Method, string> = { find: 'get', get: 'get', create: 'post', patch: 'patch', remove: 'delete' }

const hasId = ({ method, onCollection }: Operation) =>
  !onCollection && (method === 'get' || method === 'patch' || method === 'remove')

/** `invite/:inviteId/accept` → `/invite/{inviteId}/accept`, and `/{id}` where the method works on a row. */
export const pathOf = (operation: Operation) =>
  `/${operation.service.replace(/:(\w+)/g, '{$1}')}${hasId(operation) ? '/{id}' : ''}`
export const verbOf = ({ method }: Operation) => verbs[method]

/** What may be refused before the service looks: the query, the token, the body, the row. */
function ownRefusals(operation: Operation, access: Access): Refusal[] {
  const { method, takesIdempotencyKey } = operation
  const takesBody = method === 'create' || method === 'patch'
  return [
    ...([400, 405, 500, 503] as const),
    ...(access === 'public' ? [] : ([401] as const)),
    ...(takesBody ? ([413, 415] as const) : []),
    ...(takesIdempotencyKey ? ([409, 422] as const) : []),
    ...(hasId(operation) || operation.service.includes(':') ? ([404] as const) : []),
    ...(operation.refusals ?? [])
  ]
}

const security: Record<Access, Json[]> = {
  public: [],
  optional: [{}, { bearer: [] }],
  'signed-in': [{ bearer: [] }]
}

/** The operation object; who may call is read from the service itself. */
export function operationObject(operation: Operation, options: ServiceOptions, components: Components): Json {
  const { service, method, operationId, summary, description, query, body, examples, answers } = operation
  const access: Access = options.access?.[method] ?? 'signed-in'
  const inPath = [...pathOf(operation).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name))
  const inQuery = typeof query === 'function' ? query(components) : queryParameters(query, components)
  const inHeader = operation.takesIdempotencyKey ? [idempotencyKey(components)] : []
  const parameters = [...inPath, ...inHeader, ...inQuery]
  return {
    operationId,
    tags: [service.split('/')[0]],
    summary,
    ...(description && { description }),
    security: security[access],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        // No body at all is `{}`.
        required: body['type'] !== 'object' || Boolean(body['required']?.length),
        content: { 'application/json': { schema: components.schema(body), ...(examples && { examples }) } }
      }
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          {
            description: answer.description,
            headers: headersWith(...(operation.takesIdempotencyKey ? (['Idempotency-Replayed'] as const) : [])),
            content: { 'application/json': { schema: components.schema(answer.schema) } }
          }
        ])
      ),
      ...refusalResponses(ownRefusals(operation, access))
    }
  }
}
