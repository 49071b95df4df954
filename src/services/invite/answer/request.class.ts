// POST /invite/<id>/request: a holder of the passcode of an expired invite asks its inviter for a new one.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { inTransaction } from '../../../database/retry.js'
import { networkOf } from '../../../limits/network.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { closed, time } from '../../../schema/formats.js'
import type { Announce } from '../announce.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { guesser, inviteIdOf, type PasscodeData } from './passcode-params.js'
import { requestInvite } from './request.js'

/** An invite takes one request a day; this bounds those for many invites. */
const requestsPerNetwork: Quota = {
  name: 'requestsPerNetwork',
  reason: 'quota-requests',
  points: 300,
  seconds: hour,
  inMemory: true
}

export const requestSchema = Type.Object(
  { requestedAt: time('When the inviter was asked.') },
  { ...closed, $id: 'InviteRequest', description: 'A request for a new invite.' }
)
type Request = Static<typeof requestSchema>

interface Options {
  db: Knex
  quotas: Quotas
  announce: Announce
}

export class RequestService implements ServiceInterface<Request, PasscodeData> {
  constructor(private readonly options: Options) {}

  async create({ passcode }: PasscodeData, params: Params): Promise<Request> {
    const { db, quotas, announce } = this.options
    const id = inviteIdOf(params)
    await requirePasscode(this.options, guesser(params), id, passcode)
    await quotas.spend(requestsPerNetwork, networkOf(params.ip))
    const { invite, requestedAt } = await announce.during(() =>
      inTransaction(db, (trx) => requestInvite(trx, id, passcode, params.caller))
    )
    await announce('requested', [invite])
    return { requestedAt }
  }
}
