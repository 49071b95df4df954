// instance: a running copy of a location. Every user who is authorised at the location may start one.
import { authenticate } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import { v7 as uuidv7 } from 'uuid'
import { whenViolated } from '../../database/errors.js'
import { runOne, type Database } from '../../database/statement.js'
import type { Application } from '../../declarations.js'
import { refuse } from '../../errors.js'
import { columnsSql } from '../../schema/columns.js'
import { callerOf } from '../../callers/caller.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, noQuery } from '../../hooks/validate.js'
import { instanceDocs } from './instance.docs.js'
import { instanceDataSchema, instanceSchema, type Instance } from './instance.schema.js'

whenViolated({ instances_location_fk: () => refuse('no-such-location') })

export class InstanceService {
  constructor(private readonly db: Database) {}

  async create(data: { locationId: string }, params: Params): Promise<Instance> {
    const row = await runOne<Instance>(
      this.db,
      `insert into instances as i (id, "locationId", "userId")
       select $1, "locationId", "userId" from location_authorized_users where "locationId" = $2 and "userId" = $3
       returning ${columnsSql(instanceSchema, 'i')}`,
      [uuidv7(), data.locationId, callerOf(params).id]
    )
    if (!row) throw refuse('no-such-location')
    return row
  }
}

export function instance(app: Application) {
  app.use('instance', new InstanceService(app.get('db')), {
    methods: ['create'],
    docs: instanceDocs,
    serviceEvents: []
  })
  app.service('instance').hooks({
    around: { all: [authenticate('jwt')], create: [noQuery, validateData(instanceDataSchema), notForGuests] }
  })
}
