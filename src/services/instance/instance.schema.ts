// The schemas of an instance of a location: in a reply, and in the body that starts one.
import { Type, type Static } from '@sinclair/typebox'
import { closed, nullable, time, uuid } from '../../schema/formats.js'

export const instanceSchema = Type.Object(
  { id: uuid(), locationId: uuid(), userId: nullable(uuid()), createdAt: time(), updatedAt: time() },
  { ...closed, $id: 'Instance', description: 'A running copy of a location; userId is its owner.' }
)
export type Instance = Static<typeof instanceSchema>

export const instanceDataSchema = Type.Object({ locationId: uuid() }, closed)
