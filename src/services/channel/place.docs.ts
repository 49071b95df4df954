// The descriptions of the services of places: each is made for channels and for locations.
import type { TObject, TSchema } from '@sinclair/typebox'
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { pageSchema } from '../../schema/paging.js'
import { invitableQuerySchema } from './invitable.js'
import { placeDataSchema, roleDataSchema } from './place.js'

type Kind = 'Channel' | 'Location'

/** Describes the service of the places themselves; `schema` is that of a place. */
export const placeDocs = (kind: Kind, schema: TSchema): ServiceDocs => ({
  tag: `${kind}s.`,
  operations: [
    {
      method: 'find',
      operationId: `find${kind}s`,
      summary: `List the ${kind.toLowerCase()}s to which the caller may invite, by name`,
      description:
        'Those where the caller is the owner or a moderator: exactly those that `POST /invite` takes from them, for ' +
        'administrators as well. Not for guests.',
      query: invitableQuerySchema,
      answers: { 200: { description: 'A page.', schema: named(`${kind}Page`, pageSchema(schema)) } },
      errors: [403]
    },
    {
      method: 'create',
      operationId: `create${kind}`,
      summary: `Make a ${kind.toLowerCase()} that the caller owns`,
      description: 'Guests cannot do this. 409 for a caller who has as many as one user may have.',
      body: named('PlaceData', placeDataSchema),
      examples: { name: { value: { name: 'Reading circle' } } },
      answers: { 201: { description: `The ${kind.toLowerCase()}.`, schema } },
      errors: [403, 409]
    }
  ]
})

/** Describes the service of the people in places; `schema` is that of a member, `query` that of a list. */
export const memberDocs = (kind: Kind, schema: TSchema, query: TObject): ServiceDocs => ({
  tag: `The members of a ${kind.toLowerCase()}.`,
  operations: [
    {
      method: 'find',
      operationId: `find${kind}Members`,
      summary: `List the members of a ${kind.toLowerCase()}, as a member`,
      query,
      answers: { 200: { description: 'A page.', schema: named(`${kind}MemberPage`, pageSchema(schema)) } },
      errors: [404]
    },
    {
      method: 'patch',
      operationId: `patch${kind}Member`,
      summary: 'Make a member a moderator, or a moderator a member, as the owner',
      body: named('RoleData', roleDataSchema),
      examples: { moderator: { value: { role: 'moderator' } } },
      answers: { 200: { description: 'The member.', schema } },
      errors: [403]
    }
  ]
})
