// Changes every invite that matches, or none: one statement, which is its own transaction. A patch and a bulk revoke are
// such changes.
//
//   matched   the rows that satisfy filter and rights, locked in id order. The lock waits for other calls that change
//             them, and leaves out rows that no longer match by then. The ids are sorted as text, which is the same
//             order: for the order of the primary key, the planner may read its whole index until it has enough rows
//   verdict   the number of these rows that fail each check, by one reading of the clock
//   changed   the update, only if no row fails a check
//   history   a row for each changed invite
//
// The reply is the verdict beside the changed rows, so an error says why and has changed nothing. The number of
// statements does not depend on the number of rows.
//
// If the filter asks for one id and no row can fail a check, the update alone is enough: one row needs no order of
// locking, and no verdict.
import type { Caller } from '../../../callers/caller.js'
import { now } from '../../../database/clock.js'
import type { Values } from '../../../database/values.js'
import { invalid, type FeathersError } from '../../../errors.js'
import type { Condition } from '../filter/condition.js'
import { filterSql } from '../filter/filter-sql.js'
import type { PopulatedInvite } from '../invite.table.js'
import type { historyActions } from '../rows/history.js'
import {
  inviteColumns,
  loginsFor,
  ownValues,
  populated,
  populatedColumns,
  type PopulatedValues
} from '../rows/populate.js'

/** A condition as SQL over a matched row `m` at the time `clock`, and the error for a row that fails it. */
export interface Check {
  broken: string
  error: () => FeathersError
}

export interface Change {
  caller: Caller
  conditions: Condition[]
  /** SQL of the invites `i` that the caller may change. */
  allowed: string
  /** `SET`; the arguments are expressions for the reading of the clock and the caller's id. */
  set: (clock: string, callerId: string) => string
  action: (typeof historyActions)[number]
  /** The keys that the history names. */
  keys: string[]
  /** In the order of their errors. */
  checks: Check[]
  /** Whether `set` reads the matched rows `m`. The checks always do. */
  readsMatched: boolean
  /** The most rows that one call changes. */
  cap: number
  /** The values of the statement; those of `allowed` and `checks` are there already. */
  values: Values
}

/** Runs the statement. The caller of `changeMatching` knows which failures to try again. */
type Run = (text: string, values: unknown[]) => Promise<PopulatedValues[]>

/** The parts of the statement. */
interface Parts {
  where: string
  set: (clock: string) => string
  history: string
  checks: Check[]
  /** The columns of a matched row that the checks and the assignments read. */
  locked: string
  cap: string
  populated: string
}

const column = (_: Check, index: number) => `"check${index}"`

function anyText({ where, set, history, checks, locked, cap, populated }: Parts): string {
  const counts = checks.map((check, index) => `, count(*) filter (where ${check.broken}) as ${column(check, index)}`)
  const clean = checks.map((check, index) => ` and ${column(check, index)} = 0`)
  return `
    with matched as materialized (
      select ${locked} from invites i where ${where} order by i.id::text collate "C" limit ${cap} + 1 for update of i
    ), verdict as materialized (
      select count(*) as matched, min(clock) as clock ${counts.join('')}
      from matched m, (select ${now} as clock) now
    ), changed as (
      update invites i set ${set('v.clock')}
      from verdict v
      where matched <= ${cap} ${clean.join('')} and i.id in (select id from matched)
      returning ${inviteColumns}
    ), history as (${history})
    select ${[populated, 'matched', ...checks.map(column)].join(', ')}
    from verdict v left join changed c on true order by c.id`
}

const oneText = ({ where, set, history, populated }: Parts) => `
  with changed as (
    update invites i set ${set(now)} where ${where} returning ${inviteColumns}
  ), history as (${history})
  select ${populated}, 1 from changed c`

/** Whether only the invite of one id can match. */
const asksForOneId = (conditions: Condition[]) =>
  conditions.some(
    (condition) => condition.kind === 'comparison' && condition.key.name === 'id' && condition.operator === '$eq'
  )

function textOf(change: Change): string {
  const { caller, conditions, allowed, set, action, keys, checks, readsMatched, cap, values } = change
  const isOne = checks.length === 0 && !readsMatched && asksForOneId(conditions)
  const where = `${allowed} and ${filterSql(conditions, caller, values)}`
  const callerId = values.add(caller.id, 'uuid')
  return (isOne ? oneText : anyText)({
    where,
    set: (clock) => set(clock, callerId),
    history: `
      insert into invite_history ("inviteId", "userId", action, keys)
      select id, ${callerId}, '${action}', ${values.add(keys, 'text[]')} from changed`,
    checks,
    locked: checks.length > 0 || readsMatched ? 'i.*' : 'i.id',
    cap: isOne ? '' : values.add(cap, 'bigint'),
    populated: populatedColumns('changed', values.add(loginsFor(caller), 'uuid[]'))
  })
}

/**
 * Changes the invites that the conditions match among those that the caller may change. Returns the changed rows in id
 * order, populated. Throws when any matched row fails a check, or when there are more than `cap`; then nothing is
 * changed.
 */
export async function changeMatching(change: Change, run: Run): Promise<PopulatedInvite[]> {
  const { checks, cap, values } = change
  const text = textOf(change)
  const rows = await run(text, values.list)
  const [first] = rows
  if (!first) return []
  const [matched = 0, ...broken] = ownValues(first) as number[]
  if (matched > cap) throw invalid({ reason: 'too-many-matches', path: 'filter', values: { cap } })
  const check = checks.find((_, index) => broken[index] !== 0)
  if (check) throw check.error()
  return populated(rows)
}
