// The schemas of a user's right: in a reply, in the body that grants it, and in the query of a list.
import { Type, type Static } from '@sinclair/typebox'
import { closed, time, uuid } from '../../schema/formats.js'
import { listQuery } from '../../schema/paging.js'

const type = () =>
  Type.String({
    pattern: '^[a-z][a-z-]{0,31}:[a-z][a-z-]{0,31}$',
    examples: ['user:read'],
    description: 'resource:verb; admin:admin implies all.'
  })

export const scopeSchema = Type.Object(
  { id: uuid(), userId: uuid(), type: type(), createdAt: time() },
  { ...closed, $id: 'Scope', description: 'A right of a user.' }
)
export type Scope = Static<typeof scopeSchema>

export const scopeDataSchema = Type.Object({ userId: uuid(), type: type() }, closed)
export const scopeQuerySchema = listQuery({ userId: Type.Optional(uuid()), type: Type.Optional(type()) })
