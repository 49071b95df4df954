// The description of invite-stats.
import type { ServiceDocs } from '../../../openapi/service-docs.js'
import { statsQuerySchema, statsSchema } from './stats.schema.js'

export const statsDocs: ServiceDocs = {
  tag: 'Numbers of invites, by day.',
  operations: [
    {
      method: 'find',
      operationId: 'findInviteStats',
      summary: 'Count what happened to invites, by day and type',
      description:
        'Of the invites that the caller may list: sent and received ones; for administrators, all. Revoked and declined ' +
        'count as well; invites that a block hides do not. Each number counts on the day, in UTC, when it happened, and ' +
        '`sent` and `previewed` the first time only. The inviter and administrators alone see the delivery of an invite ' +
        'and its history: of other received invites `sent` and `previewed` are 0. A row that `deleteOnUse` removed is ' +
        'gone from all numbers, and an invite that was changed to another type counts as that.',
      query: statsQuerySchema,
      answers: { 200: { description: 'The days on which something happened.', schema: statsSchema } }
    }
  ]
}
