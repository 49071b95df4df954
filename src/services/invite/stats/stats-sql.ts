// Counts the steps of invites by day and type: of the invites that the caller may list.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { sqlState } from '../../../database/errors.js'
import { runLists, type Database } from '../../../database/statement.js'
import { Values } from '../../../database/values.js'
import { unavailable } from '../../../errors.js'
import { isExpired } from '../invite.table.js'
import { listed } from '../invite.policy.js'
import { listMs, outOfTime } from '../rows/find.js'
import { steps, type StatsDay } from './stats.schema.js'

export interface StatsOptions {
  action: 'sent' | 'received' | undefined
  /** How many days, today among them. */
  days: number
}

type StatsValues = [day: string, inviteType: StatsDay['inviteType'], ...counts: number[]]

/** SQL: the first moment of the first day, in UTC. */
const firstMoment = (days: string) => `(
  (date_trunc('day', clock_timestamp() at time zone 'UTC') - (${days} - 1) * interval '1 day') at time zone 'UTC'
)`

/**
 * One statement. It reads the invites that lived in these days: nothing that is counted happens to an invite after its
 * deadline. Messages and looks count once an invite, on the first day, and only for those who manage the invite, as its
 * delivery and its history are theirs. 503 `list-too-slow` when it takes longer than a list may.
 */
export async function inviteStats(db: Database, caller: Caller, { action, days }: StatsOptions): Promise<StatsDay[]> {
  const values = new Values()
  const since = firstMoment(values.add(days, 'int'))
  const managed = isAdmin(caller) ? 'true' : `i."userId" = ${values.add(caller.id, 'uuid')}`
  const text = `
    with since as materialized (select ${since} as at), mine as materialized (
      select i.id, i."inviteType" as type, i."createdAt" as created, ${managed} as managed,
        case when ${isExpired} then i.deadline end as ended
      from invites i
      where ${listed(caller, action, values)} and i.deadline >= (select at from since)
    ), happened(type, step, at) as (
      select type, 'created', created from mine
      union all select type, 'expired', ended from mine where ended is not null
      union all select mine.type, case h.action when 'delivered' then 'sent' else 'previewed' end, min(h."createdAt")
        from mine join invite_history h on h."inviteId" = mine.id and h.action in ('delivered', 'previewed')
        where mine.managed group by mine.id, mine.type, h.action
      union all select mine.type, h.action, h."createdAt"
        from mine join invite_history h on h."inviteId" = mine.id and h.action in ('accepted', 'declined')
    )
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, type,
      ${steps.map((step) => `count(*) filter (where step = '${step}')::int`).join(', ')}
    from happened where at >= (select at from since) group by day, type order by day, type`
  try {
    const rows = await runLists<StatsValues>(db, text, values.list, { withinMs: listMs })
    return rows.map(([day, inviteType, ...counts]) => ({
      day,
      inviteType,
      ...(Object.fromEntries(steps.map((step, at) => [step, counts[at] ?? 0])) as Record<
        (typeof steps)[number],
        number
      >)
    }))
  } catch (error) {
    throw sqlState(error) === outOfTime ? unavailable('list-too-slow') : error
  }
}
