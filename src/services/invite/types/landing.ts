// The landing: where the accepter goes.
import { Type, type Static } from '@sinclair/typebox'
import { closed, oneOf, uuid } from '../../../schema/formats.js'
import { inviteSchema, inviteTypeNames, spawnDetailsSchema } from '../invite.table.js'

export const landingSchema = Type.Object(
  {
    inviteType: oneOf(inviteTypeNames),
    targetObjectId: inviteSchema.properties.targetObjectId,
    locationId: Type.Optional(uuid()),
    instanceId: Type.Optional(uuid()),
    spawnType: Type.Optional(inviteSchema.properties.spawnType),
    spawnDetails: Type.Optional(spawnDetailsSchema)
  },
  { ...closed, $id: 'Landing', description: 'Where the accepter goes.' }
)
export type Landing = Static<typeof landingSchema>
