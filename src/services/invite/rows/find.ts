// Reads invites: a page of them, or one.
import type { Caller } from '../../../callers/caller.js'
import { sqlState } from '../../../database/errors.js'
import { contains } from '../../../database/like.js'
import { runLists, type Database } from '../../../database/statement.js'
import type { Page } from '../../../schema/paging.js'
import { addressPart } from '../../../schema/text.js'
import { Values } from '../../../database/values.js'
import { unavailable } from '../../../errors.js'
import { names, type Condition } from '../filter/condition.js'
import { filterSql } from '../filter/filter-sql.js'
import { ownKeys } from '../filter/keys.js'
import { listed, visible } from '../invite.policy.js'
import type { PopulatedInvite } from '../invite.table.js'
import { inviteColumns, loginsFor, ownValues, populated, populatedColumns, type PopulatedValues } from './populate.js'
import type { ListOptions } from '../filter/read-list.js'

/**
 * How long a list may take when it has conditions, a search or an order of its own: other statements have five seconds.
 * More than `lock_timeout`, so that a list that only waits for a lock is not told that it is too slow.
 */
export const listMs = 2500

/** SQLSTATE of a statement that took longer than it may. */
const outOfTime = '57014'

/** Runs the statement of a list. 503 with a reason of its own when it takes too long. */
export async function runList<Row extends unknown[]>(
  db: Database,
  text: string,
  values: unknown[],
  withinMs: number | undefined
): Promise<Row[]> {
  try {
    return await runLists<Row>(db, text, values, { withinMs })
  } catch (error) {
    throw sqlState(error) === outOfTime ? unavailable('list-too-slow') : error
  }
}

/**
 * SQL for a search in the names of inviter and invitee, the channel's name, and the address of an invite that the
 * caller sent or received.
 */
function searchSql(search: string, caller: Caller, values: Values): string {
  const like = `ilike ${values.add(contains(search), 'text')}`
  const address = addressPart(search)
  const likeAddress = address === search.toLowerCase() ? like : `ilike ${values.add(contains(address), 'text')}`
  const own = values.add(caller.id, 'uuid')
  return `(
    exists (select 1 from users p where p.id in (i."userId", i."inviteeId") and p.name ${like})
    or ${ownKeys.channelName.sql} ${like}
    or (i.token ${likeAddress} and (i."userId" = ${own} or i.token = any(${values.add(caller.addresses, 'text[]')})))
  )`
}

/**
 * Newest first, unless the query sorts otherwise. Ids sort by creation, and no two are alike: a client that asks for the
 * ids below the last one of a page gets the next page. `createdAt` would not do. Invites of one call share it, and two
 * calls at once may get it in another order than their ids.
 */
export const newestFirst = 'i.id desc'

/** Equal rows are ordered by id, in the direction of the last key, so that pages do not overlap. */
function orderSql(sort: ListOptions['sort']): string {
  const last = sort.at(-1)
  if (!last) return newestFirst
  return [...sort.map(([key, direction]) => `${key.sql} ${direction}`), `i.id ${last[1]}`].join(', ')
}

/**
 * A page of the invites that the caller may list. Revoked and declined ones are in it only when the query asks about
 * status. The statement looks for one row more than the page. It counts the total only when it finds that row, or no
 * row.
 */
export async function findInvites(
  db: Database,
  caller: Caller,
  conditions: Condition[],
  options: ListOptions
): Promise<Page<PopulatedInvite>> {
  const values = new Values()
  const where = [
    listed(caller, options.action, values),
    filterSql(conditions, caller, values),
    names(conditions, 'status') ? 'true' : `i.status not in ('revoked', 'declined')`,
    options.search ? searchSql(options.search, caller, values) : 'true'
  ].join(' and ')
  const limit = values.add(options.limit, 'int')
  const skip = values.add(options.skip, 'int')
  // The plain list reads an index. To give it less time would only cost some.
  const isPlain = conditions.length === 0 && !options.search && options.sort.length === 0
  const rows = await runList<PopulatedValues>(
    db,
    `with page as materialized (
       select found.*, row_number() over () as position from (
         select ${inviteColumns} from invites i
         where ${where} order by ${orderSql(options.sort)} limit ${limit} + 1 offset ${skip}
       ) found
     ), counted as materialized (
       select case when (select count(*) from page) between 1 and ${limit}
         then ${skip} + (select count(*) from page)
         else (select count(*) from invites i where ${where})
       end as total
     )
     select ${populatedColumns('page', values.add(loginsFor(caller), 'uuid[]'))}, counted.total
     from counted left join page c on c.position <= ${limit}
     order by c.position`,
    values.list,
    isPlain ? undefined : listMs
  )
  const [total] = rows[0] ? (ownValues(rows[0]) as [number]) : [0]
  return { total, limit: options.limit, skip: options.skip, data: populated(rows) }
}

/** One invite, if it exists for the caller. */
export async function visibleInvite(db: Database, caller: Caller, id: string): Promise<PopulatedInvite | undefined> {
  const values = new Values()
  const text = `
    with found as materialized (
      select ${inviteColumns} from invites i
      where i.id = ${values.add(id, 'uuid')} and ${visible(caller, values)}
    )
    select ${populatedColumns('found', values.add(loginsFor(caller), 'uuid[]'))} from found c`
  return populated(await runLists<PopulatedValues>(db, text, values.list))[0]
}
