// Makes invites, one or a hundred, in one statement: stored whole or not at all.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { runLists, type Database } from '../../../database/statement.js'
import { badRequest, conflict, forbidden, notFound, type FeathersError } from '../../../errors.js'
import { allowances, inviterRefusal, recipientRefusal } from '../limits/invite-quotas.js'
import { createText } from './create-sql.js'
import type { PopulatedInvite } from '../invite.resolvers.js'
import { loginsFor, ownValues, populated, type PopulatedValues } from '../rows/populate.js'
import { inviteTypeNames, type InviteData } from '../invite.schema.js'
import { prepare } from './new-invite.js'
import { requireAllowedDomains } from '../limits/allowed-domains.js'
import { amongPending, pendingLimit } from '../limits/pending-slots.js'

export interface NewInvite {
  invite: PopulatedInvite
  /** Of a bearer link: shown once. */
  passcode: string | null
}

const refusals: Record<string, (at: (key: string) => string) => FeathersError> = {
  ended: (at) => badRequest({ path: at('endTime'), message: 'must be in the future' }),
  expired: (at) => badRequest({ path: at('expiresAt'), message: 'must be in the future' }),
  'too-long': (at) => badRequest({ path: at('expiresAt'), message: 'must be at most 30 days ahead' }),
  oneself: (at) => badRequest({ path: at('inviteeId'), message: 'must be somebody else' }),
  nobody: () => notFound('No such user'),
  blocked: () => forbidden('You have blocked this person'),
  'no-target': () => notFound('No such target'),
  'may-not': () => forbidden('You may not invite to this target'),
  twin: () => conflict('There is a pending invite like this one already'),
  crowded: () => conflict('There are too many pending invites to this recipient already')
}

/** An error about one of several invites says which. */
function aboutItem(error: FeathersError, index: number, isList: boolean): FeathersError {
  if (isList && !error.data) {
    Object.defineProperty(error, 'data', { value: { errors: [{ path: String(index), message: error.message }] } })
  }
  return error
}

export interface CreateOptions {
  deliveryKey: Buffer
  /** RATE_LIMIT_FACTOR. */
  quota: number
  /** Mail domains that may be invited; none is all. */
  domains: string[]
  /** Errors name the item. */
  isList: boolean
}

/**
 * Stores `items` of `caller`, with their history and, where there is an address, a message in the outbox. Throws 400/403/404/409/429, and then nothing is stored.
 */
export async function createInvites(
  db: Database,
  items: InviteData[],
  caller: Caller,
  { deliveryKey, quota, domains, isList }: CreateOptions
): Promise<NewInvite[]> {
  const at = (index: number) => (key: string) => (isList ? `${index}.${key}` : key)
  requireAllowedDomains(items, domains, at)
  const administering = items.findIndex(({ makeAdmin }) => makeAdmin)
  if (administering >= 0 && !isAdmin(caller)) {
    throw aboutItem(forbidden('Only administrators may set makeAdmin'), administering, isList)
  }

  const prepared = items.map((item, index) => prepare(item, index, caller, deliveryKey))
  const limits = allowances(quota)
  const hasAddress = items.some(({ token }) => token)
  const text = createText({
    types: inviteTypeNames.filter((name) => items.some(({ inviteType }) => inviteType === name)),
    hasInvitee: items.some(({ inviteeId }) => inviteeId),
    hasAddress,
    several: items.length > 1
  })
  const values = [
    JSON.stringify(prepared.map(({ row }) => row)),
    caller.id,
    pendingLimit(quota),
    limits.invites,
    loginsFor(caller),
    ...(hasAddress ? [limits.messages] : [])
  ]
  const rows = await amongPending(db, caller.id, (inner) =>
    runLists<PopulatedValues<[index: number, refusal: string | null]>>(inner, text, values)
  )
  const refuse = async (refusal: string, index: number) => {
    if (refusal === 'inviter-quota') return inviterRefusal(db, caller.id)
    if (refusal === 'recipient-quota') return recipientRefusal(db, prepared[index]?.row.token ?? '')
    return refusals[refusal]?.(at(index)) ?? badRequest()
  }
  for (const row of rows) {
    const [index, refusal] = ownValues(row)
    if (refusal !== null) throw aboutItem(await refuse(refusal, index), index, isList)
  }
  const shown = new Map(prepared.map(({ row, shown: passcode }) => [row.id, passcode]))
  return populated(rows).map((invite) => ({ invite, passcode: shown.get(invite.id) ?? null }))
}
