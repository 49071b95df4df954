// A public page in the document: no service answers it, and it reads no token.
import type { TSchema } from '@sinclair/typebox'
import type { Components, Json } from './components.js'
import { errorResponses, headersWith } from './errors.js'
import type { Status } from '../reasons.js'

interface Page {
  operationId: string
  summary: string
  description?: string
  /** The media type of its content. */
  type: string
  schema: TSchema
  /** It has an ETag: a client that has a copy may ask whether the copy is still good. */
  cacheable?: true
  /** Statuses of errors beside those that any page may answer. */
  errors?: Status[]
  /** The statuses of which it answers a page as well, not an error in JSON. */
  alsoAt?: Record<number, string>
}

/** A page that takes a body. */
interface Posted extends Page {
  body: { types: string[]; schema: TSchema; examples?: Record<string, { value: unknown }> }
  /** The caller proves by a signature that it may post. */
  signed?: true
}

/** By HTTP method. */
interface PageItem {
  get?: Page
  post?: Posted
}

export interface PageDocs {
  /** The description of the pages. */
  tag: string
  /** By path. */
  pages: Record<string, PageItem>
}

export const pagesTag = 'pages'

/** The headers of a signed call. */
export const signatureScheme: Json = {
  type: 'apiKey',
  in: 'header',
  name: 'webhook-signature',
  description: 'A Standard Webhook: also `webhook-id` and `webhook-timestamp`, signed with the body.'
}

const bodyErrors: Status[] = [400, 408, 413, 415, 503]

/** The parameters in a path are texts that the service has made. */
const parametersOf = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[\\w-]{1,200}$' }
  }))

function operationOf(path: string, page: Page | Posted, components: Components): Json {
  const { operationId, summary, description, type, schema, cacheable, errors = [], alsoAt = {} } = page
  const body = 'body' in page ? page.body : undefined
  const content = { [type]: { schema: components.schema(schema) } }
  const parameters = parametersOf(path)
  return {
    operationId,
    tags: [pagesTag],
    summary,
    ...(description && { description }),
    security: 'signed' in page ? [{ signature: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          body.types.map((one) => [
            one,
            { schema: components.schema(body.schema), ...(body.examples && { examples: body.examples }) }
          ])
        )
      }
    }),
    responses: {
      200: { description: 'It is well.', headers: headersWith(), content },
      ...(cacheable && { 304: { description: 'The copy is still good.', headers: headersWith() } }),
      ...errorResponses([...new Set<Status>([405, 500, ...errors, ...(body ? bodyErrors : [])])]),
      ...Object.fromEntries(
        Object.entries(alsoAt).map(([status, words]) => [
          status,
          { description: words, headers: headersWith(), content }
        ])
      )
    }
  }
}

/** The path item of a page. */
export const pageItem = (path: string, item: PageItem, components: Components): Record<string, Json> => ({
  ...(item.get && { get: operationOf(path, item.get, components) }),
  ...(item.post && { post: operationOf(path, item.post, components) })
})
