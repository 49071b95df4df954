// Makes invites, one or a hundred, in one statement: stored whole or not at all.
import type { Caller } from '../../../callers/caller.js'
import { runLists, type Database } from '../../../database/statement.js'
import { invalid, refuse, type FeathersError } from '../../../errors.js'
import type { Medium } from '../../../delivery/message.js'
import type { InviteData, PopulatedInvite } from '../invite.table.js'
import { allowances, inviterError, recipientError } from '../limits/invite-quotas.js'
import { retryPendingClash } from '../limits/retry-pending-clash.js'
import { pendingLimit, twinOf } from '../limits/pending-slots.js'
import { loginsFor, ownValues, populated, type PopulatedValues } from '../rows/populate.js'
import { creationFor } from './create-sql.js'
import { occurringIn } from './statement-parts.js'
import { prepare } from './new-invite.js'
import { faultOf, type Rule } from './rule.js'

export interface CreateOptions {
  deliveryKey: Buffer
  /** RATE_LIMIT_FACTOR. */
  rateLimitFactor: number
  /** Mail domains that may be invited; none is all. */
  domains: string[]
  /** Whether there is a carrier for a medium. */
  carries: (medium: Medium) => boolean
  /** Errors name the item. */
  isList: boolean
}

/** A rule that an item breaks; `number` is its place among the rules. */
interface Broken {
  rule: Rule
  number: number
  index: number
}

/** Adds the index of an item to its error, in a list. */
function aboutItem(error: FeathersError, index: number, isList: boolean): FeathersError {
  if (!isList) return error
  const errors = [{ path: String(index), message: error.message }]
  Object.defineProperty(error, 'data', { value: { ...(error.data as object), errors }, configurable: true })
  return error
}

/** One 400 with all faults. Without a fault, the error of the first broken rule, whichever item breaks it. */
async function errorFor(
  broken: [Broken, ...Broken[]],
  isList: boolean,
  quotaError: (broken: Broken) => Promise<FeathersError> | undefined
): Promise<FeathersError> {
  const [first, ...others] = broken.flatMap(({ rule, index }) => {
    const fault = faultOf(rule, () => true)
    return fault ? [isList ? { ...fault, path: `${index}.${fault.path}` } : fault] : []
  })
  if (first) return invalid(first, ...others)
  const other = broken.reduce((first, next) => (next.number < first.number ? next : first))
  return aboutItem((await quotaError(other)) ?? refuse(other.rule.reason), other.index, isList)
}

/** 409 with the id of the pending invite, which is the caller's own. An item of the same list has no id yet. */
async function twinError(db: Database, caller: Caller, row: Parameters<typeof twinOf>[2] | undefined) {
  const inviteId = row && (await twinOf(db, caller.id, row))
  return refuse('twin', inviteId === undefined ? {} : { data: { inviteId } })
}

/**
 * Stores `items` of `caller`, with their history and, where there is an address, a message in the outbox. The passcode
 * of a bearer link is on its row. Throws 400/403/404/409/429, and then nothing is stored.
 */
export async function createInvites(
  db: Database,
  items: InviteData[],
  caller: Caller,
  { deliveryKey, rateLimitFactor, domains, carries, isList }: CreateOptions
): Promise<PopulatedInvite[]> {
  const prepared = items.map((item, index) => prepare(item, index, caller, { deliveryKey, domains, carries }))
  const limits = allowances(rateLimitFactor)
  const occurring = occurringIn(items)
  const { text, rules } = creationFor(occurring)
  const values = [
    JSON.stringify(prepared.map(({ row }) => row)),
    caller.id,
    caller.isGuest,
    pendingLimit(rateLimitFactor),
    limits.invites,
    loginsFor(caller),
    ...(occurring.address ? [limits.messages] : [])
  ]
  const rows = await retryPendingClash(db, caller.id, (inner) => runLists<PopulatedValues>(inner, text, values))
  const [first, ...others] = rows.flatMap((row): Broken[] => {
    const [index, broken] = ownValues(row) as [index: number, broken: number[]]
    return broken.flatMap((number) => (rules[number] ? [{ rule: rules[number], number, index }] : []))
  })
  if (first) {
    throw await errorFor([first, ...others], isList, ({ rule, index }) => {
      if (rule.reason === 'twin') return twinError(db, caller, prepared[index]?.row)
      if (rule.reason === 'quota-inviter') return inviterError(db, caller.id, rateLimitFactor)
      if (rule.reason === 'quota-recipient') {
        return recipientError(db, prepared[index]?.row.token ?? '', rateLimitFactor)
      }
      return undefined
    })
  }
  const shown = new Map(prepared.map(({ row, shown: passcode }) => [row.id, passcode]))
  return populated(rows).map((invite) => Object.assign(invite, { passcode: shown.get(invite.id) ?? null }))
}
