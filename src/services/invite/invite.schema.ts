// What an invite looks like from outside, what may be sent to make one, and what to change one.
import { Type, type Static } from '@sinclair/typebox'
import { closed, nullable, oneOf, time, uuid } from '../../schema/formats.js'
import { userSchema } from '../user/user.schema.js'

/** Each has a file in invite-types/. */
export const inviteTypeNames = ['friend', 'channel', 'location', 'instance', 'new-user'] as const
export type InviteType = (typeof inviteTypeNames)[number]

export const statuses = ['pending', 'accepted', 'declined', 'revoked', 'expired'] as const
export type InviteStatus = (typeof statuses)[number]

export const spawnTypes = ['inviteCode', 'spawnPoint', 'spectate'] as const
export const carriers = ['email', 'sms'] as const
export const deliveryStatuses = ['none', 'queued', 'sent', 'failed'] as const

const spawnDetails = () =>
  Type.Object(
    {
      inviteCode: Type.Optional(Type.Unknown()),
      spawnPoint: Type.Optional(Type.Unknown()),
      spectate: Type.Optional(Type.Unknown())
    },
    { additionalProperties: true, description: 'Where and how to arrive: a JSON object, at most 16 KB.' }
  )

export const maxUsesLimit = 1_000_000
const maxUses = () => Type.Integer({ minimum: 1, maximum: maxUsesLimit })

export const deliverySchema = Type.Object(
  { status: oneOf(deliveryStatuses), attempts: Type.Integer(), lastAttemptAt: nullable(time()) },
  closed
)

/** Every key, in the order of the reply: the documented ones, then the additions. */
export const inviteSchema = Type.Object(
  {
    id: uuid(),
    token: nullable(Type.String({ description: 'The recipient’s address: e-mail or phone. Never a credential.' })),
    identityProviderType: nullable(oneOf(carriers, 'How to reach `token`.')),
    passcode: nullable(
      Type.String({ description: 'Of a bearer link, in the reply to create and resend; null everywhere else.' })
    ),
    targetObjectId: nullable(uuid('The channel, location or instance.')),
    deleteOnUse: Type.Boolean({ description: 'The row is removed by the acceptance that uses it up.' }),
    makeAdmin: Type.Boolean({ description: 'Acceptance grants admin:admin.' }),
    spawnType: nullable(oneOf(spawnTypes)),
    spawnDetails: spawnDetails(),
    timed: Type.Boolean({ description: 'startTime and endTime are enforced.' }),
    userId: uuid('The inviter.'),
    inviteeId: nullable(uuid()),
    inviteType: oneOf(inviteTypeNames),
    user: userSchema,
    invitee: nullable(userSchema),
    channelName: nullable(Type.String()),
    startTime: nullable(time()),
    endTime: nullable(time()),
    createdAt: time(),
    updatedAt: time(),
    status: oneOf(statuses),
    maxUses: Type.Integer(),
    uses: Type.Integer(),
    expiresAt: nullable(time('When an untimed invite ends.')),
    delivery: nullable(deliverySchema)
  },
  { ...closed, $id: 'Invite', description: 'An invite, as its reader may see it.' }
)
export type Invite = Static<typeof inviteSchema>
export const inviteKeys = Object.keys(inviteSchema.properties) as (keyof Invite)[]

/** What create and patch may both set. */
const writable = {
  targetObjectId: Type.Optional(nullable(uuid())),
  deleteOnUse: Type.Optional(Type.Boolean()),
  makeAdmin: Type.Optional(Type.Boolean()),
  spawnType: Type.Optional(nullable(oneOf(spawnTypes))),
  spawnDetails: Type.Optional(nullable(spawnDetails())),
  timed: Type.Optional(Type.Boolean()),
  startTime: Type.Optional(nullable(time())),
  endTime: Type.Optional(nullable(time())),
  maxUses: Type.Optional(maxUses()),
  expiresAt: Type.Optional(nullable(time()))
}

/** Set at creation, for good. */
const immutable = {
  token: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 254 }))),
  identityProviderType: Type.Optional(nullable(oneOf(carriers))),
  inviteeId: Type.Optional(nullable(uuid()))
}

export const inviteDataSchema = Type.Object(
  { ...writable, ...immutable, inviteType: oneOf(inviteTypeNames) },
  { ...closed, $id: 'InviteData', description: 'A new invite.' }
)
export type InviteData = Static<typeof inviteDataSchema>

export const mostInvitesPerCall = 100

/** Keys that only the server writes: a row that was read can be sent back, so they may stand there and say nothing. */
export const outputOnlyKeys = [
  'id',
  'passcode',
  'user',
  'invitee',
  'channelName',
  'status',
  'uses',
  'delivery',
  'createdAt',
  'updatedAt'
] as const

/** Keys that a patch may repeat, with the value that the row has, but not change. */
export const immutableKeys = ['userId', 'token', 'identityProviderType', 'inviteeId'] as const
export type ImmutableKey = (typeof immutableKeys)[number]

export const invitePatchSchema = Type.Object(
  {
    ...writable,
    ...immutable,
    userId: Type.Optional(uuid()),
    inviteType: Type.Optional(oneOf(inviteTypeNames)),
    ...Object.fromEntries(outputOnlyKeys.map((key) => [key, Type.Optional(Type.Unknown())]))
  },
  { ...closed, $id: 'InvitePatch', description: 'The fields to change.' }
)

/** The writable part of a patch. */
export type InviteChanges = Partial<Omit<InviteData, 'token' | 'identityProviderType' | 'inviteeId'>>
export type ImmutableValues = Partial<Record<ImmutableKey, string | null>>

/** Where the accepter goes. */
export const landingSchema = Type.Object(
  {
    inviteType: oneOf(inviteTypeNames),
    targetObjectId: nullable(uuid()),
    locationId: Type.Optional(uuid()),
    instanceId: Type.Optional(uuid()),
    spawnType: Type.Optional(nullable(oneOf(spawnTypes))),
    spawnDetails: Type.Optional(spawnDetails())
  },
  { ...closed, $id: 'Landing', description: 'Where the accepter goes.' }
)
export type Landing = Static<typeof landingSchema>
