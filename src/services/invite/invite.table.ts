// The fields of an invite, in the order of the reply: the documented ones, then the additions. Nothing else lists them.
import { Type } from '@sinclair/typebox'
import {
  beside,
  computed,
  field,
  hidden,
  type Besides,
  type Changes,
  type Data,
  type Fixed,
  type Row,
  type View
} from '../../schema/fields.js'
import { closed, nullable } from '../../schema/formats.js'
import { address, alsoCalled, count, flag, id, json, locale, moment, orNull, word } from '../../schema/kinds.js'
import { table } from '../../schema/table.js'
import { userSchema, type Person } from '../user/user.table.js'
import { deliveryReasons, deliverySchema, deliveryStatuses } from './delivery.schema.js'

/** Each type has a file in types/. */
export const inviteTypeNames = ['friend', 'channel', 'location', 'instance', 'new-user'] as const
export type InviteType = (typeof inviteTypeNames)[number]

export const statuses = ['pending', 'accepted', 'declined', 'revoked', 'expired'] as const

export const spawnTypes = ['inviteCode', 'spawnPoint', 'spectate'] as const
export const media = ['email', 'sms'] as const
const recipients = ['address', 'user', 'bearer'] as const

export const spawnDetailsSchema = Type.Object(
  {
    inviteCode: Type.Optional(Type.Unknown()),
    spawnPoint: Type.Optional(Type.Unknown()),
    spectate: Type.Optional(Type.Unknown())
  },
  { additionalProperties: true, description: 'How and where the accepter arrives: a JSON object of at most 16 KB.' }
)

/** SQL of the states of an invite, of the table `i`. The clock decides whether one that has not ended has expired. */
export const notEnded = `i.status in ('pending', 'expired')`
export const isPending = `${notEnded} and i.deadline > clock_timestamp()`
export const isExpired = `${notEnded} and i.deadline <= clock_timestamp()`
/** False before the startTime of a timed invite. */
export const isOpen = `not (i.timed and coalesce(i."startTime" > clock_timestamp(), false))`

/** SQL of `status` as readers see it: of the row `of`, by a reading of the clock. */
const effectiveStatus = (of: string, clock = 'clock_timestamp()') => `
  (case when ${of}.status not in ('pending', 'expired') then ${of}.status
    when ${of}.deadline <= ${clock} then 'expired' else 'pending' end)`

const maxUses = 1_000_000

const fields = {
  id: field(id(), 'server'),
  recipient: hidden(word(recipients)),
  token: field(
    alsoCalled(
      orNull(address('The recipient’s address: e-mail or phone. Never a credential.')),
      'email',
      'mail',
      'phone',
      'recipient'
    ),
    'creator'
  ),
  identityProviderType: field(orNull(word(media, 'The medium of the address in `token`.')), 'creator'),
  passcode: computed(
    nullable(
      Type.String({ description: 'The passcode of a bearer link, in the replies of create and resend; else null.' })
    )
  ),
  targetObjectId: field(
    alsoCalled(orNull(id('The channel, location or instance.')), 'target', 'channelId', 'locationId', 'instanceId'),
    'editor'
  ),
  deleteOnUse: field(flag('The acceptance that uses the invite up removes it.'), 'editor', { initially: false }),
  makeAdmin: field(flag('Acceptance grants admin:admin.'), 'editor', { initially: false }),
  makeAdminBy: hidden(orNull(id())),
  spawnType: field(orNull(word(spawnTypes)), 'editor'),
  spawnDetails: field(json(spawnDetailsSchema), 'editor', { initially: {} }),
  timed: field(flag('startTime and endTime are enforced.'), 'editor', { initially: false }),
  userId: field(id('The inviter.'), 'server', { fixed: true }),
  inviteeId: field(orNull(id()), 'creator'),
  inviteType: field(alsoCalled(word(inviteTypeNames), 'type'), 'editor', { required: true }),
  user: computed(userSchema),
  invitee: computed(nullable(userSchema)),
  channelName: computed(nullable(Type.String())),
  startTime: field(orNull(moment()), 'editor'),
  endTime: field(orNull(moment()), 'editor'),
  createdAt: field(moment(), 'server'),
  updatedAt: field(moment(), 'server'),
  status: field(word(statuses), 'server', { fixed: true, sql: effectiveStatus }),
  maxUses: field(count(1, maxUses), 'editor', { initially: 1 }),
  uses: field(count(0, maxUses), 'server'),
  expiresAt: field(alsoCalled(orNull(moment('The end of an untimed invite, within 30 days.')), 'expires'), 'editor'),
  link: computed(nullable(Type.String({ description: 'The whole link, wherever `passcode` is; else null.' }))),
  locale: field(orNull(locale('The language of its message and page; null: the inviter’s.')), 'editor'),
  delivery: computed(nullable(deliverySchema)),
  deliveryStatus: hidden(word(deliveryStatuses)),
  deliveryReason: hidden(orNull(word(deliveryReasons))),
  deliveryAttempts: hidden(count(0, 99)),
  lastAttemptAt: hidden(orNull(moment())),
  resentAt: hidden(orNull(moment()))
}
export const invites = table(fields)

/** The fields that decide when an invite opens and ends. */
export const timeKeys: readonly string[] = [
  'timed',
  'startTime',
  'endTime',
  'expiresAt'
] satisfies (keyof typeof fields)[]

/** The fields that an error about an invite that is not pending, or not open yet, carries. */
export const stateKeys = ['status', 'startTime', 'endTime'] as const satisfies (keyof typeof fields)[]

/** The first keys of a preview: fields of the invite, and between them the names of its inviter and its target. */
export const previewKeys = [
  'id',
  'inviteType',
  'inviterName',
  'targetName',
  'startTime',
  'endTime',
  'expiresAt'
] as const satisfies (keyof typeof fields | 'inviterName' | 'targetName')[]

/** The columns that only SQL reads: no row that leaves the database has them. */
export const innerColumns = ['passcodeHash', 'deadline', 'recipientKey', 'slot', 'requestedAt'] as const

/** An invite as the database knows it, unmasked. `status` is the effective one. */
export type InviteRow = Row<typeof fields>
/** An invite as its reader sees it. */
export type Invite = View<typeof fields>
/** The body that makes an invite. */
export type InviteData = Data<typeof fields>
/** The fields that a patch sets. */
export type InviteChanges = Changes<typeof fields>
/** The fields that a patch may only repeat. */
export type InviteFixed = Fixed<typeof fields>
export type InviteKey = keyof Invite
export const inviteKeys: InviteKey[] = invites.shown

/** The references of a row, and the passcode of a new link. */
export const references = {
  user: beside<Person>(),
  invitee: beside<Person | null>(),
  channelName: beside<string | null>(),
  /** The account, if any, whose verified address is `token`. No client sees its id, but it receives the events. */
  addresseeId: beside<string | null>(),
  /** The passcode of a bearer link that was just made or sent again. The service shows it once. */
  passcode: beside<string | null>()
}
export type PopulatedInvite = InviteRow & Besides<typeof references>

export const inviteSchema = Type.Object(invites.schema.properties, {
  ...closed,
  $id: 'Invite',
  description: 'An invite, as its reader may see it.'
})
export const inviteDataSchema = Type.Object(invites.dataSchema.properties, {
  ...closed,
  $id: 'InviteData',
  description: 'A new invite.'
})
export const invitePatchSchema = Type.Object(invites.patchSchema.properties, {
  ...closed,
  $id: 'InvitePatch',
  description: 'The fields to change.'
})

export const mostInvitesPerCall = 100
