// Adds to invites what they refer to: people, their newest login, the channel's name. One call for all rows, inside
// the statement that reads or changes them.
import { hasScope, type Caller } from '../../authentication/callers.js'
import { runOne, type Database } from '../../database/statement.js'
import { personFromRow, type Person, type PersonRow } from '../user/user.resolvers.js'
import type { Values } from './filter-sql.js'
import type { InviteRow, PopulatedInvite } from './invite.resolvers.js'

/** What people_and_places() returns; see the migrations. */
interface Related {
  people: PersonRow[] | null
  channels: [id: string, name: string][] | null
  addressees: [token: string, userId: string][] | null
}

/** One of a statement's rows carries what all of them refer to. */
export type WithRelated<Row> = Row & { related: Related | null }

/** Whose logins will be seen: the viewer's own, or everybody's by those who may. Null is everybody's. */
export const loginsFor = (viewer: Caller | undefined): string[] | null =>
  hasScope(viewer, 'user:read') ? null : viewer ? [viewer.id] : []

/** SQL: what the rows of `source`, a CTE with invites, refer to. */
const relatedSql = (source: string, logins: string) => `people_and_places(
  array(select "userId" from ${source} union all select "inviteeId" from ${source}),
  ${logins},
  array(select "targetObjectId" from ${source} where "inviteType" = 'channel'),
  array(select token from ${source} where token is not null)
)`

/** SQL: a column for whichever row comes first, null in the others; `viewer` is who will look. */
export const relatedColumn = (source: string, viewer: Caller | undefined, values: Values) =>
  `case when row_number() over () = 1
    then ${relatedSql(source, values.add(loginsFor(viewer), 'uuid[]'))} end as related`

/**
 * A row with what it refers to. Written out: keys that are added to a row, or spread from it, cost more than all else
 * that is done with it.
 */
const withRelated = (
  row: InviteRow,
  user: Person,
  invitee: Person | null,
  channelName: string | null,
  addresseeId: string | null
): PopulatedInvite => ({
  id: row.id,
  recipient: row.recipient,
  token: row.token,
  identityProviderType: row.identityProviderType,
  targetObjectId: row.targetObjectId,
  deleteOnUse: row.deleteOnUse,
  makeAdmin: row.makeAdmin,
  makeAdminBy: row.makeAdminBy,
  spawnType: row.spawnType,
  spawnDetails: row.spawnDetails,
  timed: row.timed,
  userId: row.userId,
  // An invitee's account that was deleted since the row was read: the database has unset the column by now.
  inviteeId: invitee && row.inviteeId,
  inviteType: row.inviteType,
  startTime: row.startTime,
  endTime: row.endTime,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  status: row.status,
  maxUses: row.maxUses,
  uses: row.uses,
  expiresAt: row.expiresAt,
  deliveryStatus: row.deliveryStatus,
  deliveryAttempts: row.deliveryAttempts,
  lastAttemptAt: row.lastAttemptAt,
  resentAt: row.resentAt,
  user,
  invitee,
  channelName,
  addresseeId
})

/** Joins rows with what they refer to. */
function join(rows: InviteRow[], related: Related): PopulatedInvite[] {
  const people = new Map((related.people ?? []).map((row) => [row[0], personFromRow(row)]))
  const channels = new Map(related.channels)
  const addressees = new Map(related.addressees)
  return rows.flatMap((row) => {
    const user = people.get(row.userId)
    // The inviter's account was deleted, and the invite with it, since the row was read.
    if (!user) return []
    const invitee = people.get(row.inviteeId ?? '') ?? null
    const channelName = (row.inviteType === 'channel' && channels.get(row.targetObjectId ?? '')) || null
    return [withRelated(row, user, invitee, channelName, addressees.get(row.token ?? '') ?? null)]
  })
}

/** Rows of a statement with a `relatedColumn`, populated. */
export function populated(rows: WithRelated<InviteRow>[]): PopulatedInvite[] {
  const related = rows.find((row) => row.related !== null)?.related
  return related ? join(rows, related) : []
}

const populateText = `select people_and_places($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as related`

const distinct = (values: (string | null)[]) => [...new Set(values.filter((value) => value !== null))]

/** Populates rows that were read before, in a statement of its own; `logins` as in loginsFor. */
export async function populate(db: Database, rows: InviteRow[], logins: string[] | null): Promise<PopulatedInvite[]> {
  if (rows.length === 0) return []
  const found = await runOne<{ related: Related }>(db, populateText, [
    distinct(rows.flatMap(({ userId, inviteeId }) => [userId, inviteeId])),
    logins,
    distinct(rows.map(({ inviteType, targetObjectId }) => (inviteType === 'channel' ? targetObjectId : null))),
    distinct(rows.map(({ token }) => token))
  ])
  return found ? join(rows, found.related) : []
}
