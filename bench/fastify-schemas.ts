// The schemas of the Fastify server: what may be sent, and how replies are written.
const uuid = { type: 'string', format: 'uuid' }
const text = { type: 'string' }
const flag = { type: 'boolean' }
const integer = { type: 'integer' }
const time = { type: 'string', format: 'date-time' }
const nullable = (schema: object) => ({ ...schema, nullable: true })
const closed = { type: 'object', additionalProperties: false }
const inviteType = { enum: ['friend', 'channel', 'location', 'instance', 'new-user'] }

export type Filter = Record<string, unknown>
const filter = {
  ...closed,
  minProperties: 1,
  properties: { id: uuid, userId: uuid, inviteeId: uuid, inviteType, targetObjectId: uuid }
}

export const listQuery = {
  ...closed,
  properties: {
    filter,
    $limit: { type: 'integer', minimum: 0, maximum: 100, default: 10 },
    $skip: { type: 'integer', minimum: 0, default: 0 }
  }
}
export const patchQuery = { ...closed, required: ['filter'], properties: { filter } }
export const patchBody = {
  ...closed,
  minProperties: 1,
  properties: {
    deleteOnUse: flag,
    spawnType: { enum: ['inviteCode', 'spawnPoint', 'spectate', null] },
    spawnDetails: { type: 'object' }
  }
}
export const createBody = {
  ...closed,
  required: ['inviteType', 'inviteeId'],
  properties: { inviteType: { enum: ['friend'] }, inviteeId: uuid }
}
export const oneParams = { ...closed, required: ['id'], properties: { id: uuid } }

const lastLogin = nullable({
  type: 'object',
  properties: {
    id: text,
    userAgent: nullable(text),
    ipAddress: nullable(text),
    userId: text,
    identityProviderId: nullable(text),
    createdAt: time
  }
})
const user = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    ageVerified: flag,
    isGuest: flag,
    inviteCode: nullable(text),
    lastLogin,
    createdAt: time,
    updatedAt: time
  }
}
export const inviteReply = {
  type: 'object',
  properties: {
    id: text,
    token: nullable(text),
    identityProviderType: nullable(text),
    passcode: nullable(text),
    targetObjectId: nullable(text),
    deleteOnUse: flag,
    makeAdmin: flag,
    spawnType: nullable(text),
    spawnDetails: { type: 'object', additionalProperties: true },
    timed: flag,
    userId: text,
    inviteeId: nullable(text),
    inviteType: text,
    user,
    invitee: nullable(user),
    channelName: nullable(text),
    startTime: nullable(time),
    endTime: nullable(time),
    createdAt: time,
    updatedAt: time,
    status: text,
    maxUses: integer,
    uses: integer,
    expiresAt: nullable(time),
    delivery: nullable({
      type: 'object',
      properties: { status: text, attempts: integer, lastAttemptAt: nullable(time) }
    })
  }
}
export const listReply = {
  type: 'object',
  properties: { total: integer, limit: integer, skip: integer, data: { type: 'array', items: inviteReply } }
}
export const acceptReply = {
  type: 'object',
  properties: {
    invite: inviteReply,
    landing: { type: 'object', properties: { inviteType: text, targetObjectId: nullable(text) } }
  }
}
