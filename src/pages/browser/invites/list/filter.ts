// The filter of a list, as one JSON object: the list and the calls that change invites in bulk have the same.
import type { ListView } from '../shell/views.js'
import type { ListChoice } from './choice.js'

export type Filter = Record<string, unknown>

/** The letters `%`, `_` and `\` of a search stand for themselves. */
const pattern = (search: string) => `%${search.replace(/[\\%_]/g, '\\$&')}%`

const searched = (search: string): Filter[] => {
  const has = { $ilike: pattern(search) }
  return [{ token: has }, { user: { name: has } }, { invitee: { name: has } }, { channelName: has }]
}

/** `me` is the id of the person at the page. Received invites need `action=received` beside the filter. */
export function filterOf(view: ListView, { status, type, search }: ListChoice, me: string): Filter {
  return {
    ...(view === 'sent' && { userId: me }),
    ...(type && { inviteType: type }),
    ...(status && { status }),
    ...(search && { $or: searched(search) })
  }
}

/** The filter of invites that were selected one by one. */
export const idsFilter = (ids: readonly string[]): Filter => ({ id: { $in: ids } })

/** Most invites that can be selected one by one: their ids fill the 8 KB of a filter. */
export const mostSelected = 150

export type BulkAction = 'edit' | 'revoke'

/**
 * The part of a selection that the call changes: pending invites; for a revocation, and for administrators, expired ones
 * too. The service obeys that in any case. The filter says it so that a count of the same filter is right.
 */
export function changeable(filter: Filter, action: BulkAction, isAdmin: boolean): Filter {
  const statuses = action === 'revoke' || isAdmin ? ['pending', 'expired'] : ['pending']
  const condition = statuses.length > 1 ? { $in: statuses } : statuses[0]
  const { status } = filter
  if (status === undefined) return { ...filter, status: condition }
  return statuses.some((one) => one === status) ? filter : { ...filter, $and: [{ status: condition }] }
}

/** A list leaves revoked and declined invites out unless its query names the status: "any status" is all of them. */
export const listed = (filter: Filter): Filter =>
  filter['status'] === undefined ? { ...filter, status: { $ne: null } } : filter
