// The schemas of a friendship or a block: in a reply, in the body that makes a block, and in the query of a list.
import { Type, type Static } from '@sinclair/typebox'
import { closed, oneOf, time, uuid } from '../../schema/formats.js'
import { listQuery } from '../../schema/paging.js'

export const userRelationshipSchema = Type.Object(
  {
    id: uuid(),
    userId: uuid(),
    relatedUserId: uuid(),
    userRelationshipType: oneOf(['friend', 'blocking']),
    createdAt: time(),
    updatedAt: time()
  },
  { ...closed, $id: 'UserRelationship', description: 'A friendship or a block between the caller and another user.' }
)
export type UserRelationship = Static<typeof userRelationshipSchema>

export const userRelationshipDataSchema = Type.Object(
  { relatedUserId: uuid(), userRelationshipType: oneOf(['blocking']) },
  closed
)
export const userRelationshipQuerySchema = listQuery({
  relatedUserId: Type.Optional(uuid()),
  userRelationshipType: Type.Optional(oneOf(['friend', 'blocking']))
})
