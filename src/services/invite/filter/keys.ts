// The keys that clients filter and sort invites by: the SQL, the type and the owner of each. They are made of the
// tables of fields, so clients can filter by every field that they can read.
import type { TSchema } from '@sinclair/typebox'
import type { Filterable } from '../../../schema/fields.js'
import { name as nameSchema, uuid } from '../../../schema/formats.js'
import type { SqlType } from '../../../schema/kinds.js'
import { otherNames } from '../../../schema/suggest.js'
import { logins, users } from '../../user/user.table.js'
import { invites, isExpired, isPending } from '../invite.table.js'
import { channelTypes } from '../types/index.js'

export type KeyType = 'uuid' | 'text' | 'word' | 'boolean' | 'integer' | 'time' | 'json'

export interface FilterKey {
  /** As it is written in a filter: `inviteType`, `user.name`, `invitee.lastLogin.ipAddress`. */
  name: string
  type: KeyType
  /** Every value that a row can have, besides null. */
  schema: TSchema
  /** An expression over the invite `i`. */
  sql: string
  /** The words of a `word`. */
  words?: readonly string[]
  /** Other words that people use for the key. */
  otherNames?: readonly string[]
  /** For a private key: the column of `i` with the owner's id. Other callers read null. */
  owner?: string
  /** A whole person or login, whose keys are keys to filter by: the name of its schema. A condition on it is only null. */
  nested?: 'UserFilter' | 'UserLoginFilter'
  /** Turns a condition on a person's column into a condition on the invite that an index can serve. */
  within?: ((condition: string) => string) & { column: string }
  /** The condition that the invite is in one of these statuses. */
  byStatus?: (statuses: string[]) => string
}

const types: Record<SqlType, KeyType> = {
  uuid: 'uuid',
  text: 'text',
  boolean: 'boolean',
  integer: 'integer',
  timestamptz: 'time',
  json: 'json'
}

/** A schema without its null. */
function valueOf(schema: TSchema): TSchema {
  const [first] = Array.isArray(schema['anyOf']) ? (schema['anyOf'] as TSchema[]) : []
  return first ?? schema
}

function keyOf(name: string, field: Filterable, sql: string): FilterKey {
  const schema = valueOf(field.schema)
  const words = schema['enum'] as string[] | undefined
  const others = field.schema[otherNames] as string[] | undefined
  return {
    name,
    type: words ? 'word' : types[field.column],
    schema,
    sql,
    ...(words && { words }),
    ...(others && { otherNames: others })
  }
}

/**
 * SQL for invites in one of these statuses. The stored status and the deadline decide. They are separate conditions, so
 * that Postgres can use an index on either.
 */
function byStatus(wanted: string[]): string {
  const parts = wanted.map((status) => {
    if (status === 'pending') return `(${isPending})`
    if (status === 'expired') return `(${isExpired})`
    return `i.status = '${status}'`
  })
  return parts.length === 0 ? 'false' : `(${parts.join(' or ')})`
}

type OwnName = (typeof invites.filters)[number]['name'] | 'channelName'

const channelName: FilterKey = {
  name: 'channelName',
  type: 'text',
  schema: nameSchema(),
  sql: `(case when i."inviteType" in (${channelTypes}) then (select c.name from channels c where c.id = i."targetObjectId") end)`
}

/** The keys of the invite itself. */
export const ownKeys = Object.fromEntries([
  ...invites.filters.map((field) => {
    const { name, column, more } = field
    const key = keyOf(name, field, column === 'json' ? `(i."${name}"::jsonb)` : invites.seenAs(name, 'i'))
    return [name, { ...key, ...(more.private && { owner: more.private }), ...(name === 'status' && { byStatus }) }]
  }),
  ['channelName', channelName]
]) as Record<OwnName, FilterKey>

/** A condition on the inviter. An invite keeps its inviter, so the subquery stays right while rows are locked. */
const withinPeople = (column: string) =>
  Object.assign((condition: string) => `i."userId" in (select p.id from users p where ${condition})`, {
    column: `p."${column}"`
  })

/** The inviter and the invitee: each with the column of its id. */
const people = { user: 'userId', invitee: 'inviteeId' } as const

/** The keys of the inviter or the invitee. */
function personKeys([person, owner]: [name: string, owner: string]): FilterKey[] {
  const id = `i."${owner}"`
  const login = (column: string) => `(
    select l."${column}" from user_logins l where l."userId" = ${id} order by l."createdAt" desc, l.id desc limit 1
  )`
  return [
    { name: person, type: 'uuid', schema: uuid(), sql: id, nested: 'UserFilter' },
    ...users.filters.map((field) => {
      const { name, more } = field
      const sql = name === 'id' ? id : `(select p."${name}" from users p where p.id = ${id})`
      const open = more.private === undefined
      return {
        ...keyOf(`${person}.${name}`, field, sql),
        ...(!open && { owner }),
        ...(open && name !== 'id' && owner === people.user && { within: withinPeople(name) })
      }
    }),
    // Every field of a login is private.
    { name: `${person}.lastLogin`, type: 'uuid', schema: uuid(), sql: login('id'), owner, nested: 'UserLoginFilter' },
    ...logins.filters.map((field) => ({
      ...keyOf(`${person}.lastLogin.${field.name}`, field, login(field.name)),
      owner
    }))
  ]
}

/** Every key, by its name. */
export const filterKeys: ReadonlyMap<string, FilterKey> = new Map(
  [...Object.values(ownKeys), ...Object.entries(people).flatMap(personKeys)].map((key) => [key.name, key])
)

/** The keys that clients sort by: the invite's own scalars. */
export const sortable: ReadonlyMap<string, FilterKey> = new Map(
  Object.values(ownKeys)
    .filter(({ type, owner }) => type !== 'json' && owner === undefined)
    .map((key) => [key.name, key])
)
