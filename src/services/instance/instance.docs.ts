// The description of instance.
import { named } from '../../openapi/components.js'
import { exampleId } from '../../openapi/parameters.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { pageSchema } from '../../schema/paging.js'
import { invitableQuerySchema } from '../channel/invitable.js'
import { instanceDataSchema, instanceSchema } from './instance.schema.js'

export const instanceDocs: ServiceDocs = {
  tag: 'Instances of locations.',
  operations: [
    {
      method: 'find',
      operationId: 'findInstances',
      summary: 'List the instances to which the caller may invite, newest first',
      description:
        'The instances of locations where the caller is the owner or a moderator, whoever started them; for ' +
        'administrators as well. `search` looks in the name of the location. Not for guests.',
      query: invitableQuerySchema,
      answers: { 200: { description: 'A page.', schema: named('InstancePage', pageSchema(instanceSchema)) } },
      errors: [403]
    },
    {
      method: 'create',
      operationId: 'createInstance',
      summary: 'Start an instance of a location that the caller is a member of',
      description: 'Guests cannot do this. 409 for a caller who has as many as one user may have.',
      body: named('InstanceData', instanceDataSchema),
      examples: { location: { value: { locationId: exampleId } } },
      answers: { 201: { description: 'The instance.', schema: instanceSchema } },
      errors: [403, 404, 409]
    }
  ]
}
