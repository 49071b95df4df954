// The public pages: no service is behind them, and they look at no token.
import { Type, type TSchema } from '@sinclair/typebox'
import { closed, oneOf } from '../schema/formats.js'
import type { Components, Json } from '../openapi/components.js'
import { headersWith, refusalResponses, type Refusal } from '../openapi/errors.js'

const healthSchema = Type.Object({ status: oneOf(['ok']) }, { ...closed, $id: 'Health' })

interface Page {
  operationId: string
  summary: string
  type: string
  schema: TSchema
  /** It has an ETag: who has a copy asks whether it is still good. */
  kept?: true
  refusals?: Refusal[]
}

const pages: Record<string, Page> = {
  '/health/live': {
    operationId: 'live',
    summary: 'The process answers',
    type: 'application/json',
    schema: healthSchema
  },
  '/health/ready': {
    operationId: 'ready',
    summary: 'The service can serve: it reaches its database and is not stopping',
    type: 'application/json',
    schema: healthSchema,
    refusals: [503]
  },
  '/metrics': { operationId: 'metrics', summary: 'For Prometheus', type: 'text/plain', schema: Type.String() },
  '/openapi.json': {
    operationId: 'openapi',
    summary: 'This document',
    type: 'application/json',
    schema: Type.Object({ openapi: Type.String() }, { additionalProperties: true }),
    kept: true
  },
  '/docs': {
    operationId: 'docs',
    summary: 'This document, to read and to try',
    type: 'text/html',
    schema: Type.String(),
    kept: true
  }
}

/** The path items of the public pages. */
export const pagePaths = (components: Components): Json =>
  Object.fromEntries(
    Object.entries(pages).map(([path, { operationId, summary, type, schema, kept, refusals = [] }]) => [
      path,
      {
        get: {
          operationId,
          tags: ['pages'],
          summary,
          security: [],
          responses: {
            200: {
              description: 'It is well.',
              headers: headersWith(),
              content: { [type]: { schema: components.schema(schema) } }
            },
            ...(kept && { 304: { description: 'The copy is still good.', headers: headersWith() } }),
            ...refusalResponses([405, 500, ...refusals])
          }
        }
      }
    ])
  )
