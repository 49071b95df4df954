// A new invite before it is stored: the checks of its form, and its row and secrets.
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../../../callers/caller.js'
import { badRequest, type Reason } from '../../../errors.js'
import type { Medium } from '../../../delivery/message.js'
import { isEmail, isPhone } from '../../../schema/formats.js'
import { checkerOf } from '../../../schema/validation.js'
import { mayMakeAdmin } from '../invite.policy.js'
import { inviteDataSchema, invites, mostInvitesPerCall, type InviteData } from '../invite.table.js'
import { newSecrets } from '../limits/passcode.js'
import { requireSmallSpawnDetails } from './spawn-details.js'

const check = checkerOf(inviteDataSchema)

/**
 * The data in its one spelling. Throws 400 unless it has the form of an invite, or of a list of them. The rules of
 * rules.ts are judged later.
 */
export function checkNewInvites(data: unknown): InviteData | InviteData[] {
  const isList = Array.isArray(data)
  const sent: unknown[] = isList ? data : [data ?? {}]
  if (sent.length === 0) throw badRequest({ path: 'body', message: 'must not be an empty list' })
  if (sent.length > mostInvitesPerCall) {
    throw badRequest({ path: 'body', message: `must not have more than ${mostInvitesPerCall} invites` })
  }
  const at = (index: number, path: string) => (isList ? `${index}.${path}` : path)
  const items = sent.map((item, index) => check(item, isList ? String(index) : ''))
  items.forEach((item, index) => requireSmallSpawnDetails(item.spawnDetails, at(index, 'spawnDetails')))
  const [only] = items
  return isList || !only ? items : only
}

type AddressFault = Extract<Reason, 'not-an-address' | 'domain-not-allowed' | 'own-address'>

/**
 * Why no message can go to the address; null where one can. The caller's own address is one that they have verified: of
 * any other it is not known whose it is. No `domains` are all domains. An invite without an address,
 * or without a medium, breaks other rules.
 */
function addressFault(
  { token, identityProviderType: medium }: InviteData,
  caller: Caller,
  domains: string[]
): AddressFault | null {
  if (!token || !medium) return null
  if (!(medium === 'email' ? isEmail(token) : isPhone(token))) return 'not-an-address'
  if (caller.addresses.includes(String(invites.clean('token', token)))) return 'own-address'
  if (medium !== 'email' || domains.length === 0) return null
  return domains.includes(token.slice(token.lastIndexOf('@') + 1)) ? null : 'domain-not-allowed'
}

/** New rows. The values that the server adds are columns, or for the statement alone; hash and nonce are in hex. */
export const newInvites = invites.newRows({
  index: 'integer',
  addressFault: 'text',
  id: 'uuid',
  recipient: 'text',
  makeAdminBy: 'uuid',
  recipientKey: 'text',
  passcodeHash: 'text',
  nonce: 'text',
  outboxId: 'uuid'
})

/** The row to insert, and the secrets that belong to it. */
export function prepare(
  data: InviteData,
  index: number,
  caller: Caller,
  { deliveryKey, domains, carries }: { deliveryKey: Buffer; domains: string[]; carries: (medium: Medium) => boolean }
) {
  const id = uuidv7()
  const recipient = data.token ? 'address' : data.inviteeId ? 'user' : 'bearer'
  const { nonce: made, shown, hash } = newSecrets(deliveryKey, id, recipient)
  // Without a carrier no message is queued: it would wait for ever, or be sent when nobody expects it any more.
  const nonce = data.identityProviderType && carries(data.identityProviderType) ? made : null
  return {
    shown,
    row: newInvites.rowOf(data, {
      index,
      addressFault: addressFault(data, caller, domains),
      id,
      recipient,
      makeAdminBy: data.makeAdmin && mayMakeAdmin(caller, data.makeAdmin) ? caller.id : null,
      recipientKey: data.token ?? data.inviteeId ?? null,
      passcodeHash: hash && hash.toString('hex'),
      nonce: nonce && nonce.toString('hex'),
      outboxId: nonce && uuidv7()
    })
  }
}
