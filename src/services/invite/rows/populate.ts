// Adds to invites what they refer to: people, their newest login, the channel's name. One call for all rows, inside
// the statement that reads or changes them.
import { hasScope, type Caller } from '../../../callers/caller.js'
import { runOne, type Database } from '../../../database/statement.js'
import { personFromRow, type Person, type PersonRow } from '../../user/user.resolvers.js'
import {
  columnCount,
  selectedColumns,
  valuesOf,
  type InviteRow,
  type InviteValues,
  type PopulatedInvite
} from '../invite.resolvers.js'

/** What people_and_places() returns; see the migrations. */
interface Related {
  people: PersonRow[] | null
  channels: [id: string, name: string][] | null
  addressees: [token: string, userId: string][] | null
}

/**
 * A row of a statement that selects `populatedColumns` first: an invite, null in all of its values where there is none;
 * what all rows refer to, in one of them; and the statement's own.
 */
export type PopulatedValues<More extends unknown[] = []> = [...InviteValues, related: Related | null, ...more: More]

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

/**
 * SQL: the columns of invites that the CTE `source` has selected, of its alias `c`, and what they refer to; `logins` is
 * an expression for `loginsFor`.
 */
export const populatedColumns = (source: string, logins: string) =>
  `${selectedColumns}, case when row_number() over () = 1 then ${relatedSql(source, logins)} end`

/** What a statement has selected after its populatedColumns. */
export const ownValues = <More extends unknown[]>(row: PopulatedValues<More>) =>
  row.slice(columnCount + 1) as unknown[] as More

interface Found {
  people: Map<string, Person>
  channels: Map<string, string>
  addressees: Map<string, string>
}

/**
 * An invite with what it refers to, written out: rows that are given their shape by `pg`, or more keys later, cost more
 * than all else that is done with them. Undefined when the inviter's account was deleted, and the invite with it, since
 * the row was read.
 */
function populatedInvite(
  [
    id,
    recipient,
    token,
    identityProviderType,
    targetObjectId,
    deleteOnUse,
    makeAdmin,
    makeAdminBy,
    spawnType,
    spawnDetails,
    timed,
    userId,
    inviteeId,
    inviteType,
    startTime,
    endTime,
    createdAt,
    updatedAt,
    status,
    maxUses,
    uses,
    expiresAt,
    deliveryStatus,
    deliveryAttempts,
    lastAttemptAt,
    resentAt
  ]: [...InviteValues, ...unknown[]],
  { people, channels, addressees }: Found
): PopulatedInvite | undefined {
  const user = people.get(userId)
  if (!user) return undefined
  const invitee = people.get(inviteeId ?? '') ?? null
  return {
    id,
    recipient,
    token,
    identityProviderType,
    targetObjectId,
    deleteOnUse,
    makeAdmin,
    makeAdminBy,
    spawnType,
    spawnDetails,
    timed,
    userId,
    // Likewise an invitee's account: the database has unset the column by now.
    inviteeId: invitee && inviteeId,
    inviteType,
    startTime,
    endTime,
    createdAt,
    updatedAt,
    status,
    maxUses,
    uses,
    expiresAt,
    deliveryStatus,
    deliveryAttempts,
    lastAttemptAt,
    resentAt,
    user,
    invitee,
    channelName: (inviteType === 'channel' && channels.get(targetObjectId ?? '')) || null,
    addresseeId: addressees.get(token ?? '') ?? null
  }
}

/** Joins rows with what they refer to. */
function join(rows: [...InviteValues, ...unknown[]][], related: Related): PopulatedInvite[] {
  const found = {
    people: new Map((related.people ?? []).map((row) => [row[0], personFromRow(row)])),
    channels: new Map(related.channels),
    addressees: new Map(related.addressees)
  }
  return rows.map((row) => populatedInvite(row, found)).filter((invite) => invite !== undefined)
}

/** The invites of a statement with `populatedColumns`. */
export function populated(rows: PopulatedValues<unknown[]>[]): PopulatedInvite[] {
  const related = rows.find((row) => row[columnCount] !== null)?.[columnCount] as Related | undefined
  // A row without an invite is one without its id, which its type does not say.
  return related
    ? join(
        rows.filter(([id]) => (id as string | null) !== null),
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
    distinct(rows.map(({ inviteType, targetObjectId }) => (inviteType === 'channel' ? targetObjectId : null))),
    distinct(rows.map(({ token }) => token))
  ])
  return found ? join(rows.map(valuesOf), found.related) : []
}
