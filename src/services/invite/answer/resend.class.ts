// POST /invite/<id>/resend: the inviter sends an invite again.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { callerOf } from '../../../callers/caller.js'
import { inTransaction } from '../../../database/retry.js'
import type { Database } from '../../../database/statement.js'
import type { Outbox } from '../../../declarations.js'
import { closed } from '../../../schema/formats.js'
import type { Announce } from '../announce.js'
import type { PopulatedInvite } from '../invite.table.js'
import { inviteIdOf } from './passcode-params.js'
import { resendInvite } from './resend.js'

export const resendDataSchema = Type.Object({}, closed)

interface Options {
  db: Knex
  /** Makes the passcodes of mailed invites. */
  deliveryKey: Buffer
  rateLimitFactor: number
  outbox: Outbox
  announce: Announce
}

export class ResendService implements ServiceInterface<PopulatedInvite> {
  constructor(private readonly options: Options) {}

  async create(_data: object, params: Params): Promise<PopulatedInvite> {
    const { db, deliveryKey, rateLimitFactor, outbox, announce } = this.options
    const caller = callerOf(params)
    const id = inviteIdOf(params)
    const send = async (trx: Database) => {
      const resent = await resendInvite(trx, id, caller, { deliveryKey, rateLimitFactor, carries: outbox.carries })
      await params.keepAnswer?.(trx, resent)
      return resent
    }
    const invite = await announce.during(() => inTransaction(db, send))
    if (invite.token) outbox.wake()
    await announce('patched', [invite])
    return invite
  }
}
