// The invite service: each method reads what was sent, runs a verb, shows the caller's view, and announces.
import type { Id, Params, ServiceInterface } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import type { Config } from '../../config.js'
import { inTransaction } from '../../database/retry.js'
import type { Database } from '../../database/statement.js'
import type { Outbox } from '../../declarations.js'
import { badRequest, invalid, notFound, refuse } from '../../errors.js'
import { callerOf } from '../../callers/caller.js'
import { rowId } from '../../hooks/rows.js'
import type { Announce } from './announce.js'
import type { Page } from '../../schema/paging.js'
import { readPatchBody } from './write/read-patch-body.js'
import { removeInvite } from './answer/revoke-or-decline.js'
import { createInvites } from './write/create.js'
import { equals, type Condition } from './filter/condition.js'
import { findInvites, visibleInvite } from './rows/find.js'
import { ownKeys } from './filter/keys.js'
import { manages } from './invite.policy.js'
import { selectKeys, viewInvite, viewInvites } from './invite.resolvers.js'
import type { Invite, InviteData } from './invite.table.js'
import { patchInvites } from './write/patch.js'
import { readListOptions, readQuery, readSelect } from './filter/read-query.js'

const byId = (id: string): Condition => equals(ownKeys.id, id)

interface Options {
  db: Knex
  /** Makes the passcodes of mailed invites. */
  deliveryKey: Buffer
  limits: Pick<Config, 'patchCap' | 'rateLimitFactor' | 'recipientDomains'>
  outbox: Outbox
  announce: Announce
}

/** `$select` leaves keys out. */
type Selected = Partial<Invite>
type Reply = Selected | Selected[] | Page<Selected>

export class InviteService implements ServiceInterface<Reply, InviteData | InviteData[], Params, unknown> {
  constructor(private readonly options: Options) {}

  async find(params: Params): Promise<Page<Selected>> {
    const caller = callerOf(params)
    const query = readQuery(params, { lists: true })
    const options = readListOptions(query.beside)
    const page = await findInvites(this.options.db, caller, query, options)
    return { ...page, data: viewInvites(page.data, caller).map((invite) => selectKeys(invite, options.select)) }
  }

  async get(id: Id, params: Params): Promise<Selected> {
    const caller = callerOf(params)
    const { $select, ...unknown } = params.query ?? {}
    const [key] = Object.keys(unknown)
    if (key !== undefined) throw badRequest({ path: key, message: 'is not known here' })
    const select = readSelect($select)
    const invite = await visibleInvite(this.options.db, caller, rowId(id))
    if (!invite) throw notFound()
    return selectKeys(viewInvite(invite, caller), select)
  }

  /** `data` has been checked: see invite.ts. */
  async create(data: InviteData | InviteData[], params: Params): Promise<Invite | Invite[]> {
    const caller = callerOf(params)
    const isList = Array.isArray(data)
    const items = isList ? data : [data]
    const { db, deliveryKey, limits, outbox, announce } = this.options
    const options = { deliveryKey, quota: limits.rateLimitFactor, domains: limits.recipientDomains, isList }
    const create = async (inner: Database) => {
      const made = await createInvites(inner, items, caller, options)
      const views = made.map((invite) => viewInvite(invite, caller, invite.passcode))
      const [only] = views
      const answer = isList || !only ? views : only
      await params.keepAnswer?.(inner, answer)
      return { made, answer }
    }
    const { made, answer } = await (params.keepAnswer ? inTransaction(db, create) : create(db))
    if (items.some(({ token }) => token)) outbox.wake()
    await announce('created', made)
    return answer
  }

  /** Without an id: every invite that the filter matches, or none of them. */
  async patch(id: Id | null, data: unknown, params: Params): Promise<Invite | Invite[]> {
    const caller = callerOf(params)
    const { conditions } = readQuery(params, { lists: false })
    if (id !== null && Object.keys(params.query ?? {}).length > 0)
      throw badRequest({ path: 'query', message: 'must be empty beside an id' })
    if (id === null && conditions.length === 0) {
      throw invalid('no-condition', [{ path: 'filter', message: 'must have at least one condition that counts' }])
    }
    const body = readPatchBody(data, caller)
    const { db, limits, announce } = this.options
    const patch = { conditions: id === null ? conditions : [byId(rowId(id))], body }
    const changed = await patchInvites(db, caller, patch, { cap: limits.patchCap, quota: limits.rateLimitFactor })
    await announce('patched', changed)
    const views = viewInvites(changed, caller)
    if (id === null) return views
    const [view] = views
    if (view) return view
    const invite = await visibleInvite(db, caller, rowId(id))
    throw invite ? refuse(manages(caller, invite) ? 'not-pending' : 'not-yours') : notFound()
  }

  async remove(id: Id | null, params: Params): Promise<Invite> {
    const caller = callerOf(params)
    const invite = await inTransaction(this.options.db, (trx) => removeInvite(trx, rowId(id), caller))
    await this.options.announce('removed', [invite])
    return viewInvite(invite, caller)
  }
}
