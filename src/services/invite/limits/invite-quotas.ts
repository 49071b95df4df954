// The quotas on the invites of one inviter and on the messages to one recipient. The statement that adds rows counts
// them.
import { runOne, type Database } from '../../../database/statement.js'
import { tooManyRequests, type FeathersError, type Reason } from '../../../errors.js'

const invitesPerHour = 200
const messagesPerDay = 10

/** The quotas, scaled by RATE_LIMIT_FACTOR. */
export const allowances = (rateLimitFactor: number) => ({
  invites: Math.max(1, Math.floor(invitesPerHour * rateLimitFactor)),
  messages: Math.max(1, Math.floor(messagesPerDay * rateLimitFactor))
})

/** The kind of an invite's messages in the outbox: only these count here. */
export const inviteKind = 'invite'

const recent = (table: string, key: string, window: string) => (value: string) =>
  `from ${table} where ${key} = ${value} and "createdAt" > clock_timestamp() - interval '${window}'`

const invitesBy = recent('invites', '"userId"', '1 hour')
const messagesTo = recent('outbox', `kind = '${inviteKind}' and recipient`, '1 day')

/** SQL: how many invites a user made within the hour, counted no further than `limit`. Arguments are expressions. */
export const invitesMade = (user: string, limit: string) =>
  `(select count(*) from (select 1 ${invitesBy(user)} limit ${limit}) counted)`

/** SQL: how many messages, over all inviters, were queued for an address within the day. */
export const messagesSent = (recipient: string, limit: string) =>
  `(select count(*) from (select 1 ${messagesTo(recipient)} limit ${limit}) counted)`

async function quotaError(
  db: Database,
  rows: string,
  value: string,
  seconds: number,
  reason: Reason
): Promise<FeathersError> {
  const oldest = await runOne<{ wait: number | null }>(
    db,
    `select extract(epoch from (min("createdAt") - clock_timestamp()))::float8 + $2 as wait ${rows}`,
    [value, seconds]
  )
  return tooManyRequests(reason, oldest?.wait ?? 1)
}

/** 429 until the oldest invite of the hour is out of it. */
export const inviterError = (db: Database, userId: string) =>
  quotaError(db, invitesBy('$1::uuid'), userId, 3600, 'quota-inviter')

/** 429 until the oldest message of the day is out of it. The error does not tell which users sent the messages. */
export const recipientError = (db: Database, address: string) =>
  quotaError(db, messagesTo('$1'), address, 86_400, 'quota-recipient')
