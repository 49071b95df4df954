// The schemas of the statistics of invites: of the query, and of the reply.
import { Type, type Static } from '@sinclair/typebox'
import { closed, oneOf } from '../../../schema/formats.js'
import { inviteTypeNames } from '../invite.table.js'

/** The days of a reply, today included, when the client names no number. */
export const defaultDays = 90

export const statsQuerySchema = Type.Object(
  {
    action: Type.Optional(
      oneOf(['sent', 'received'] as const, 'Only the invites that the caller sent, or only those that they received.')
    ),
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 366,
        description: `How many days to count, today included; without it, ${defaultDays}.`
      })
    )
  },
  closed
)
export type StatsQuery = Static<typeof statsQuerySchema>

/** The numbers of a day, in the order of the reply, each with its meaning. */
const numbers = {
  created: 'Invites that were made.',
  sent: 'Invites whose message a carrier took for the first time. Only of invites that the caller sent; to administrators, of all.',
  previewed: 'Invites that were looked at for the first time, by their passcode. To the same callers as `sent`.',
  accepted: 'Acceptances: each use of a link counts.',
  declined: 'Invites that were declined.',
  expired: 'Invites that have expired, on the day of their end.'
} as const
export type StatsNumber = keyof typeof numbers
export const statsNumbers = Object.keys(numbers) as StatsNumber[]

const count = (description: string) => Type.Integer({ minimum: 0, description })

export const statsRowSchema = Type.Object(
  {
    day: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'The day in UTC.' }),
    inviteType: oneOf(inviteTypeNames),
    created: count(numbers.created),
    sent: count(numbers.sent),
    previewed: count(numbers.previewed),
    accepted: count(numbers.accepted),
    declined: count(numbers.declined),
    expired: count(numbers.expired)
  },
  { ...closed, $id: 'InviteStatsRow', description: 'What happened on one day to the invites of one type.' }
)
export type StatsRow = Static<typeof statsRowSchema>

export const statsSchema = Type.Object(
  { data: Type.Array(statsRowSchema) },
  { ...closed, $id: 'InviteStats', description: 'By day, then by type. A row has at least one number above 0.' }
)
export type Stats = Static<typeof statsSchema>
