// The description of invite-stats.
import type { ServiceDocs } from '../../../openapi/service-docs.js'
import { statsQuerySchema, statsSchema } from './stats.schema.js'

export const statsDocs: ServiceDocs = {
  tag: 'The numbers of invites.',
  operations: [
    {
      method: 'find',
      operationId: 'inviteStats',
      summary: 'Count the invites that the caller may list, by day, type and step',
      description: `Each number counts on the day on which it happened, in UTC. The numbers are of sent and received invites;
for administrators, of all. Revoked and declined ones are in them; an invite with \`deleteOnUse\` leaves them with its row.`,
      query: statsQuerySchema,
      answers: { 200: { description: 'The numbers.', schema: statsSchema } },
      errors: [503]
    }
  ]
}
