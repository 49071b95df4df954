// instance: a running copy of a location. Whoever is authorised at the location may start one.
import type { Params } from '@feathersjs/feathers'
import { v7 as uuidv7 } from 'uuid'
import { runOne } from '../../database/statement.js'
import type { Application, Parts } from '../../declarations.js'
import { refuse } from '../../errors.js'
import { callerOf, notForGuests } from '../../hooks/caller.js'
import { checkedData, noQuery } from '../../hooks/checked.js'
import { instanceDocs } from './instance.docs.js'
import { instanceDataSchema, type Instance } from './instance.schema.js'

export class InstanceService {
  constructor(private readonly parts: Parts) {}

  async create(data: { locationId: string }, params: Params): Promise<Instance> {
    const row = await runOne<Instance>(
      this.parts.db,
      `insert into instances (id, "locationId", "userId")
       select $1, "locationId", "userId" from location_authorized_users where "locationId" = $2 and "userId" = $3
       returning *`,
      [uuidv7(), data.locationId, callerOf(params).id]
    )
    if (!row) throw refuse('no-such-location')
    return row
  }
}

export function instance(app: Application) {
  app.use('instance', new InstanceService(app.get('parts')), {
    methods: ['create'],
    docs: instanceDocs,
    serviceEvents: []
  })
  app.service('instance').hooks({ around: { create: [noQuery, checkedData(instanceDataSchema), notForGuests] } })
}
