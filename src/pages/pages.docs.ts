// The head of the OpenAPI document, and the description of the public pages.
import { Type } from '@sinclair/typebox'
import type { Info } from '../openapi/openapi.js'
import type { PageDocs } from '../openapi/page.js'
import { closed, oneOf } from '../schema/formats.js'

const healthSchema = Type.Object({ status: oneOf(['ok']) }, { ...closed, $id: 'Health' })

export const info: Info = {
  title: 'Invite service',
  version: '0.1.0',
  description: `Invites between people: to be friends, into channels, locations and instances, and to an account.

JSON in, JSON out. Ids are UUIDs, times RFC 3339 in UTC. A value that is unset, or that the caller may not see, is
\`null\`. Every \`GET\` answers \`HEAD\` as well. Over socket.io the same services answer Feathers clients; \`invite\` sends
\`created\`, \`patched\` and \`removed\` to inviter and invitee.`,
  license: { name: 'MIT', identifier: 'MIT' }
}

export const pageDocs: PageDocs = {
  tag: 'Health, metrics and this document.',
  pages: {
    '/health/live': {
      operationId: 'live',
      summary: 'The process answers',
      type: 'application/json',
      schema: healthSchema
    },
    '/health/ready': {
      operationId: 'ready',
      summary: 'The service reaches its database and is not stopping',
      type: 'application/json',
      schema: healthSchema,
      errors: [503]
    },
    '/metrics': {
      operationId: 'metrics',
      summary: 'The metrics, for Prometheus',
      type: 'text/plain',
      schema: Type.String()
    },
    '/openapi.json': {
      operationId: 'openapi',
      summary: 'This document',
      type: 'application/json',
      schema: Type.Object({ openapi: Type.String() }, { additionalProperties: true }),
      cacheable: true
    },
    '/docs': {
      operationId: 'docs',
      summary: 'This document as a page where you can try each call',
      type: 'text/html',
      schema: Type.String(),
      cacheable: true
    }
  }
}
