// What an invite is in the database, and what of it a viewer sees.
import { isAdmin, type Caller } from '../../callers/caller.js'
import type { User } from '../user/user.schema.js'
import { viewUser, type Person } from '../user/user.resolvers.js'
import { inviteKeys, type Invite, type InviteStatus, type InviteType } from './invite.schema.js'

/** An invite as the database knows it, unmasked. */
export interface InviteRow {
  id: string
  recipient: 'address' | 'user' | 'bearer'
  token: string | null
  identityProviderType: 'email' | 'sms' | null
  targetObjectId: string | null
  deleteOnUse: boolean
  makeAdmin: boolean
  makeAdminBy: string | null
  spawnType: Invite['spawnType']
  spawnDetails: Invite['spawnDetails']
  timed: boolean
  userId: string
  inviteeId: string | null
  inviteType: InviteType
  startTime: string | null
  endTime: string | null
  createdAt: string
  updatedAt: string
  /** By the database's clock: an open invite past its deadline is expired, whatever is stored. */
  status: InviteStatus
  maxUses: number
  uses: number
  expiresAt: string | null
  deliveryStatus: 'none' | 'queued' | 'sent' | 'failed'
  deliveryAttempts: number
  lastAttemptAt: string | null
  resentAt: string | null
}

/** An invite with the people and the name it refers to. */
export interface PopulatedInvite extends InviteRow {
  user: Person
  invitee: Person | null
  channelName: string | null
  /** The account, if any, whose verified address is `token`: told to nobody, but it receives the events. */
  addresseeId: string | null
}

/** `status` as readers see it, of the table `i`. */
export const effectiveStatus = `
  case when i.status in ('pending', 'expired')
    then case when i.deadline <= clock_timestamp() then 'expired' else 'pending' end
    else i.status
  end`

const columnNames = [
  'id',
  'recipient',
  'token',
  'identityProviderType',
  'targetObjectId',
  'deleteOnUse',
  'makeAdmin',
  'makeAdminBy',
  'spawnType',
  'spawnDetails',
  'timed',
  'userId',
  'inviteeId',
  'inviteType',
  'startTime',
  'endTime',
  'createdAt',
  'updatedAt',
  'status',
  'maxUses',
  'uses',
  'expiresAt',
  'deliveryStatus',
  'deliveryAttempts',
  'lastAttemptAt',
  'resentAt'
] as const satisfies (keyof InviteRow)[]

export const columnCount = columnNames.length

/** An InviteRow as the list of its values, in the order of its columns. */
export type InviteValues = ValuesOf<typeof columnNames>
type ValuesOf<Names extends readonly (keyof InviteRow)[]> = { -readonly [I in keyof Names]: InviteRow[Names[I]] }

export const valuesOf = (row: InviteRow) => columnNames.map((name) => row[name]) as InviteValues

/** The columns of an InviteRow, of the table `i`. */
export const inviteColumns = columnNames
  .map((name) => (name === 'status' ? `${effectiveStatus} as status` : `i."${name}"`))
  .join(', ')

/** The same columns, of `c`, a CTE that has selected them. */
export const selectedColumns = columnNames.map((name) => `c."${name}"`).join(', ')

/** The inviter and administrators see how delivery goes. */
const seesDelivery = (viewer: Caller | undefined, invite: InviteRow) => viewer?.id === invite.userId || isAdmin(viewer)

/** Shows people to one viewer; those who stand in many rows are shaped once. */
function peopleFor(viewer: Caller | undefined): (person: Person) => User {
  const shown = new Map<Person, User>()
  return (person) => {
    const known = shown.get(person) ?? viewUser(person, viewer)
    shown.set(person, known)
    return known
  }
}

/** Shows invites to one viewer. */
export function viewInvites(invites: PopulatedInvite[], viewer: Caller | undefined): Invite[] {
  const show = peopleFor(viewer)
  return invites.map((invite) => viewInvite(invite, viewer, null, show))
}

/** An invite as `viewer` sees it: every key, in the documented order; what is unset or hidden is null. */
export function viewInvite(
  invite: PopulatedInvite,
  viewer: Caller | undefined,
  passcode: string | null = null,
  show: (person: Person) => User = peopleFor(viewer)
): Invite {
  return {
    id: invite.id,
    token: invite.token,
    identityProviderType: invite.identityProviderType,
    passcode,
    targetObjectId: invite.targetObjectId,
    deleteOnUse: invite.deleteOnUse,
    makeAdmin: invite.makeAdmin,
    spawnType: invite.spawnType,
    spawnDetails: invite.spawnDetails,
    timed: invite.timed,
    userId: invite.userId,
    inviteeId: invite.inviteeId,
    inviteType: invite.inviteType,
    user: show(invite.user),
    invitee: invite.invitee && show(invite.invitee),
    channelName: invite.channelName,
    startTime: invite.startTime,
    endTime: invite.endTime,
    createdAt: invite.createdAt,
    updatedAt: invite.updatedAt,
    status: invite.status,
    maxUses: invite.maxUses,
    uses: invite.uses,
    expiresAt: invite.expiresAt,
    delivery: seesDelivery(viewer, invite)
      ? {
          status: invite.deliveryStatus,
          attempts: invite.deliveryAttempts,
          lastAttemptAt: invite.lastAttemptAt
        }
      : null
  }
}

/** Only the keys that a read asked for, in the documented order. */
export function selectKeys(invite: Invite, select: string[] | undefined): Partial<Invite> {
  if (!select) return invite
  return Object.fromEntries(inviteKeys.filter((key) => select.includes(key)).map((key) => [key, invite[key]]))
}
