// The table of keys that invites are filtered and sorted by: how each is read in SQL, its type, and whose secret it is.
import { loginColumns, userColumns, type ValueType } from '../../user/user.schema.js'
import { carriers, inviteTypeNames, spawnTypes, statuses } from '../invite.schema.js'
import { effectiveStatus } from '../invite.resolvers.js'

export interface Field {
  /** As it is written in a filter: `inviteType`, `user.name`, `invitee.lastLogin.ipAddress`. */
  name: string
  type: ValueType | 'word' | 'json'
  /** An expression over the invite `i`. */
  sql: string
  /** The words of a `word`. */
  words?: readonly string[]
  /** Compared in lower case. */
  lowerCase?: boolean
  /** Private: the column of `i` that says whose secret this is. */
  owner?: 'userId' | 'inviteeId'
  /** A condition on a person's column, as a condition on the invite that an index can serve. */
  within?: ((condition: string) => string) & { column: string }
  /** The condition that the invite is in one of these statuses. */
  byStatus?: (statuses: string[]) => string
}

const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  sql: `i."${name}"`,
  ...more
})

/** Stored status and deadline decide; told apart so that an index on either can be used. */
function byStatus(wanted: string[]): string {
  const parts = wanted.map((status) => {
    if (status === 'pending') return `(i.status in ('pending', 'expired') and i.deadline > clock_timestamp())`
    if (status === 'expired') return `(i.status in ('pending', 'expired') and i.deadline <= clock_timestamp())`
    return `i.status = '${status}'`
  })
  return parts.length === 0 ? 'false' : `(${parts.join(' or ')})`
}

const own: Field[] = [
  field('id', 'uuid'),
  field('token', 'text', { lowerCase: true }),
  field('identityProviderType', 'word', { words: carriers }),
  field('targetObjectId', 'uuid'),
  field('deleteOnUse', 'boolean'),
  field('makeAdmin', 'boolean'),
  field('spawnType', 'word', { words: spawnTypes }),
  field('spawnDetails', 'json', { sql: `(i."spawnDetails"::jsonb)` }),
  field('timed', 'boolean'),
  field('userId', 'uuid'),
  field('inviteeId', 'uuid'),
  field('inviteType', 'word', { words: inviteTypeNames }),
  field('channelName', 'text', {
    sql: `(case when i."inviteType" = 'channel' then (select c.name from channels c where c.id = i."targetObjectId") end)`
  }),
  field('startTime', 'time'),
  field('endTime', 'time'),
  field('createdAt', 'time'),
  field('updatedAt', 'time'),
  field('status', 'word', { words: statuses, sql: `(${effectiveStatus})`, byStatus }),
  field('maxUses', 'integer'),
  field('uses', 'integer'),
  field('expiresAt', 'time')
]

/** What can be asked of the inviter (`user`) or the invitee. */
function personFields(person: 'user' | 'invitee', owner: 'userId' | 'inviteeId'): Field[] {
  const login = (column: string) => `(
    select l."${column}" from user_logins l where l."userId" = i."${owner}" order by l."createdAt" desc, l.id desc limit 1
  )`
  return [
    field(person, 'uuid', { sql: `i."${owner}"` }),
    ...Object.entries(userColumns).map(([column, { type, private: secret }]) =>
      field(`${person}.${column}`, type, {
        sql: column === 'id' ? `i."${owner}"` : `(select p."${column}" from users p where p.id = i."${owner}")`,
        ...(secret && { owner }),
        // The inviter never changes, so a set of people decided once stays right while the rows are locked.
        ...(!secret && column !== 'id' && owner === 'userId' && { within: withinPeople(column) })
      })
    ),
    field(`${person}.lastLogin`, 'uuid', { sql: login('id'), owner }),
    ...Object.entries(loginColumns).map(([column, { type }]) =>
      field(`${person}.lastLogin.${column}`, type, { sql: login(column), owner })
    )
  ]
}

const withinPeople = (column: string) =>
  Object.assign((condition: string) => `i."userId" in (select p.id from users p where ${condition})`, {
    column: `p."${column}"`
  })

export const fields: ReadonlyMap<string, Field> = new Map(
  [...own, ...personFields('user', 'userId'), ...personFields('invitee', 'inviteeId')].map((entry) => [
    entry.name,
    entry
  ])
)

/** The invite's own scalars. */
export const sortable: ReadonlySet<string> = new Set(own.filter(({ type }) => type !== 'json').map(({ name }) => name))
