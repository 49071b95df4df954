// POST /password-reset: mails a link by which a forgotten password is replaced.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import type { Outbox } from '../../declarations.js'
import { networkOf } from '../../limits/network.js'
import { hour, type Quota, type Quotas } from '../../limits/quotas.js'
import { closed, email } from '../../schema/formats.js'
import { wishForReset } from '../user/account-messages.js'
import { accountMessages, linkQueued, type LinkQueued } from './link-queued.js'

/** Counted alike for addresses with an account and without. */
const resetsPerNetwork: Quota = { name: 'resetsPerNetwork', reason: 'quota-resets', points: 30, seconds: hour }

export const requestResetDataSchema = Type.Object({ email: email() }, closed)
type RequestResetData = Static<typeof requestResetDataSchema>

export class RequestResetService implements ServiceInterface<LinkQueued, RequestResetData> {
  constructor(private readonly options: { db: Knex; quotas: Quotas; outbox: Outbox }) {}

  /** Does the same work for every address, and does not look at accounts: the worker does, after the answer. */
  async create({ email: address }: RequestResetData, params: Params): Promise<LinkQueued> {
    const { db, quotas, outbox } = this.options
    await quotas.spend(resetsPerNetwork, networkOf(params.ip))
    await quotas.spend(accountMessages, quotas.keyOf(address))
    if (outbox.carries('email')) {
      await wishForReset(db, address)
      outbox.wake()
    }
    return linkQueued()
  }
}
