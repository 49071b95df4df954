// channel: a channel that people talk in. The user who makes it owns it.
import { authenticate } from '@feathersjs/authentication'
import type { Application } from '../../declarations.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { invitableQuerySchema, type PlaceTables } from './invitable.js'
import { placeDocs } from './place.docs.js'
import { placeDataSchema, placeSchema, PlaceService } from './place.js'

const channelSchema = placeSchema('Channel', 'A channel.')

export const channelTables: PlaceTables = { places: 'channels', members: 'channel_users', key: 'channelId' }

export function channel(app: Application) {
  app.use('channel', new PlaceService(app.get('db'), channelTables, app.get('rowLimits')), {
    methods: ['find', 'create'],
    docs: placeDocs('Channel', channelSchema),
    serviceEvents: []
  })
  app.service('channel').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(invitableQuerySchema), notForGuests],
      create: [noQuery, validateData(placeDataSchema), notForGuests]
    }
  })
}
