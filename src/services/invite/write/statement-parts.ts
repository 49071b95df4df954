// Which parts of the statement that makes invites its items need.
import { timeKeys, type InviteType } from '../invite.table.js'

/**
 * The parts of the statement that the items need. It leaves out all others, so that the usual call, with one invite,
 * costs little.
 */
export interface Occurring {
  /** The type of all items; undefined where they differ. */
  type: InviteType | undefined
  invitee: boolean
  address: boolean
  times: boolean
  several: boolean
}

const addressKeys: readonly string[] = ['token', 'identityProviderType']

/** Whether any item can have a value of this key. */
export const occurs = (key: string, { invitee, address, times }: Occurring) =>
  key === 'inviteeId' ? invitee : addressKeys.includes(key) ? address : timeKeys.includes(key) ? times : true

/** The parts of the statement that these items need. */
export function occurringIn(items: Record<string, unknown>[]): Occurring {
  const [type, ...others] = new Set(items.map(({ inviteType }) => inviteType as InviteType))
  const has = (key: string) => items.some((item) => item[key] !== undefined && item[key] !== null)
  return {
    type: others.length === 0 ? type : undefined,
    invitee: has('inviteeId'),
    address: addressKeys.some(has),
    times: timeKeys.some(has),
    several: items.length > 1
  }
}
