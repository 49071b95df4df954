// Four ways to write a filter, one meaning: reads them into conditions; filter-sql.ts writes those as SQL.
import { badRequest, type Problem } from '../../../errors.js'
import { isObject, isTime, isUuid, toUtc } from '../../../schema/formats.js'
import type { QueryTree } from '../../../rest/query-string.js'
import { fields, type Field } from './keys.js'

export type Scalar = string | number | boolean | null

/** One comparison with one key. */
export interface Comparison {
  kind: 'comparison'
  field: Field
  operator: Operator
  value: Scalar | Scalar[] | object
}
export type Condition = Comparison | { kind: 'and' | 'or'; of: Condition[] }

const operators = ['$eq', '$ne', '$in', '$nin', '$lt', '$lte', '$gt', '$gte', '$like', '$ilike', '$contains'] as const
export type Operator = (typeof operators)[number]

const equality = ['$ne', '$in', '$nin'] as const
const ranges = ['$lt', '$lte', '$gt', '$gte'] as const
const patterns = ['$like', '$ilike'] as const

/** Which operators make sense for which type; `$eq` is written as the bare value. */
export const operatorsOf: Record<Field['type'], readonly string[]> = {
  uuid: [...equality, ...ranges],
  text: [...equality, ...ranges, ...patterns],
  word: equality,
  boolean: equality,
  integer: [...equality, ...ranges],
  time: [...equality, ...ranges],
  json: []
}

/** `text` is what brackets carry, where every leaf is a string; `json` is never coerced. */
type Notation = 'json' | 'text'

const fail = (path: string, message: string): never => {
  throw badRequest({ path, message })
}

/** A single value of a field's type. In text, `key=` and `key=null` mean null. */
function scalar(field: Field, value: unknown, path: string, notation: Notation): Scalar {
  if (value === null) return null
  if (notation === 'text') {
    if (typeof value !== 'string') return fail(path, 'must be a single value')
    if (value === '' || value === 'null') return null
    if (field.type === 'boolean') {
      return value === 'true' || value === 'false' ? value === 'true' : fail(path, 'must be true, false or null')
    }
    if (field.type === 'integer') {
      return /^-?\d{1,10}$/.test(value)
        ? scalar(field, Number(value), path, 'json')
        : fail(path, 'must be a whole number')
    }
  }
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : fail(path, 'must be true, false or null')
    case 'integer':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31
        ? Number(value)
        : fail(path, 'must be a whole number')
    case 'uuid':
      return typeof value === 'string' && isUuid(value) ? value.toLowerCase() : fail(path, 'must be a uuid')
    case 'time':
      return typeof value === 'string' && isTime(value)
        ? toUtc(value)
        : fail(path, 'must be an RFC 3339 time with a zone, in 1970–2100')
    case 'word':
      return typeof value === 'string' && field.words?.includes(value)
        ? value
        : fail(path, `must be one of ${field.words?.join(', ')}`)
    case 'text':
      if (typeof value !== 'string') return fail(path, 'must be text')
      return field.lowerCase ? value.toLowerCase() : value
    case 'json':
      return fail(path, 'must be an object')
  }
}

function comparison(field: Field, key: string, value: unknown, path: string, notation: Notation): Comparison {
  const operator = operators.find((known) => known === key)
  if (!operator || !operatorsOf[field.type].includes(key)) return fail(path, 'is not an operator for this key')
  if (operator === '$in' || operator === '$nin') {
    if (!Array.isArray(value)) return fail(path, 'must be a list')
    if (operator === '$nin' && value.length === 0) return fail(path, 'must not be empty')
    const list = value.map((item, index) => scalar(field, item, `${path}.${index}`, notation))
    return { kind: 'comparison', field, operator, value: list }
  }
  const operand = scalar(field, value, path, notation)
  if (operand === null && operator !== '$ne') return fail(path, 'must not be null')
  if ((operator === '$like' || operator === '$ilike') && /(?<!\\)(\\\\)*\\$/.test(String(operand))) {
    return fail(path, 'must not end with an escape character')
  }
  return { kind: 'comparison', field, operator, value: operand }
}

/** `spawnDetails` is matched by containment; what is inside stays as it was written, text in brackets. */
function containment(field: Field, value: unknown, path: string): Condition[] {
  if (value === null || value === '') return [{ kind: 'comparison', field, operator: '$eq', value: null }]
  if (!isObject(value)) return fail(path, 'must be an object')
  const keys = Object.keys(value)
  if (keys.some((key) => key.startsWith('$'))) return fail(path, 'is matched by containment and takes no operators')
  // The documented example carries an empty one: tolerated, and it counts for nothing.
  return keys.length === 0 ? [] : [{ kind: 'comparison', field, operator: '$contains', value }]
}

function conditionsOn(field: Field, value: unknown, path: string, notation: Notation): Condition[] {
  if (field.type === 'json') return containment(field, value, path)
  if (Array.isArray(value)) return fail(path, 'must not be a list; use $in')
  if (!isObject(value)) {
    return [{ kind: 'comparison', field, operator: '$eq', value: scalar(field, value, path, notation) }]
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return fail(path, 'must not be empty')
  return entries.map(([key, operand]) => comparison(field, key, operand, `${path}.${key}`, notation))
}

/** The keys that are objects of their own: `user`, `invitee`, and `lastLogin` within them. */
const nested = new Set(['user', 'invitee', 'user.lastLogin', 'invitee.lastLogin'])

/**
 * Reads an object of conditions; the list is empty when nothing in it counts. Keys are found in the table of fields,
 * and nowhere else.
 */
function readObject(
  object: Record<string, unknown>,
  prefix: string,
  at: string,
  notation: Notation,
  problems: Problem[]
): Condition[] {
  return Object.entries(object).flatMap(([key, value]): Condition[] => {
    const path = at ? `${at}.${key}` : key
    const name = prefix ? `${prefix}.${key}` : key
    try {
      if (!prefix && (key === '$and' || key === '$or')) return [combination(key, value, path, notation)]
      // A dot would spell a nested key a second way, and so the same key twice.
      const field = key.includes('.') ? undefined : fields.get(name)
      if (nested.has(name) && isObject(value)) return readObject(value, name, path, notation, problems)
      if (!field) return fail(path, 'is not a key to filter by')
      if (nested.has(name)) {
        // The whole person or login: only its absence can be asked for.
        if (value !== null && !(notation === 'text' && (value === '' || value === 'null'))) {
          return fail(path, 'must be an object or null')
        }
        return [{ kind: 'comparison', field, operator: '$eq', value: null }]
      }
      return conditionsOn(field, value, path, notation)
    } catch (error) {
      problems.push(...problemsOf(error))
      return []
    }
  })
}

const problemsOf = (error: unknown): Problem[] => {
  const data =
    error instanceof Error && 'data' in error ? (error.data as { errors?: Problem[] } | undefined) : undefined
  if (!data?.errors) throw error
  return data.errors
}

function combination(key: '$and' | '$or', value: unknown, path: string, notation: Notation): Condition {
  if (!Array.isArray(value) || value.length === 0) return fail(path, 'must be a list with at least one condition')
  const of = value.map((item, index): Condition => {
    const within = `${path}.${index}`
    if (!isObject(item)) return fail(within, 'must be an object')
    const conditions = readFilter(item, within, notation)
    if (conditions.length === 0) return fail(within, 'must have at least one condition')
    return { kind: 'and', of: conditions }
  })
  return { kind: key === '$and' ? 'and' : 'or', of }
}

/** Reads a filter, or throws a 400 with every problem in it. `at` is what its paths begin with. */
export function readFilter(filter: unknown, at: string, notation: Notation): Condition[] {
  if (!isObject(filter)) return fail(at, 'must be an object')
  const problems: Problem[] = []
  const conditions = readObject(filter, '', at, notation, problems)
  if (problems.length > 0) throw badRequest(...problems)
  return conditions
}

/** Brackets spell a tree of text; read it like the object that it stands for. */
export const readTextFilter = (tree: { [key: string]: QueryTree }, at: string) => readFilter(tree, at, 'text')

/** Whether a key is asked about anywhere. */
export const names = (conditions: Condition[], key: string): boolean =>
  conditions.some((condition) =>
    condition.kind === 'comparison' ? condition.field.name === key : names(condition.of, key)
  )
