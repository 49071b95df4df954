// An address is proven by the token of a mailed link: it becomes verified, and invites to make an account there end.
import { runOne, type Database } from '../../database/statement.js'
import type { PopulatedInvite } from '../invite/invite.table.js'
import { supersedeInvites } from '../invite/answer/supersede.js'
import { takeToken, type Purpose } from '../user/account-tokens.js'

export interface Proof {
  identityProviderId: string
  userId: string
  /** Invites that ended, because the address is a verified account now. Announce them after the commit. */
  ended: PopulatedInvite[]
}

const verifyText = `
  update identity_providers p set
    verified = true,
    "updatedAt" = case when old.verified then p."updatedAt" else clock_timestamp() end
  from (select id, verified from identity_providers where id = $1 for update) old
  where p.id = old.id
  returning p."userId", p.token, old.verified as "wasVerified"`

/** Uses the token up, and verifies its address. Undefined, and nothing is changed, when the token is not good. */
export async function proveAddress(trx: Database, purpose: Purpose, token: string): Promise<Proof | undefined> {
  const identityProviderId = await takeToken(trx, purpose, token)
  if (identityProviderId === undefined) return undefined
  const verified = await runOne<{ userId: string; token: string; wasVerified: boolean }>(trx, verifyText, [
    identityProviderId
  ])
  if (!verified) return undefined
  const { userId, token: address, wasVerified } = verified
  return { identityProviderId, userId, ended: wasVerified ? [] : await supersedeInvites(trx, address, null) }
}
