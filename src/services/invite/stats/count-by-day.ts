// The statement of the statistics: it counts what happened to invites, by day and type.
import type { Caller } from '../../../callers/caller.js'
import type { Database } from '../../../database/statement.js'
import { Values } from '../../../database/values.js'
import { listed, managed } from '../invite.policy.js'
import { isExpired } from '../invite.table.js'
import { listMs, runList } from '../rows/find.js'
import { defaultDays, statsNumbers, type StatsNumber, type StatsQuery, type StatsRow } from './stats.schema.js'

/** The action in the history that is counted, for the numbers that the history has. */
const actions = {
  sent: 'delivered',
  previewed: 'previewed',
  accepted: 'accepted',
  declined: 'declined'
} as const satisfies Partial<Record<StatsNumber, string>>

/** The number of each event, as the statement names it. */
const wordOf = (number: StatsNumber) => (number in actions ? actions[number as keyof typeof actions] : number)

/**
 * The statement, in parts. `mine` are the invites to which something can have happened in these days: it lasted until
 * then, or was changed then. (A message that was on its way at the end of an invite is recorded a little later: hence the
 * hour.) `told` reads their history once: each acceptance is an event of its own, and of the actions that are repeated
 * the first one is.
 */
function statement(caller: Caller, { action, days = defaultDays }: StatsQuery) {
  const values = new Values()
  const since = `(select at from since)`
  const columns = statsNumbers.map((number) => `count(*) filter (where word = '${wordOf(number)}')::int`)
  const text = `
    with since as materialized (
      select date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
        - (${values.add(days, 'int')} - 1) * interval '24 hours' as at
    ), mine as materialized (
      select i.id, i."inviteType", i."createdAt", i.deadline, ${isExpired} as "isExpired",
        ${managed(caller, values)} as "isManaged"
      from invites i
      where ${listed(caller, action, values)}
        and (i."updatedAt" >= ${since} or i.deadline >= ${since} - interval '1 hour')
    ), told as (
      select m."inviteType", h.action::text as word, min(h."createdAt") as at
      from mine m join invite_history h on h."inviteId" = m.id
      where h.action in ('accepted', 'declined') or (m."isManaged" and h.action in ('delivered', 'previewed'))
      group by m.id, m."inviteType", h.action, case when h.action = 'accepted' then h.id end
    ), events as (
      select "inviteType", word, at from told
      union all select "inviteType", 'created', "createdAt" from mine
      union all select "inviteType", 'expired', deadline from mine where "isExpired"
    )
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, "inviteType", ${columns.join(', ')}
    from events where at >= ${since}
    group by 1, 2 order by 1, 2 collate "C"`
  return { text, values: values.list }
}

/** The rows of the caller's statistics, by day and type. 503 when they take longer than a list may. */
export async function countByDay(db: Database, caller: Caller, query: StatsQuery): Promise<StatsRow[]> {
  const { text, values } = statement(caller, query)
  const rows = await runList<[day: string, inviteType: StatsRow['inviteType'], ...counts: number[]]>(
    db,
    text,
    values,
    listMs
  )
  return rows.map(([day, inviteType, ...counts]) => {
    const numbers = Object.fromEntries(statsNumbers.map((number, index) => [number, counts[index]]))
    return { day, inviteType, ...(numbers as Record<StatsNumber, number>) }
  })
}
