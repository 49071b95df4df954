// A filter once it is read: conditions on keys, and how they are combined.
import type { FilterKey, KeyType } from './keys.js'

export type Scalar = string | number | boolean | null

/** One comparison with one key. */
export interface Comparison {
  kind: 'comparison'
  key: FilterKey
  operator: Operator
  value: Scalar | Scalar[] | object
}
export type Condition = Comparison | { kind: 'and' | 'or'; of: Condition[] }

/** The keys of a list's query that are no conditions. */
export const listKeys = ['action', 'search', '$limit', '$skip', '$sort', '$select'] as const
export type ListKey = (typeof listKeys)[number]

export const operators = [
  '$eq',
  '$ne',
  '$in',
  '$nin',
  '$lt',
  '$lte',
  '$gt',
  '$gte',
  '$like',
  '$ilike',
  '$contains'
] as const
export type Operator = (typeof operators)[number]

const equality = ['$ne', '$in', '$nin'] as const
const ranges = ['$lt', '$lte', '$gt', '$gte'] as const
const patterns = ['$like', '$ilike'] as const

/** The operators of each type. `$eq` is written as the bare value. */
export const operatorsOf: Record<KeyType, readonly string[]> = {
  uuid: [...equality, ...ranges],
  text: [...equality, ...ranges, ...patterns],
  word: equality,
  boolean: equality,
  integer: [...equality, ...ranges],
  time: [...equality, ...ranges],
  json: []
}

export const equals = (key: FilterKey, value: Comparison['value']): Comparison => ({
  kind: 'comparison',
  key,
  operator: '$eq',
  value
})

/** Whether any of the conditions is on this key. */
export const names = (conditions: Condition[], name: string): boolean =>
  conditions.some((condition) =>
    condition.kind === 'comparison' ? condition.key.name === name : names(condition.of, name)
  )
