// The channels, locations and instances to which a user may invite: the rule, which is that of the creation of an invite,
// and the lists of them.
import type { Params } from '@feathersjs/feathers'
import { Type, type Static, type TObject } from '@sinclair/typebox'
import { contains } from '../../database/like.js'
import { runLists, type Database } from '../../database/statement.js'
import { callerOf } from '../../callers/caller.js'
import { columnsOf, columnsSql } from '../../schema/columns.js'
import { listQuery, paginate, type Page } from '../../schema/paging.js'

/** The tables of a kind of place, and the column of `members` that names the place. */
export interface PlaceTables {
  places: 'channels' | 'locations'
  members: 'channel_users' | 'location_authorized_users'
  key: 'channelId' | 'locationId'
}

/**
 * SQL: whether the member `of` may invite to the place. Owners and moderators may. Administrators have no right of their
 * own to invite: they need a role, too.
 */
export const mayInvite = (of: string) => `${of}.role in ('owner', 'moderator')`

/** The query of a list of channels, locations or instances. */
export const invitableQuerySchema = listQuery({
  search: Type.Optional(
    Type.String({ format: 'search', maxLength: 254, description: 'A part of the name of the place, in either case.' })
  )
})

interface Rows {
  /** The schema of a row, whose keys are the columns of the table `r`. */
  schema: TObject
  /** SQL of a join of the table `r` with the places `p` to which the caller may invite. */
  from: string
  order: string
}

/** A page of the places to which the caller may invite, or of rows that belong to such places. */
export async function findInvitable<Row>(
  db: Database,
  params: Params,
  { places, members, key }: PlaceTables,
  { schema, from, order }: Rows
): Promise<Page<Row>> {
  const { $limit = paginate.default, $skip: skip = 0, search }: Static<typeof invitableQuerySchema> = params.query ?? {}
  const limit = Math.min($limit, paginate.max)
  const rows = await runLists<[total: number, position: number | null, ...values: unknown[]]>(
    db,
    `with p as (
       select p.id, p.name from ${members} m join ${places} p on p.id = m."${key}"
       where m."userId" = $1 and ${mayInvite('m')} and ($2::text is null or p.name ilike $2)
     ), found as (
       select ${columnsSql(schema, 'r')}, row_number() over (order by ${order})::int as position from ${from}
     )
     select counted.total, found.position, ${columnsSql(schema, 'found')}
     from (select count(*)::int as total from found) counted
     left join found on found.position > $3::int and found.position <= $3::int + $4::int
     order by found.position`,
    [callerOf(params).id, search ? contains(search) : null, skip, limit]
  )
  const keys = columnsOf(schema)
  const data = rows
    .filter(([, position]) => position !== null)
    .map(([, , ...values]) => Object.fromEntries(keys.map((name, index) => [name, values[index]])) as Row)
  return { total: rows[0]?.[0] ?? 0, limit, skip, data }
}
