import { KnexService } from '@feathersjs/knex'
import { getValidator, hooks as schemaHooks, resolve, virtual } from '@feathersjs/schema'
import { v7 as uuidv7 } from 'uuid'
import { userOf, type Application, type HookContext, type Invite, type StockParams } from '../declarations.js'
import { dataValidator } from '../validators.js'
import { generatedHooks } from './generated.js'

const uuid = { type: 'string', format: 'uuid' } as const
const text = { type: 'string' } as const
const inviteType = { type: 'string', enum: ['friend', 'channel', 'location', 'instance', 'new-user'] } as const
const spawnType = { type: 'string', enum: ['inviteCode', 'spawnPoint', 'spectate'] } as const

const dataSchema = {
  $id: 'InviteData',
  type: 'object',
  additionalProperties: false,
  required: ['inviteType', 'inviteeId'],
  properties: { inviteType, inviteeId: uuid, targetObjectId: uuid, spawnType, deleteOnUse: { type: 'boolean' } }
} as const
const patchSchema = {
  $id: 'InvitePatch',
  type: 'object',
  additionalProperties: false,
  properties: { spawnType, deleteOnUse: { type: 'boolean' }, status: text, uses: { type: 'integer' } }
} as const
const queryProperties = {
  id: uuid,
  userId: uuid,
  inviteeId: uuid,
  inviteType,
  targetObjectId: uuid,
  status: text,
  createdAt: text
}
const inviteDataValidator = getValidator(dataSchema, dataValidator)
const invitePatchValidator = getValidator(patchSchema, dataValidator)

/** For whom people are looked up: what they may see is resolved there. */
const asViewer = ({ params }: HookContext): StockParams => {
  const user = userOf(params)
  return user ? { user } : {}
}

const inviteResolver = resolve<Invite, HookContext>({
  user: virtual(async (invite, context) => context.app.service('users').get(invite.userId, asViewer(context))),
  invitee: virtual(async (invite, context) =>
    invite.inviteeId === null ? null : context.app.service('users').get(invite.inviteeId, asViewer(context))
  ),
  channelName: virtual(async (invite, context) =>
    invite.inviteType === 'channel' && invite.targetObjectId
      ? (await context.app.service('channels').get(invite.targetObjectId)).name
      : null
  )
})

const hidden = async () => undefined
const inviteExternalResolver = resolve<Invite, HookContext>({
  passcode: async () => null,
  delivery: async (_value, invite, context) =>
    userOf(context.params)?.id === invite.userId
      ? {
          status: invite.deliveryStatus,
          attempts: invite.deliveryAttempts,
          lastAttemptAt: invite.lastAttemptAt
        }
      : null,
  recipient: hidden,
  passcodeHash: hidden,
  makeAdminBy: hidden,
  deadline: hidden,
  recipientKey: hidden,
  slot: hidden,
  deliveryStatus: hidden,
  deliveryAttempts: hidden,
  lastAttemptAt: hidden,
  resentAt: hidden
})

const inviteDataResolver = resolve<Invite, HookContext>({
  id: async () => uuidv7(),
  recipient: async () => 'user',
  userId: async (_value, _invite, context) => userOf(context.params)?.id,
  expiresAt: async () => new Date(Date.now() + 7 * 86_400_000).toISOString()
})
const invitePatchResolver = resolve<Invite, HookContext>({ updatedAt: async () => new Date().toISOString() })

/** An outside caller sees the invites that they sent or received, and changes pending ones that they sent. */
const scoped = async (context: HookContext) => {
  const { query, provider } = context.params
  const user = userOf(context.params)
  if (provider && user) {
    const own =
      context.method === 'patch'
        ? { userId: user.id, status: 'pending' }
        : { $or: [{ userId: user.id }, { inviteeId: user.id }], status: { $nin: ['revoked', 'declined'] } }
    context.params.query = { ...query, ...own }
    if (context.method === 'find') context.params.query['$sort'] ??= { createdAt: -1, id: -1 }
  }
}

export const invites = (app: Application) => {
  app.use(
    'invite',
    new KnexService({
      Model: app.get('postgresqlClient'),
      name: 'invites',
      paginate: { default: 10, max: 100 },
      multi: ['patch']
    }),
    { methods: ['find', 'get', 'create', 'patch', 'remove'] }
  )
  const { around, before } = generatedHooks('Invite', queryProperties, inviteResolver, inviteExternalResolver)
  app.service('invite').hooks({
    around,
    before: {
      ...before,
      find: [scoped],
      patch: [scoped, schemaHooks.validateData(invitePatchValidator), schemaHooks.resolveData(invitePatchResolver)],
      create: [schemaHooks.validateData(inviteDataValidator), schemaHooks.resolveData(inviteDataResolver)]
    }
  })
}
