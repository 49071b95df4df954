// GET /invite/<id>/history: the inviter reads the history of an invite.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { callerOf } from '../../../callers/caller.js'
import { notFound, refuse } from '../../../errors.js'
import { manages } from '../invite.policy.js'
import { visibleInvite } from '../rows/find.js'
import { inviteIdOf } from './passcode-params.js'
import { historyOf, type HistoryEntry } from '../rows/history.js'

export class HistoryService implements ServiceInterface<HistoryEntry> {
  constructor(private readonly options: { db: Knex }) {}

  async find(params: Params): Promise<HistoryEntry[]> {
    const { db } = this.options
    const caller = callerOf(params)
    const invite = await visibleInvite(db, caller, inviteIdOf(params))
    if (!invite) throw notFound()
    if (!manages(caller, invite)) throw refuse('inviters-only')
    return historyOf(db, invite.id)
  }
}
