// instance: a running copy of a location. Every user who is authorised at the location may start one.
import { authenticate } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import { v7 as uuidv7 } from 'uuid'
import { whenViolated } from '../../database/errors.js'
import { runOne, type Database } from '../../database/statement.js'
import type { Application } from '../../declarations.js'
import { refuse } from '../../errors.js'
import { columnsSql } from '../../schema/columns.js'
import type { RowLimit, RowLimits } from '../../limits/row-limit.js'
import type { Page } from '../../schema/paging.js'
import { findInvitable, invitableQuerySchema } from '../channel/invitable.js'
import { mostOwned } from '../channel/place.js'
import { locationTables } from '../location/location.js'
import { callerOf } from '../../callers/caller.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { instanceDocs } from './instance.docs.js'
import { instanceDataSchema, instanceSchema, type Instance } from './instance.schema.js'

whenViolated({ instances_location_fk: () => refuse('no-such-location') })

const instancesOfUser: RowLimit = {
  reason: 'too-many-owned',
  most: mostOwned,
  rows: 'from instances where "userId" = $1'
}

export class InstanceService {
  constructor(
    private readonly db: Database,
    private readonly limits: RowLimits
  ) {}

  /** A page of the instances of locations to which the caller may invite, newest first. */
  find(params: Params): Promise<Page<Instance>> {
    return findInvitable(this.db, params, locationTables, {
      schema: instanceSchema,
      from: 'p join instances r on r."locationId" = p.id',
      order: 'r."createdAt" desc, r.id desc'
    })
  }

  /** 409 for a caller who has started the most already. */
  async create({ locationId }: { locationId: string }, params: Params): Promise<Instance> {
    const { id } = callerOf(params)
    return this.limits.below(this.db, instancesOfUser, id, (trx) => this.insert(trx, locationId, id))
  }

  private async insert(trx: Database, locationId: string, userId: string): Promise<Instance> {
    const row = await runOne<Instance>(
      trx,
      `insert into instances as i (id, "locationId", "userId")
       select $1, "locationId", "userId" from location_authorized_users where "locationId" = $2 and "userId" = $3
       returning ${columnsSql(instanceSchema, 'i')}`,
      [uuidv7(), locationId, userId]
    )
    if (!row) throw refuse('no-such-location')
    return row
  }
}

export function instance(app: Application) {
  app.use('instance', new InstanceService(app.get('db'), app.get('rowLimits')), {
    methods: ['find', 'create'],
    docs: instanceDocs,
    serviceEvents: []
  })
  app.service('instance').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(invitableQuerySchema), notForGuests],
      create: [noQuery, validateData(instanceDataSchema), notForGuests]
    }
  })
}
