// The description of identity-provider.
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { pageQuerySchema, pageSchema } from '../../schema/paging.js'
import { identityProviderSchema } from './identity-provider.schema.js'

export const identityProviderDocs: ServiceDocs = {
  tag: 'The caller’s addresses.',
  operations: [
    {
      method: 'find',
      operationId: 'findIdentityProviders',
      summary: 'The caller’s own addresses',
      query: pageQuerySchema,
      answers: {
        200: { description: 'A page.', schema: named('IdentityProviderPage', pageSchema(identityProviderSchema)) }
      }
    },
    {
      method: 'get',
      operationId: 'getIdentityProvider',
      summary: 'One of the caller’s own addresses',
      answers: { 200: { description: 'The address.', schema: identityProviderSchema } }
    }
  ]
}
