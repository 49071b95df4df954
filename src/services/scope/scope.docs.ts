// The description of scope.
import { named } from '../../openapi/components.js'
import { exampleId } from '../../openapi/parameters.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { pageSchema } from '../../schema/paging.js'
import { scopeDataSchema, scopeQuerySchema, scopeSchema } from './scope.schema.js'

export const scopeDocs: ServiceDocs = {
  tag: 'Rights, for administrators.',
  operations: [
    {
      method: 'find',
      operationId: 'findScopes',
      summary: 'List the rights of users, as an administrator',
      query: scopeQuerySchema,
      answers: { 200: { description: 'A page.', schema: named('ScopePage', pageSchema(scopeSchema)) } },
      errors: [403]
    },
    {
      method: 'create',
      operationId: 'grantScope',
      summary: 'Grant a right to a user, as an administrator',
      body: named('ScopeData', scopeDataSchema),
      examples: { right: { value: { userId: exampleId, type: 'user:read' } } },
      answers: { 201: { description: 'The right.', schema: scopeSchema } },
      errors: [403, 404, 409]
    },
    {
      method: 'remove',
      operationId: 'revokeScope',
      summary: 'Take a right away from a user, as an administrator',
      description: 'The last administrator stays one.',
      answers: { 200: { description: 'The right that was taken away.', schema: scopeSchema } },
      errors: [403, 409]
    }
  ]
}
