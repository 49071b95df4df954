// The invite service: each method calls the function that reads or changes invites, and announces the change. Hooks
// read the client's request, a resolver shows the caller's view.
import type { Id, ServiceInterface } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { callerOf } from '../../callers/caller.js'
import type { Config } from '../../config.js'
import { inTransaction } from '../../database/retry.js'
import type { Database } from '../../database/statement.js'
import type { Outbox } from '../../declarations.js'
import { notFound, refuse } from '../../errors.js'
import type { Quotas } from '../../limits/quotas.js'
import { rowId } from '../../schema/validation.js'
import type { Page } from '../../schema/paging.js'
import type { Announce } from './announce.js'
import { removeInvite } from './answer/revoke-or-decline.js'
import { notManageable } from './answer/state-errors.js'
import { equals } from './filter/condition.js'
import { ownKeys } from './filter/keys.js'
import { defaultList } from './filter/read-list.js'
import type { InviteParams } from './filter/read-query.js'
import { manages } from './invite.policy.js'
import type { InviteData, PopulatedInvite } from './invite.table.js'
import { changesPerCaller } from './limits/invite-quotas.js'
import { findInvites, visibleInvite } from './rows/find.js'
import { createInvites } from './write/create.js'
import { patchInvites } from './write/patch.js'
import { revokeInvites } from './write/revoke.js'
import type { PatchBody } from './write/read-patch-body.js'

interface Options {
  db: Knex
  /** Makes the passcodes of mailed invites. */
  deliveryKey: Buffer
  limits: Pick<Config, 'patchCap' | 'rateLimitFactor' | 'recipientDomains'>
  outbox: Outbox
  quotas: Quotas
  announce: Announce
}

type Rows = PopulatedInvite | PopulatedInvite[]
type Data = InviteData | InviteData[]

export class InviteService implements ServiceInterface<Rows | Page<PopulatedInvite>, Data, InviteParams, PatchBody> {
  constructor(private readonly options: Options) {}

  find({ conditions = [], list = defaultList, ...params }: InviteParams): Promise<Page<PopulatedInvite>> {
    return findInvites(this.options.db, callerOf(params), conditions, list)
  }

  async get(id: Id, params: InviteParams): Promise<PopulatedInvite> {
    const invite = await visibleInvite(this.options.db, callerOf(params), rowId(id))
    if (!invite) throw notFound()
    return invite
  }

  async create(data: Data, params: InviteParams): Promise<Rows> {
    const isList = Array.isArray(data)
    const items = isList ? data : [data]
    const { db, deliveryKey, limits, outbox, announce } = this.options
    const { rateLimitFactor, recipientDomains: domains } = limits
    const options = { deliveryKey, rateLimitFactor, domains, carries: outbox.carries, isList }
    const answerOf = (made: PopulatedInvite[]): Rows => (isList || !made[0] ? made : made[0])
    const create = async (inner: Database) => {
      const made = await createInvites(inner, items, callerOf(params), options)
      await params.keepAnswer?.(inner, answerOf(made))
      return made
    }
    const made = await announce.during(() => (params.keepAnswer ? inTransaction(db, create) : create(db)))
    if (items.some(({ token }) => token)) outbox.wake()
    await announce('created', made)
    return answerOf(made)
  }

  /** Without an id: every invite that the conditions match, or none of them. */
  async patch(id: Id | null, body: PatchBody, params: InviteParams): Promise<Rows> {
    const caller = callerOf(params)
    const { db, limits, quotas, announce } = this.options
    const conditions = id === null ? (params.conditions ?? []) : [equals(ownKeys.id, rowId(id))]
    const caps = { cap: limits.patchCap, rateLimitFactor: limits.rateLimitFactor }
    await quotas.require(changesPerCaller, caller.id)
    const changed = await announce.during(() => patchInvites(db, caller, { conditions, body }, caps))
    await quotas.add(changesPerCaller, caller.id, changed.length)
    await announce('patched', changed)
    if (id === null) return changed
    const [invite] = changed
    if (invite) return invite
    const visible = await visibleInvite(db, caller, rowId(id))
    if (!visible) throw notFound()
    throw manages(caller, visible) ? notManageable(visible) : refuse('not-yours')
  }

  /** Without an id: revokes every invite that the conditions match, or none of them. */
  async remove(id: Id | null, params: InviteParams): Promise<Rows> {
    const { db, limits, announce } = this.options
    const caller = callerOf(params)
    if (id === null) {
      const { conditions = [] } = params
      const revoked = await announce.during(() => revokeInvites(db, caller, conditions, limits.patchCap))
      await announce('removed', revoked)
      return revoked
    }
    const invite = await announce.during(() => inTransaction(db, (trx) => removeInvite(trx, rowId(id), caller)))
    await announce('removed', [invite])
    return invite
  }
}
