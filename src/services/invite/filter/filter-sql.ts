// Conditions into SQL. A value that the caller may not see reads as null, in every comparison.
import { hasScope, isAdmin, type Caller } from '../../../callers/caller.js'
import type { Values } from '../../../database/values.js'
import type { Comparison, Condition, Scalar } from './condition.js'
import type { KeyType } from './keys.js'

const rangeSql = { $lt: '<', $lte: '<=', $gt: '>', $gte: '>=' } as const
const likeSql = { $like: 'like', $ilike: 'ilike' } as const

const sqlTypes: Record<KeyType, string> = {
  uuid: 'uuid',
  text: 'text',
  word: 'text',
  boolean: 'boolean',
  integer: 'integer',
  time: 'timestamptz',
  json: 'jsonb'
}

/** SQL of one comparison with an expression, which is null where the caller sees no value. */
function compare(expression: string, { key, operator, value }: Comparison, values: Values): string {
  const type = sqlTypes[key.type]
  switch (operator) {
    case '$eq':
      return value === null ? `${expression} is null` : `${expression} = ${values.add(value, type)}`
    case '$ne':
      return value === null ? `${expression} is not null` : `${expression} <> ${values.add(value, type)}`
    case '$in':
    case '$nin': {
      const list = value as Scalar[]
      const some = list.filter((item) => item !== null)
      const withNull = some.length < list.length
      if (operator === '$nin') {
        return `(${expression} is not null and ${expression} <> all(${values.add(some, `${type}[]`)}))`
      }
      const matches = `${expression} = any(${values.add(some, `${type}[]`)})`
      return withNull ? `(${matches} or ${expression} is null)` : matches
    }
    case '$contains':
      return `${expression} @> ${values.add(JSON.stringify(value), 'jsonb')}`
    case '$like':
    case '$ilike':
      return `${expression} ${likeSql[operator]} ${values.add(value, type)}`
    default:
      return `${expression} ${rangeSql[operator]} ${values.add(value, type)}`
  }
}

/** Only these comparisons can match null. A comparison that cannot match null can move into a subquery. */
const asksForNull = ({ operator, value }: Comparison) =>
  (operator === '$eq' && value === null) || (operator === '$in' && (value as Scalar[]).includes(null))

function comparisonSql(condition: Comparison, caller: Caller, values: Values): string {
  const { key } = condition
  if (key.byStatus) return key.byStatus(statusesOf(condition))
  if (key.owner && !hasScope(caller, 'user:read')) {
    // The caller's view: a hidden value reads as null, so a right guess and a wrong one give the same result.
    const seen = `case when i."${key.owner}" = ${values.add(caller.id, 'uuid')} then ${key.sql} end`
    return compare(`(${seen})`, condition, values)
  }
  // Of all invites, it is cheaper to find the people first. Of the caller's own, it is cheaper to look up the person of
  // each: reading all users once for each condition would take longer than the rest of the call.
  if (key.within && isAdmin(caller) && !asksForNull(condition))
    return key.within(compare(key.within.column, condition, values))
  return compare(key.sql, condition, values)
}

/** The statuses that match a comparison with `status`. */
function statusesOf({ key, operator, value }: Comparison): string[] {
  const words = key.words ?? []
  switch (operator) {
    case '$in':
      return words.filter((word) => (value as Scalar[]).includes(word))
    case '$nin':
      return words.filter((word) => !(value as Scalar[]).includes(word))
    case '$ne':
      return words.filter((word) => word !== value)
    default:
      return words.filter((word) => word === value)
  }
}

/** SQL that is true of the invites `i` that all conditions match, as the caller sees them. */
export function filterSql(conditions: Condition[], caller: Caller, values: Values): string {
  const parts = conditions.map((condition) => {
    if (condition.kind === 'comparison') return comparisonSql(condition, caller, values)
    if (condition.kind === 'and') return `(${filterSql(condition.of, caller, values)})`
    return `(${condition.of.map((branch) => filterSql([branch], caller, values)).join(' or ')})`
  })
  return parts.length === 0 ? 'true' : parts.join(' and ')
}
