// POST /invite/<id>/decline: the invitee declines, signed in or with the passcode that was mailed to them.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import type { Callers } from '../../../callers/callers.js'
import { inTransaction } from '../../../database/retry.js'
import { notAuthenticated } from '../../../errors.js'
import type { Quotas } from '../../../limits/quotas.js'
import { closed } from '../../../schema/formats.js'
import type { Announce } from '../announce.js'
import type { PopulatedInvite } from '../invite.table.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { guesser, passcode, inviteIdOf } from './passcode-params.js'
import { declineInvite } from './revoke-or-decline.js'

export const declineDataSchema = Type.Object({ passcode: Type.Optional(passcode()) }, closed)
type DeclineData = Static<typeof declineDataSchema>

interface Options {
  db: Knex
  callers: Callers
  quotas: Quotas
  announce: Announce
}

export class DeclineService implements ServiceInterface<PopulatedInvite, DeclineData> {
  constructor(private readonly options: Options) {}

  async create(data: DeclineData, params: Params): Promise<PopulatedInvite> {
    const { db, callers, announce } = this.options
    const { caller } = params
    if (!caller && data.passcode === undefined) throw notAuthenticated()
    const id = inviteIdOf(params)
    if (data.passcode !== undefined) await requirePasscode(this.options, guesser(params), id, data.passcode)
    const { invite, ended } = await announce.during(() =>
      inTransaction(db, (trx) => declineInvite(trx, id, caller, data.passcode))
    )
    if (caller) callers.forget(caller.id)
    await announce('patched', [invite])
    if (ended.length > 0) await announce('removed', ended)
    return invite
  }
}
