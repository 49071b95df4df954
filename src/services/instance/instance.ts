// instance: a running copy of a location. Whoever is authorised at the location may start one.
import { authenticate } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import { v7 as uuidv7 } from 'uuid'
import { runOne, type Database } from '../../database/statement.js'
import type { Application } from '../../declarations.js'
import { notFound } from '../../errors.js'
import { closed, nullable, time, uuid } from '../../schema/formats.js'
import { callerOf } from '../../callers/caller.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, noQuery } from '../../hooks/validate.js'

export const instanceSchema = Type.Object(
  { id: uuid(), locationId: uuid(), userId: nullable(uuid()), createdAt: time(), updatedAt: time() },
  { ...closed, $id: 'Instance', description: 'A running copy of a location; userId is its owner.' }
)
export type Instance = Static<typeof instanceSchema>

export const instanceDataSchema = Type.Object({ locationId: uuid() }, closed)

export class InstanceService {
  constructor(private readonly db: Database) {}

  async create(data: { locationId: string }, params: Params): Promise<Instance> {
    const row = await runOne<Instance>(
      this.db,
      `insert into instances (id, "locationId", "userId")
       select $1, "locationId", "userId" from location_authorized_users where "locationId" = $2 and "userId" = $3
       returning *`,
      [uuidv7(), data.locationId, callerOf(params).id]
    )
    if (!row) throw notFound('No such location')
    return row
  }
}

export function instance(app: Application) {
  app.use('instance', new InstanceService(app.get('db')), { methods: ['create'], serviceEvents: [] })
  app.service('instance').hooks({
    around: { all: [authenticate('jwt')], create: [noQuery, validateData(instanceDataSchema), notForGuests] }
  })
}
