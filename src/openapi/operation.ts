// One operation of the document: from its description, and from the options of its service.
import type { ServiceOptions } from '@feathersjs/feathers'
import type { Components, Json } from './components.js'
import { errorResponses, headersWith } from './errors.js'
import type { Status } from '../reasons.js'
import { idempotencyKey, pathParameter, queryParameters } from './parameters.js'
import { httpMethods } from '../feathers.js'
import type { Operation } from './service-docs.js'

type Access = NonNullable<ServiceOptions['access']>[string]

const hasId = ({ method, onCollection }: Operation) =>
  !onCollection && (method === 'get' || method === 'patch' || method === 'remove')

/** `invite/:inviteId/accept` → `/invite/{inviteId}/accept`, and `/{id}` where the method works on a row. */
export const pathOf = (service: string, operation: Operation) =>
  `/${service.replace(/:(\w+)/g, '{$1}')}${hasId(operation) ? '/{id}' : ''}`
export const verbOf = ({ method }: Operation) => httpMethods[method].toLowerCase()

/** The operation's own errors, after those of the query, the token, the body and the row. */
function errorsOf(service: string, operation: Operation, access: Access): Status[] {
  const { method, takesIdempotencyKey } = operation
  const takesBody = method === 'create' || method === 'patch'
  return [
    ...([400, 405, 500, 503] as const),
    ...(access === 'public' || access === 'if-good' ? [] : ([401] as const)),
    ...(takesBody ? ([408, 413, 415] as const) : []),
    ...(takesIdempotencyKey ? ([409, 422] as const) : []),
    ...(hasId(operation) || service.includes(':') ? ([404] as const) : []),
    ...(operation.errors ?? [])
  ]
}

const security: Record<Access, Json[]> = {
  public: [],
  'if-good': [{}, { bearer: [] }],
  optional: [{}, { bearer: [] }],
  'signed-in': [{ bearer: [] }]
}

/** The operation object of the service at this path. Its options say which callers it admits. */
export function operationObject(
  service: string,
  operation: Operation,
  options: ServiceOptions,
  components: Components
): Json {
  const { method, operationId, summary, description, query, body, examples, answers } = operation
  const access: Access = options.access?.[method] ?? 'signed-in'
  const inPath = [...pathOf(service, operation).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name))
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
        required: body['type'] !== 'object' || Boolean(body['required']?.length) || body['minProperties'] === 1,
        content: { 'application/json': { schema: components.schema(body), ...(examples && { examples }) } }
      }
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [
          status,
          {
            description: answer.description,
            headers: headersWith(
              ...(operation.takesIdempotencyKey ? (['Idempotency-Replayed'] as const) : []),
              ...(answer.headers ?? [])
            ),
            content: { 'application/json': { schema: components.schema(answer.schema) } }
          }
        ])
      ),
      ...errorResponses(errorsOf(service, operation, access))
    }
  }
}
