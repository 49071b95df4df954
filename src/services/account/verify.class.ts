// POST /user/verify: mails a link to the caller's address, and verifies the address by the token of that link.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import { callerOf } from '../../callers/caller.js'
import { runOne } from '../../database/statement.js'
import type { Outbox } from '../../declarations.js'
import { refuse } from '../../errors.js'
import { hour, type Quota } from '../../limits/quotas.js'
import { closed } from '../../schema/formats.js'
import { networkOf } from '../../limits/network.js'
import { issueVerification } from '../user/account-tokens.js'
import type { User } from '../user/user.table.js'
import { accountMessages, linkQueued, type LinkQueued } from './link-queued.js'
import { proveAddress } from './prove-address.js'
import { linkToken, useLink, type LinkOptions } from './use-link.js'

const verificationsPerNetwork: Quota = {
  name: 'verificationsPerNetwork',
  reason: 'quota-verifications',
  points: 30,
  seconds: hour
}

export const verifyDataSchema = Type.Object({ token: Type.Optional(linkToken()) }, closed)
type VerifyData = Static<typeof verifyDataSchema>

interface Options extends LinkOptions {
  /** Makes the tokens of mailed links. */
  key: Buffer
  outbox: Outbox
}

export class VerifyService implements ServiceInterface<User | LinkQueued, VerifyData> {
  constructor(private readonly options: Options) {}

  async create({ token }: VerifyData, params: Params): Promise<User | LinkQueued> {
    if (token === undefined) return this.mail(params)
    return useLink(this.options, params, async () => (trx) => proveAddress(trx, 'verify', token))
  }

  /** 409 for an account without an address, or whose address is verified, and where no carrier takes e-mail. */
  private async mail(params: Params): Promise<LinkQueued> {
    const { db, key, outbox, quotas } = this.options
    const { id, isGuest } = callerOf(params)
    if (isGuest) throw refuse('not-for-guests')
    const address = await runOne<{ token: string; verified: boolean }>(
      db,
      `select token, verified from identity_providers where "userId" = $1 and type = 'email' order by verified limit 1`,
      [id]
    )
    if (!address) throw refuse('no-address')
    if (address.verified) throw refuse('already')
    if (!outbox.carries('email')) throw refuse('no-carrier')
    await quotas.spend(verificationsPerNetwork, networkOf(params.ip))
    await quotas.spend(accountMessages, quotas.keyOf(address.token))
    await issueVerification(db, key, id)
    outbox.wake()
    return linkQueued()
  }
}
