// Changes every invite that matches, or none: one statement, which is its own transaction.
//
//   matched   the rows that satisfy filter and rights, locked in id order. The lock waits for other calls that change
//             them, and leaves out rows that no longer match by then. The ids are sorted as text, which is the same
//             order: for the order of the primary key, the planner may read its whole index until it has enough rows
//   verdict   the number of these rows that break each rule, by one reading of the clock
//   changed   the update, only if no row breaks a rule
//   history   a row for each changed invite
//
// The reply is the verdict beside the changed rows, so an error says why and has changed nothing. The number of
// statements does not depend on the number of rows.
//
// If the filter asks for one id and no rule can be broken, the update alone is enough: one row needs no order of
// locking, and no verdict.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { now } from '../../../database/clock.js'
import { runLists, type Database } from '../../../database/statement.js'
import { Values } from '../../../database/values.js'
import { invalid } from '../../../errors.js'
import type { Condition } from '../filter/condition.js'
import { filterSql } from '../filter/filter-sql.js'
import { patchable } from '../invite.policy.js'
import type { PopulatedInvite } from '../invite.table.js'
import { retryPendingClash } from '../limits/retry-pending-clash.js'
import { pendingLimit } from '../limits/pending-slots.js'
import {
  inviteColumns,
  loginsFor,
  ownValues,
  populated,
  populatedColumns,
  type PopulatedValues
} from '../rows/populate.js'
import { checksOf, movesTimes, sentValues, setSql, type Check } from './patch-sql.js'
import type { PatchBody } from './read-patch-body.js'

interface Limits {
  /** The most rows that one call changes. */
  cap: number
  /** RATE_LIMIT_FACTOR. */
  rateLimitFactor: number
}

/** The parts of the statement. */
interface PatchSql {
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

function patchAnyText({ where, set, history, checks, locked, cap, populated }: PatchSql): string {
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

const patchOneText = ({ where, set, history, populated }: PatchSql) => `
  with changed as (
    update invites i set ${set(now)} where ${where} returning ${inviteColumns}
  ), history as (${history})
  select ${populated}, 1 from changed c`

/** Whether only the invite of one id can match. */
const asksForOneId = (conditions: Condition[]) =>
  conditions.some(
    (condition) => condition.kind === 'comparison' && condition.key.name === 'id' && condition.operator === '$eq'
  )

/**
 * Patches the invites that `conditions` match among those that the caller may patch. Returns the changed rows in id
 * order, populated. Throws 400/403/404/409 when any matched row breaks a rule, or when there are more than `cap`; then
 * nothing is changed.
 */
export async function patchInvites(
  db: Database,
  caller: Caller,
  { conditions, body }: { conditions: Condition[]; body: PatchBody },
  { cap, rateLimitFactor }: Limits
): Promise<PopulatedInvite[]> {
  const values = new Values()
  const where = `${patchable(caller, values)} and ${filterSql(conditions, caller, values)}`
  const sent = sentValues(body, values)
  const checks = checksOf(body, sent, values)
  const callerId = values.add(caller.id, 'uuid')
  const isPlain = checks.length === 0 && !movesTimes(sent) && asksForOneId(conditions)
  const makesAdmin = body.changes.makeAdmin === true
  const slots = () => values.add(pendingLimit(rateLimitFactor), 'int')
  const text = (isPlain ? patchOneText : patchAnyText)({
    where,
    set: (clock) => setSql({ sent, caller: callerId, makesAdmin, clock, slots }),
    history: `
      insert into invite_history ("inviteId", "userId", action, keys)
      select id, ${callerId}, 'patched', ${values.add(Object.keys(body.changes), 'text[]')} from changed`,
    checks,
    locked: checks.length > 0 || movesTimes(sent) ? 'i.*' : 'i.id',
    cap: isPlain ? '' : values.add(cap, 'bigint'),
    populated: populatedColumns('changed', values.add(loginsFor(caller), 'uuid[]'))
  })

  // An administrator's patch may collide with expired invites of any inviter.
  const rows = await retryPendingClash(db, isAdmin(caller) ? undefined : caller.id, (inner) =>
    runLists<PopulatedValues>(inner, text, values.list)
  )
  const [first] = rows
  if (!first) return []
  const [matched = 0, ...broken] = ownValues(first) as number[]
  if (matched > cap) throw invalid({ reason: 'too-many-matches', path: 'filter', values: { cap } })
  const check = checks.find((_, index) => broken[index] !== 0)
  if (check) throw check.error()
  return populated(rows)
}
