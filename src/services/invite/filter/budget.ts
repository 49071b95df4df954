// The budget of a filter: how much of each thing that costs the database time one filter may have. No client of an
// honest program reaches these numbers. SECURITY.md has the same table, and test/budget.test.ts compares the two.
import { invalid, type Fault } from '../../../errors.js'
import type { FilterKey } from './keys.js'

/** The bytes of a filter, decoded. */
export const maxFilterBytes = 8 * 1024

export const filterLimits = {
  /** Comparisons, in all branches. */
  conditions: 100,
  /** The items of all `$in` and `$nin` lists: a list of ids has as many as the 8 KB of a filter hold. */
  items: 500,
  /** `$like` and `$ilike`: no index serves them. */
  patterns: 10,
  /** Conditions on the keys of people, their logins and channels: each reads another table for each row. */
  lookups: 20,
  /** How deep `$and` and `$or` stand in each other. */
  depth: 8
} as const

type Name = keyof typeof filterLimits

const names: Record<Name, string> = {
  conditions: 'conditions',
  items: 'items in lists',
  patterns: 'patterns',
  lookups: 'conditions on people and channels',
  depth: 'levels of $and and $or'
}

/** Whether a condition on this key reads another table. */
const isLookup = ({ sql }: FilterKey) => /\bselect\b/.test(sql)

/** Counts what a filter spends. It goes on beyond a limit, so that the error tells how much was sent. */
export class Budget {
  private readonly spent: Record<Name, number> = { conditions: 0, items: 0, patterns: 0, lookups: 0, depth: 0 }
  /** The path at which a limit was passed. */
  private readonly passedAt = new Map<Name, string>()

  condition(key: FilterKey, operator: string, path: string): void {
    this.spend('conditions', 1, path)
    if (operator === '$like' || operator === '$ilike') this.spend('patterns', 1, path)
    if (isLookup(key)) this.spend('lookups', 1, path)
  }

  items(count: number, path: string): void {
    this.spend('items', count, path)
  }

  /** `depth` counts from 1. */
  level(depth: number, path: string): void {
    this.spend('depth', Math.max(0, depth - this.spent.depth), path)
  }

  /** 400 with a problem for each limit that was passed. */
  require(): void {
    const [first, ...others] = [...this.passedAt].map(([name, path]): Fault => ({
      reason: 'filter-budget',
      path,
      values: { limit: filterLimits[name], what: names[name], sent: this.spent[name] }
    }))
    if (first) throw invalid(first, ...others)
  }

  private spend(name: Name, amount: number, path: string): void {
    this.spent[name] += amount
    if (this.spent[name] > filterLimits[name] && !this.passedAt.has(name)) this.passedAt.set(name, path)
  }
}
