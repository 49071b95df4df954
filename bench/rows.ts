// The reply's rows, for the servers that write their SQL by hand: one flat row an invite, people and channel joined in.
import pg from 'pg'
import { timeFromText } from '../src/database/connection.js'

const timestamptz = 1184

/** Times as the service reads them: RFC 3339 without a Date between. */
export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === timestamptz ? timeFromText : pg.types.getTypeParser(oid, format)
}

const person = (alias: string) => `
  ${alias}.id as "${alias}Id", ${alias}.name as "${alias}Name", ${alias}."ageVerified" as "${alias}AgeVerified",
  ${alias}."isGuest" as "${alias}IsGuest", ${alias}."inviteCode" as "${alias}InviteCode",
  ${alias}."createdAt" as "${alias}CreatedAt", ${alias}."updatedAt" as "${alias}UpdatedAt"`

/**
 * Selects what `inviteOf` reads, from rows of invites named `source`. `$1` is the caller: only their own login is
 * loaded, for nobody else's is shown.
 */
export const populated = (source: string, more = '') => `
  select i.id, i.token, i."identityProviderType", i."targetObjectId", i."deleteOnUse", i."makeAdmin", i."spawnType",
    i."spawnDetails", i.timed, i."userId", i."inviteeId", i."inviteType", i."startTime", i."endTime", i."createdAt",
    i."updatedAt", i."maxUses", i.uses, i."expiresAt", i."deliveryStatus", i."deliveryAttempts", i."lastAttemptAt",
    case when i.status in ('pending', 'expired')
      then case when i.deadline <= clock_timestamp() then 'expired' else 'pending' end else i.status end as status,
    ${person('u')}, ${person('v')}, c.name as "channelName",
    l.id as "loginId", l."userAgent", l."ipAddress", l."identityProviderId", l."createdAt" as "loginAt"${more}
  from ${source} i
  join users u on u.id = i."userId"
  left join users v on v.id = i."inviteeId"
  left join channels c on i."inviteType" = 'channel' and c.id = i."targetObjectId"
  left join (
    select * from user_logins where "userId" = $1 order by "createdAt" desc, id desc limit 1
  ) l on true`

type Text = string | null
type Scalars = Record<
  'id' | 'userId' | 'inviteType' | 'createdAt' | 'updatedAt' | 'status' | 'uId' | 'uName' | 'deliveryStatus',
  string
> &
  Record<'token' | 'identityProviderType' | 'targetObjectId' | 'spawnType' | 'inviteeId' | 'channelName', Text> &
  Record<'startTime' | 'endTime' | 'expiresAt' | 'lastAttemptAt' | 'vId' | 'vName' | 'loginId' | 'loginAt', Text> &
  Record<'userAgent' | 'ipAddress' | 'identityProviderId' | 'uInviteCode' | 'vInviteCode', Text> &
  Record<'uCreatedAt' | 'uUpdatedAt' | 'vCreatedAt' | 'vUpdatedAt', Text> &
  Record<'deleteOnUse' | 'makeAdmin' | 'timed' | 'uAgeVerified' | 'uIsGuest', boolean> &
  Record<'vAgeVerified' | 'vIsGuest', boolean | null> &
  Record<'maxUses' | 'uses' | 'deliveryAttempts', number>
export type FlatInvite = Scalars & { spawnDetails: object; total?: string }

const loginOf = (row: FlatInvite, caller: string) =>
  row.loginId === null
    ? null
    : {
        id: row.loginId,
        userAgent: row.userAgent,
        ipAddress: row.ipAddress,
        userId: caller,
        identityProviderId: row.identityProviderId,
        createdAt: row.loginAt
      }

// Written out twice: keys put together at run time would cost more than everything else here.
const inviter = (row: FlatInvite, caller: string) => ({
  id: row.uId,
  name: row.uName,
  ageVerified: row.uAgeVerified,
  isGuest: row.uIsGuest,
  inviteCode: row.uId === caller ? row.uInviteCode : null,
  lastLogin: row.uId === caller ? loginOf(row, caller) : null,
  createdAt: row.uCreatedAt,
  updatedAt: row.uUpdatedAt
})

const invitee = (row: FlatInvite, caller: string) => ({
  id: row.vId,
  name: row.vName,
  ageVerified: row.vAgeVerified,
  isGuest: row.vIsGuest,
  inviteCode: row.vId === caller ? row.vInviteCode : null,
  lastLogin: row.vId === caller ? loginOf(row, caller) : null,
  createdAt: row.vCreatedAt,
  updatedAt: row.vUpdatedAt
})

/** Every key, in the documented order. */
export const inviteOf = (row: FlatInvite, caller: string) => ({
  id: row.id,
  token: row.token,
  identityProviderType: row.identityProviderType,
  passcode: null,
  targetObjectId: row.targetObjectId,
  deleteOnUse: row.deleteOnUse,
  makeAdmin: row.makeAdmin,
  spawnType: row.spawnType,
  spawnDetails: row.spawnDetails,
  timed: row.timed,
  userId: row.userId,
  inviteeId: row.inviteeId,
  inviteType: row.inviteType,
  user: inviter(row, caller),
  invitee: row.vId === null ? null : invitee(row, caller),
  channelName: row.channelName,
  startTime: row.startTime,
  endTime: row.endTime,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  status: row.status,
  maxUses: row.maxUses,
  uses: row.uses,
  expiresAt: row.expiresAt,
  delivery:
    row.userId === caller
      ? { status: row.deliveryStatus, attempts: row.deliveryAttempts, lastAttemptAt: row.lastAttemptAt }
      : null
})
