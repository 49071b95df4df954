// Sums and scales of the statistics. Nothing here shows anything.
import type { InviteType } from '../types.js'

/** The steps of an invite, in their order. */
export const steps = ['created', 'sent', 'previewed', 'accepted', 'declined', 'expired'] as const
export type Step = (typeof steps)[number]

/** A row of `GET /invite-stats`: how often each step was taken on a day (UTC), by invites of a type. */
export type StatsRow = { day: string; inviteType: InviteType } & Record<Step, number>

export type Sums = Record<Step, number>

export function sumsOf(rows: StatsRow[]): Sums {
  const sums: Sums = { created: 0, sent: 0, previewed: 0, accepted: 0, declined: 0, expired: 0 }
  for (const row of rows) for (const step of steps) sums[step] += row[step]
  return sums
}

const dayInMs = 24 * 3600 * 1000

/** The days of a period that ends with `last`, like `2026-11-28`, from the first to the last. */
export const daysUntil = (last: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(`${last}T00:00:00Z`) - (count - 1 - index) * dayInMs).toISOString().slice(0, 10)
  )

/** What a bar is stacked of: the number of each type on a day. */
export interface Bar {
  day: string
  total: number
  parts: { type: InviteType; count: number }[]
}

/** A bar for each day, days without a row among them. */
export function barsOf(rows: StatsRow[], days: string[], types: InviteType[], step: Step): Bar[] {
  return days.map((day) => {
    const parts = types.map((type) => ({
      type,
      count: rows.filter((row) => row.day === day && row.inviteType === type).reduce((sum, row) => sum + row[step], 0)
    }))
    return { day, parts, total: parts.reduce((sum, { count }) => sum + count, 0) }
  })
}

/** The top of an axis for numbers up to `most`: a round even number, so that half of it is a whole number too. */
export function topFor(most: number): number {
  for (let unit = 1; ; unit *= 10) {
    const top = [1, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * unit).find((one) => one >= most && one % 2 === 0)
    if (top !== undefined) return top
  }
}
