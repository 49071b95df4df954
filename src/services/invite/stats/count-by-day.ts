// The statement of the statistics: it counts what happened to invites, by day and type.
import type { Caller } from '../../../callers/caller.js'
import type { Database } from '../../../database/statement.js'
import { Values } from '../../../database/values.js'
import { listed, managed } from '../invite.policy.js'
import { isExpired } from '../invite.table.js'
import { listMs, runList } from '../rows/find.js'
import type { HistoryAction } from '../rows/history.js'
import { defaultDays, statsNumbers, type StatsNumber, type StatsQuery, type StatsRow } from './stats.schema.js'

/** The words of events: most are actions of the history. */
const words: Record<StatsNumber, HistoryAction> = {
  created: 'created',
  sent: 'delivered',
  previewed: 'previewed',
  accepted: 'accepted',
  declined: 'declined',
  expired: 'expired'
}

/**
 * The statement, in parts. `mine` are the invites to which something can have happened in these days: they lasted until
 * then, or were changed then. (A message that was on its way when its invite ended is recorded a little later: hence the
 * hour.) `told` reads the history once. Each acceptance is an event of its own; of other actions, the first one is.
 * An invite has expired by the clock, whether or not a sweep has written that into the history.
 */
function statement(caller: Caller, { action, days = defaultDays }: StatsQuery) {
  const values = new Values()
  const since = '(select at from since)'
  const day = `(e.at at time zone 'UTC')::date`
  const columns = statsNumbers.map((number) => `count(*) filter (where e.word = '${words[number]}')::int`)
  const text = `
    with since as materialized (
      select date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
        - (${values.add(days, 'int')} - 1) * interval '24 hours' as at
    ), mine as materialized (
      select i.id, i."inviteType", ${managed(caller, values)} as "isManaged",
        i."createdAt", ${isExpired} as "isExpired", i.deadline
      from invites i
      where ${listed(caller, action, values)}
        and (i."updatedAt" >= ${since} or i.deadline >= ${since} - interval '1 hour')
    ), told as (
      select m."inviteType", h.action::text as word, min(h."createdAt") as at
      from mine m join invite_history h on h."inviteId" = m.id
      where h.action in ('delivered', 'previewed', 'accepted', 'declined')
        and (m."isManaged" or h.action in ('accepted', 'declined'))
      group by m.id, m."inviteType", h.action, case when h.action = 'accepted' then h.id end
    ), events as (
      select "inviteType", word, at from told
      union all select "inviteType", 'created', "createdAt" from mine
      union all select "inviteType", 'expired', deadline from mine where "isExpired"
    )
    select to_char(${day}, 'YYYY-MM-DD'), e."inviteType", ${columns.join(', ')}
    from events e where e.at >= ${since}
    group by ${day}, e."inviteType" order by ${day}, e."inviteType" collate "C"`
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
