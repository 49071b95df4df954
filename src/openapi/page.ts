// A public page in the document: no service answers it, and it reads no token.
import type { TSchema } from '@sinclair/typebox'
import type { Components, Json } from './components.js'
import { errorResponses, headersWith } from './errors.js'
import type { Status } from '../reasons.js'

export interface Page {
  operationId: string
  summary: string
  /** The media type of its content. */
  type: string
  schema: TSchema
  /** It has an ETag: a client that has a copy may ask whether the copy is still good. */
  cacheable?: true
  /** Statuses of errors beside those that any page may answer. */
  errors?: Status[]
}

export interface PageDocs {
  /** The description of the pages. */
  tag: string
  /** By path. */
  pages: Record<string, Page>
}

export const pagesTag = 'pages'

/** The path item of a page, which answers GET alone. */
export const pageItem = (page: Page, components: Components): Record<string, Json> => {
  const { operationId, summary, type, schema, cacheable, errors = [] } = page
  return {
    get: {
      operationId,
      tags: [pagesTag],
      summary,
      security: [],
      responses: {
        200: {
          description: 'It is well.',
          headers: headersWith(),
          content: { [type]: { schema: components.schema(schema) } }
        },
        ...(cacheable && { 304: { description: 'The copy is still good.', headers: headersWith() } }),
        ...errorResponses([405, 500, ...errors])
      }
    }
  }
}
