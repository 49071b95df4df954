// location-authorized-user: the members of a location and their roles. Accepting an invite makes a member.
import { authenticate } from '@feathersjs/authentication'
import { Type, type Static } from '@sinclair/typebox'
import type { Application } from '../../declarations.js'
import { closed, oneOf, time, uuid } from '../../schema/formats.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { locationTables } from '../location/location.js'
import { listQuery } from '../../schema/paging.js'
import { memberDocs } from '../channel/place.docs.js'
import { MemberService, roleDataSchema, roles } from '../channel/place.js'

const locationAuthorizedUserSchema = Type.Object(
  { id: uuid(), locationId: uuid(), userId: uuid(), role: oneOf(roles), createdAt: time() },
  { ...closed, $id: 'LocationAuthorizedUser', description: 'A member of a location.' }
)
export type LocationAuthorizedUser = Static<typeof locationAuthorizedUserSchema>

const locationAuthorizedUserQuerySchema = listQuery({ locationId: uuid() })

export function locationAuthorizedUser(app: Application) {
  app.use(
    'location-authorized-user',
    new MemberService<LocationAuthorizedUser>(app.get('db'), locationTables, locationAuthorizedUserSchema),
    {
      methods: ['find', 'patch'],
      docs: memberDocs('Location', locationAuthorizedUserSchema, locationAuthorizedUserQuerySchema),
      serviceEvents: []
    }
  )
  app.service('location-authorized-user').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(locationAuthorizedUserQuerySchema)],
      patch: [noQuery, validateData(roleDataSchema)]
    }
  })
}
