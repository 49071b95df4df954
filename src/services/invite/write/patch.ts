// Changes every invite that matches, or none: one statement, which is its own transaction.
//
//   matched   the rows that satisfy filter and rights, locked in id order; the lock waits for whoever is at them,
//             and rows that no longer match by then are left out. Sorted as text, which is the same order, because
//             an order that the primary key has tempts the planner to walk the whole of it until the limit is reached
//   verdict   what is wrong with the change for any of them, by one reading of the clock
//   changed   the update, only when nothing is wrong
//   history   a row for each that changed
//
// The reply is the verdict beside the changed rows, so that a refusal says why and has changed nothing. The number of
// statements does not depend on the number of rows.
//
// Where an id is asked for and nothing can be wrong with the change, the update itself is the guard: it needs no order
// to lock one row in, and no verdict.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { runLists, type Database } from '../../../database/statement.js'
import { badRequest, conflict, forbidden } from '../../../errors.js'
import type { Changes } from './read-patch-body.js'
import { filterSql, Values } from '../filter/filter-sql.js'
import type { Condition } from '../filter/filter.js'
import { patchable } from '../invite.policy.js'
import { inviteColumns, type PopulatedInvite } from '../invite.resolvers.js'
import { loginsFor, ownValues, populated, populatedColumns, type PopulatedValues } from '../rows/populate.js'
import { amongPending, pendingLimit, slotOrNone } from '../limits/pending-slots.js'
import { finalValues, rulesOf, type Final, type Rule } from './rules.js'

/** When an untimed invite ends: what was sent, else what it was, else seven days from now. */
function lifetime({ sent, of }: Final): string {
  const fallback = `v.clock + interval '7 days'`
  const expiresAt = sent.has('expiresAt') ? sent.get('expiresAt') : `i."expiresAt"`
  return `case when ${of('timed', 'i')} then null else coalesce(${expiresAt}, ${fallback}) end`
}

/** Several expired invites to one recipient that come back in one call take one slot each. */
const revivedBefore = `(
  select count(*) from matched m where m.status = 'expired' and m."userId" = i."userId"
    and m."recipientKey" = i."recipientKey" and m.id < i.id
)`

const timeKeys = ['timed', 'startTime', 'endTime', 'expiresAt'] as const

/** `SET` of the keys that were sent, and of what follows from them, at the time `clock`. */
function assignments({ changes }: Changes, final: Final, caller: string, clock: string, limit: () => string): string {
  const { sent, of } = final
  const set = [...sent].filter(([key]) => key !== 'expiresAt').map(([key, value]) => `"${key}" = ${value}`)
  if (sent.has('makeAdmin')) set.push(`"makeAdminBy" = ${changes.makeAdmin ? caller : 'null'}`)
  if (sent.has('timed') || sent.has('expiresAt')) set.push(`"expiresAt" = ${lifetime(final)}`)
  if (timeKeys.some((key) => sent.has(key))) {
    const deadline = `case when ${of('timed', 'i')} then ${of('endTime', 'i')} else ${lifetime(final)} end`
    const revived = `i.status = 'expired' and ${deadline} > v.clock`
    set.push(`status = case when ${deadline} > v.clock then 'pending' else i.status end`)
    set.push(
      `slot = case when ${revived} then ${slotOrNone('i."userId"', 'i."recipientKey"', revivedBefore, limit())} else i.slot end`
    )
  }
  set.push(`"updatedAt" = greatest(${clock}, i."updatedAt" + interval '1 ms')`)
  return set.join(', ')
}

/** The parts of a patch as SQL. */
interface Parts {
  where: string
  set: (clock: string) => string
  history: string
  rules: Rule[]
  /** What the rules and the assignments look at of a matched row. */
  locked: string
  cap: string
  populated: string
}

const now = `date_trunc('milliseconds', clock_timestamp())`
const column = (_: Rule, index: number) => `"rule${index}"`

function patchAnyText({ where, set, history, rules, locked, cap, populated }: Parts): string {
  const counts = rules.map((rule, index) => `, count(*) filter (where ${rule.sql}) as ${column(rule, index)}`)
  const clean = rules.map((rule, index) => ` and ${column(rule, index)} = 0`)
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
    select ${[populated, 'matched', ...rules.map(column)].join(', ')}
    from verdict v left join changed c on true order by c.id`
}

const patchOneText = ({ where, set, history, populated }: Parts) => `
  with changed as (
    update invites i set ${set(now)} where ${where} returning ${inviteColumns}
  ), history as (${history})
  select ${populated}, 1 from changed c`

/** Whether only the invite of one id can match. */
const asksForOneId = (conditions: Condition[]) =>
  conditions.some(
    (condition) => condition.kind === 'comparison' && condition.field.name === 'id' && condition.operator === '$eq'
  )

/**
 * Patches what `conditions` match among what the caller may patch. Returns the changed rows in id order, populated.
 * Throws 400/403/404/409 when any matched row refuses, or when there are more than `cap`; then nothing is
 * changed.
 */
export async function patchInvites(
  db: Database,
  caller: Caller,
  conditions: Condition[],
  body: Changes,
  cap: number,
  quota: number
): Promise<PopulatedInvite[]> {
  const values = new Values()
  const where = `${patchable(caller, values)} and ${filterSql(conditions, caller, values)}`
  const final = finalValues(body, values)
  const rules = rulesOf(body, final, values)
  const movesTimes = timeKeys.some((key) => key in body.changes)
  // A value that no text uses has no type: this one is only added where slots are taken, and the cap where it is asked.
  const limit = () => values.add(pendingLimit(quota), 'int')
  const callerId = values.add(caller.id, 'uuid')
  const isPlain = rules.length === 0 && !movesTimes && asksForOneId(conditions)
  const text = (isPlain ? patchOneText : patchAnyText)({
    where,
    set: (clock) => assignments(body, final, callerId, clock, limit),
    history: `
      insert into invite_history ("inviteId", "userId", action, keys)
      select id, ${callerId}, 'patched', ${values.add(Object.keys(body.changes), 'text[]')} from changed`,
    rules,
    locked: rules.length > 0 || movesTimes ? 'i.*' : 'i.id',
    cap: isPlain ? '' : values.add(cap, 'bigint'),
    populated: populatedColumns('changed', values.add(loginsFor(caller), 'uuid[]'))
  })

  // An administrator's patch may run into what has expired of anybody.
  const rows = await amongPending(db, isAdmin(caller) ? undefined : caller.id, (inner) =>
    runLists<PopulatedValues<number[]>>(inner, text, values.list)
  )
  const [first] = rows
  if (!first) return []
  const [matched = 0, ...broken] = ownValues(first)
  if (matched > cap) {
    throw badRequest({ path: 'filter', message: `matches more than ${cap} invites, the most that one call may change` })
  }
  const rule = rules.find((_, index) => broken[index] !== 0)
  if (rule) throw rule.refuse()
  return populated(rows)
}

/** For a patch by id that matched nothing, when the invite is visible: 403 for the invitee, 409 for who manages it. */
export const cannotPatch = (managed: boolean) =>
  managed ? conflict('Only a pending invite can be changed') : forbidden('This invite is not yours to change')
