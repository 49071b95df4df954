// Reads a filter into conditions. All four notations have the same meaning; filter-sql.ts writes the conditions as SQL.
import { badRequest, type Problem } from '../../../errors.js'
import type { QueryTree } from '../../../schema/query-string.js'
import { isObject } from '../../../schema/is-object.js'
import { suggestion } from '../../../schema/suggest.js'
import { Budget } from './budget.js'
import { equals, listKeys, operators, operatorsOf, type Comparison, type Condition, type Scalar } from './condition.js'
import { filterKeys, type FilterKey } from './keys.js'
import { readValue, type Notation } from './read-value.js'

const isNull = (value: unknown, notation: Notation) =>
  value === null || (notation === 'text' && (value === '' || value === 'null'))

/** The words for a key that is no key to filter by. */
function wordsForUnknown(key: string, prefix: string): string {
  if (key.includes('.')) return 'is not a key to filter by: nest the keys, as in {"user":{"name":"…"}} or user[name]=…'
  if ((listKeys as readonly string[]).includes(key)) return 'is for lists only: leave it out'
  const inside = prefix ? `${prefix}.` : ''
  const known = [...filterKeys.values()].filter(
    ({ name }) => name.startsWith(inside) && !name.slice(inside.length).includes('.')
  )
  const near = known.map(({ name, otherNames }) => [name.slice(inside.length), otherNames] as const)
  const others = prefix ? [] : listKeys.map((name) => [name] as const)
  return `is not a key to filter by${suggestion(key, [...near, ...others])}`
}

/** The words for an operator that is unknown, or does not suit the key. */
function wordsForOperator({ type }: FilterKey, name: string): string {
  const suitable = operatorsOf[type]
  const near = suggestion(
    name,
    suitable.map((operator) => [operator] as const)
  )
  return `is not an operator for this key${near || `: use a value, or ${suitable.join(', ')}`}`
}

/** Reads one filter. It goes on after a problem, so that the client gets all of them. */
class FilterReader {
  readonly problems: Problem[] = []
  /** How many `$and` and `$or` stand around the condition that is being read. */
  private depth = 0

  constructor(
    private readonly notation: Notation,
    private readonly budget: Budget
  ) {}

  /**
   * The conditions of an object; an empty list if no condition counts. The table of keys has every key that is known.
   */
  object(object: Record<string, unknown>, prefix: string, at: string): Condition[] {
    return Object.entries(object).flatMap(([key, value]): Condition[] => {
      const path = at ? `${at}.${key}` : key
      const name = prefix ? `${prefix}.${key}` : key
      if (!prefix && (key === '$and' || key === '$or')) return this.combination(key, value, path)
      // A dot would be a second way to write a nested key, and so to write the same key twice.
      const known = key.includes('.') ? undefined : filterKeys.get(name)
      if (!known) return this.wrong(path, wordsForUnknown(key, prefix))
      if (!known.nested) return this.conditionsOn(known, value, path)
      if (isObject(value)) return this.object(value, name, path)
      // On a whole person or login, the only condition is that there is none.
      return isNull(value, this.notation)
        ? [this.equal(known, null, path)]
        : this.wrong(path, `must be an object or null, as in {"${key}":{"name":"…"}}`)
    })
  }

  private wrong(path: string, message: string): [] {
    this.problems.push({ path, message })
    return []
  }

  /** A comparison that counts against the budget. */
  private compared(comparison: Comparison, path: string): Comparison {
    this.budget.condition(comparison.key, comparison.operator, path)
    return comparison
  }

  private equal(key: FilterKey, value: Comparison['value'], path: string): Comparison {
    return this.compared(equals(key, value), path)
  }

  private combination(key: '$and' | '$or', value: unknown, path: string): Condition[] {
    if (!Array.isArray(value) || value.length === 0) {
      return this.wrong(path, `must be a list with at least one condition, as in {"${key}":[{"inviteType":"friend"}]}`)
    }
    this.depth += 1
    this.budget.level(this.depth, path)
    const of = value.flatMap((item: unknown, index): Condition[] => {
      const within = `${path}.${index}`
      if (!isObject(item)) return this.wrong(within, 'must be an object with conditions')
      const before = this.problems.length
      const conditions = this.object(item, '', within)
      if (conditions.length > 0 || this.problems.length > before) return [{ kind: 'and', of: conditions }]
      return this.wrong(within, 'must have at least one condition')
    })
    this.depth -= 1
    return [{ kind: key === '$and' ? 'and' : 'or', of }]
  }

  private conditionsOn(key: FilterKey, value: unknown, path: string): Condition[] {
    if (key.type === 'json') return this.containment(key, value, path)
    if (Array.isArray(value)) return this.wrong(path, 'must not be a list: write {"$in":[…]} for one of several values')
    if (!isObject(value)) {
      const read = this.value(key, value, path)
      return read === undefined ? [] : [this.equal(key, read, path)]
    }
    const entries = Object.entries(value)
    if (entries.length === 0) return this.wrong(path, 'must not be empty: write a value, or an operator with one')
    return entries.flatMap(([operator, operand]) => this.comparison(key, operator, operand, `${path}.${operator}`))
  }

  /** `spawnDetails` is matched by containment. Its content is not converted: in brackets it is text. */
  private containment(key: FilterKey, value: unknown, path: string): Condition[] {
    if (value === null || value === '') return [this.equal(key, null, path)]
    if (!isObject(value)) return this.wrong(path, 'must be an object')
    const keys = Object.keys(value)
    if (keys.some((inner) => inner.startsWith('$'))) {
      return this.wrong(path, 'takes no operators: write the part that the value contains')
    }
    // The documented example carries an empty object: it is allowed, and no condition.
    return keys.length === 0 ? [] : [this.compared({ kind: 'comparison', key, operator: '$contains', value }, path)]
  }

  private comparison(key: FilterKey, name: string, operand: unknown, path: string): Comparison[] {
    const operator = operators.find((known) => known === name)
    if (!operator || !operatorsOf[key.type].includes(name)) return this.wrong(path, wordsForOperator(key, name))
    if (operator === '$in' || operator === '$nin') return this.list(key, operator, operand, path)
    const value = this.value(key, operand, path, operator !== '$ne')
    if (value === undefined) return []
    if (value === null && operator !== '$ne')
      return this.wrong(path, 'must not be null: null is matched by null, $ne and $in only')
    if ((operator === '$like' || operator === '$ilike') && /(?<!\\)(\\\\)*\\$/.test(String(value))) {
      return this.wrong(path, 'must not end with an escape character: write a backslash twice')
    }
    return [this.compared({ kind: 'comparison', key, operator, value }, path)]
  }

  private list(key: FilterKey, operator: '$in' | '$nin', operand: unknown, path: string): Comparison[] {
    if (!Array.isArray(operand)) return this.wrong(path, 'must be a list, as in {"$in":[…]}')
    if (operator === '$nin' && operand.length === 0) {
      return this.wrong(path, 'must not be empty: every value would match')
    }
    const values = operand.map((item: unknown, index) => this.value(key, item, `${path}.${index}`))
    this.budget.items(values.length, path)
    const value = values.filter((item) => item !== undefined)
    return [this.compared({ kind: 'comparison', key, operator, value }, path)]
  }

  private value(key: FilterKey, value: unknown, path: string, isPart = false): Scalar | undefined {
    const read = readValue(key, value, this.notation, isPart)
    if ('value' in read) return read.value
    this.wrong(path, read.wrong)
    return undefined
  }
}

/**
 * Reads a filter, or throws a 400 with every problem in it. `at` is put before the paths of the problems. The parts of
 * one query share a budget.
 */
export function readFilter(filter: unknown, at: string, notation: Notation, budget = new Budget()): Condition[] {
  if (!isObject(filter)) throw badRequest({ path: at, message: 'must be an object, as in {"inviteType":"friend"}' })
  const reader = new FilterReader(notation, budget)
  const conditions = reader.object(filter, '', at)
  if (reader.problems.length > 0) throw badRequest(...reader.problems)
  budget.require()
  return conditions
}

/** Reads a filter in brackets: a tree of text, read like the object that it stands for. */
export const readTextFilter = (tree: { [key: string]: QueryTree }, at: string, budget?: Budget) =>
  readFilter(tree, at, 'text', budget)
