// Adds people, their newest login and the channel's name to invites. One call serves all rows, inside the statement
// that reads or changes them.
import { hasScope, type Caller } from '../../../callers/caller.js'
import { runOne, type Database } from '../../../database/statement.js'
import { personFromRow, type PersonRow } from '../../user/user.resolvers.js'
import type { Person } from '../../user/user.table.js'
import { channelTypes, inviteTypes } from '../types/index.js'
import { invites, references, type InviteRow, type PopulatedInvite } from '../invite.table.js'

/** The reply of people_and_places(); see the migrations. */
interface Related {
  people: PersonRow[] | null
  channels: [id: string, name: string][] | null
  addressees: [token: string, userId: string][] | null
}

const columnCount = invites.stored.length

/** The columns of an InviteRow, of the table `i`. */
export const inviteColumns = invites.columns('i')

/**
 * A row of a statement that selects `populatedColumns` first, as a list: the values of an invite, all null where there
 * is none; the references of all rows, in one of them; and the statement's own values.
 */
export type PopulatedValues = unknown[]

/**
 * The ids of the people whose logins the viewer will see: the viewer's own, or null, which is all, by scope user:read.
 */
export const loginsFor = (viewer: Caller | undefined): string[] | null =>
  hasScope(viewer, 'user:read') ? null : viewer ? [viewer.id] : []

/** SQL: the references of the rows of `source`, a CTE with invites. */
const relatedSql = (source: string, logins: string) => `people_and_places(
  array(select "userId" from ${source} union all select "inviteeId" from ${source}),
  ${logins},
  array(select "targetObjectId" from ${source} where "inviteType" in (${channelTypes})),
  array(select token from ${source} where token is not null)
)`

/**
 * SQL: the columns of the invites in the CTE `source`, of its alias `c`, and their references. `logins` is an
 * expression for `loginsFor`.
 */
export const populatedColumns = (source: string, logins: string) =>
  `${invites.stored.map((name) => `c."${name}"`).join(', ')},
   case when row_number() over () = 1 then ${relatedSql(source, logins)} end`

/** The values that a statement has selected after its populatedColumns. */
export const ownValues = (row: PopulatedValues): unknown[] => row.slice(columnCount + 1)

/** Where the values that refer to other rows stand in a row. */
const at = {
  userId: invites.stored.indexOf('userId'),
  inviteeId: invites.stored.indexOf('inviteeId'),
  targetObjectId: invites.stored.indexOf('targetObjectId'),
  token: invites.stored.indexOf('token')
}

const inviteOf = invites.rows(references)

/**
 * Joins rows with their references. It leaves out a row whose inviter's account was deleted since the row was read: the
 * invite was deleted with it.
 */
function join(rows: unknown[][], related: Related): PopulatedInvite[] {
  const people = new Map((related.people ?? []).map((row): [string, Person] => [String(row[0]), personFromRow(row)]))
  const channels = new Map(related.channels)
  const addressees = new Map(related.addressees)
  return rows.flatMap((values) => {
    const user = people.get(values[at.userId] as string)
    if (!user) return []
    const invite = inviteOf(values, {
      user,
      invitee: people.get(values[at.inviteeId] as string) ?? null,
      channelName: channels.get(values[at.targetObjectId] as string) ?? null,
      addresseeId: addressees.get(values[at.token] as string) ?? null,
      passcode: null
    })
    // If the invitee's account was deleted, the database has unset the column by now.
    if (!invite.invitee) invite.inviteeId = null
    return [invite]
  })
}

/** The invites of a statement with `populatedColumns`. */
export function populated(rows: PopulatedValues[]): PopulatedInvite[] {
  const related = rows.find((row) => row[columnCount] !== null)?.[columnCount] as Related | undefined
  // A row without an invite has no id.
  return related
    ? join(
        rows.filter(([id]) => id !== null),
        related
      )
    : []
}

const populateText = `select people_and_places($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as related`

const distinct = (values: (string | null)[]) => [...new Set(values.filter((value) => value !== null))]

/** Populates rows that were read before, in a statement of its own; `logins` as in loginsFor. */
export async function populate(db: Database, rows: InviteRow[], logins: string[] | null): Promise<PopulatedInvite[]> {
  if (rows.length === 0) return []
  const found = await runOne<{ related: Related }>(db, populateText, [
    distinct(rows.flatMap(({ userId, inviteeId }) => [userId, inviteeId])),
    logins,
    distinct(
      rows.map(({ inviteType, targetObjectId }) =>
        inviteTypes[inviteType].target === 'channel' ? targetObjectId : null
      )
    ),
    distinct(rows.map(({ token }) => token))
  ])
  return found
    ? join(
        rows.map((row) => invites.stored.map((name) => row[name])),
        found.related
      )
    : []
}
