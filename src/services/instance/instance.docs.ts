// The description of instance.
import { named } from '../../openapi/components.js'
import { exampleId } from '../../openapi/parameters.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { instanceDataSchema, instanceSchema } from './instance.schema.js'

export const instanceDocs: ServiceDocs = {
  tag: 'Instances of locations.',
  operations: [
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
