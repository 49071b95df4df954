// location: a location that people meet at. The user who makes it owns it.
import { authenticate } from '@feathersjs/authentication'
import type { Application } from '../../declarations.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { invitableQuerySchema, type PlaceTables } from '../channel/invitable.js'
import { placeDocs } from '../channel/place.docs.js'
import { placeDataSchema, placeSchema, PlaceService } from '../channel/place.js'

const locationSchema = placeSchema('Location', 'A location.')

export const locationTables: PlaceTables = {
  places: 'locations',
  members: 'location_authorized_users',
  key: 'locationId'
}

export function location(app: Application) {
  app.use('location', new PlaceService(app.get('db'), locationTables, app.get('rowLimits')), {
    methods: ['find', 'create'],
    docs: placeDocs('Location', locationSchema),
    serviceEvents: []
  })
  app.service('location').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(invitableQuerySchema), notForGuests],
      create: [noQuery, validateData(placeDataSchema), notForGuests]
    }
  })
}
