// The schemas of the numbers of invites: of their query, and of their reply.
import { Type, type Static } from '@sinclair/typebox'
import { closed, oneOf } from '../../../schema/formats.js'
import { inviteTypeNames } from '../invite.table.js'

/** What can happen to an invite, in the order in which it does. */
export const steps = ['created', 'sent', 'previewed', 'accepted', 'declined', 'expired'] as const

const about: Record<(typeof steps)[number], string> = {
  created: 'Invites that were made.',
  sent: 'Invites whose message a carrier took for the first time; 0 for invites of others.',
  previewed: 'Invites that were looked at for the first time by their passcode; 0 for invites of others.',
  accepted: 'Acceptances: each use of a link counts.',
  declined: 'Invites that were declined.',
  expired: 'Invites whose time ended, unanswered.'
}

const dayProperties = {
  day: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'A day in UTC, like 2026-11-28.' }),
  inviteType: oneOf(inviteTypeNames)
}
const countProperties = Object.fromEntries(
  steps.map((step) => [step, Type.Integer({ minimum: 0, description: about[step] })])
) as Record<(typeof steps)[number], ReturnType<typeof Type.Integer>>

const statsDaySchema = Type.Object({ ...dayProperties, ...countProperties }, closed)
export type StatsDay = Static<typeof statsDaySchema>

export const statsSchema = Type.Object(
  { data: Type.Array(statsDaySchema) },
  { ...closed, $id: 'InviteStats', description: 'By day and type, oldest first. Days without anything are left out.' }
)
export type Stats = Static<typeof statsSchema>

export const statsQuerySchema = Type.Object(
  {
    action: Type.Optional(oneOf(['sent', 'received'] as const, 'Only invites that the caller sent, or received.')),
    days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 366, description: 'How many days, today among them; by default 90.' })
    )
  },
  closed
)
export type StatsQuery = Static<typeof statsQuerySchema>
