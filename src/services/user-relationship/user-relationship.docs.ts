// The description of user-relationship.
import { named } from '../../openapi/components.js'
import { exampleId } from '../../openapi/parameters.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { pageSchema } from '../../schema/paging.js'
import {
  userRelationshipDataSchema,
  userRelationshipQuerySchema,
  userRelationshipSchema
} from './user-relationship.schema.js'

export const userRelationshipDocs: ServiceDocs = {
  tag: 'The caller’s friends and blocks.',
  operations: [
    {
      method: 'find',
      operationId: 'findUserRelationships',
      summary: 'The caller’s own friends and blocks',
      query: userRelationshipQuerySchema,
      answers: {
        200: { description: 'A page.', schema: named('UserRelationshipPage', pageSchema(userRelationshipSchema)) }
      }
    },
    {
      method: 'create',
      operationId: 'blockUser',
      summary: 'Block a user, which ends a friendship on both sides',
      body: named('UserRelationshipData', userRelationshipDataSchema),
      examples: { block: { value: { relatedUserId: exampleId, userRelationshipType: 'blocking' } } },
      answers: { 201: { description: 'The block.', schema: userRelationshipSchema } },
      errors: [404, 409]
    },
    {
      method: 'remove',
      operationId: 'removeUserRelationship',
      summary: 'Unblock a user, or end a friendship on both sides',
      answers: { 200: { description: 'The friendship or block that was removed.', schema: userRelationshipSchema } }
    }
  ]
}
