// The quotas on the invites of one inviter and on the messages to one recipient. The statement that adds rows counts
// them, in functions of the database that calls pass one after the other: see the migration `retention`.
import { runOne, type Database } from '../../../database/statement.js'
import { tooManyRequests, type FeathersError, type Limit } from '../../../errors.js'
import { day, hour, scaled, type Quota } from '../../../limits/quotas.js'

const invitesPerInviter: Quota = { name: 'invitesPerInviter', reason: 'quota-inviter', points: 200, seconds: hour }
const messagesPerRecipient: Quota = {
  name: 'messagesPerRecipient',
  reason: 'quota-recipient',
  points: 10,
  seconds: day
}
export const resendsPerInvite: Quota = { name: 'resendsPerInvite', reason: 'quota-resends', points: 5, seconds: day }
/** RATE_LIMIT_FACTOR does not change it. */
export const resendSpacing: Limit = { name: 'resendSpacing', points: 1, seconds: 60 }
/** Between two requests for a new invite in the place of an expired one. RATE_LIMIT_FACTOR does not change it. */
export const requestSpacing: Limit = { name: 'requestSpacing', points: 1, seconds: day }

/** Changes of rows by patches: each is in the history. Counted after the reply, so that a patch needs no statement more. */
export const changesPerCaller: Quota = {
  name: 'changesPerCaller',
  reason: 'quota-changes',
  points: 100_000,
  seconds: hour,
  inMemory: true
}

/** The quotas, scaled by RATE_LIMIT_FACTOR. */
export const allowances = (rateLimitFactor: number) => ({
  invites: scaled(invitesPerInviter.points, rateLimitFactor),
  messages: scaled(messagesPerRecipient.points, rateLimitFactor),
  resends: scaled(resendsPerInvite.points, rateLimitFactor)
})

/** The kind of an invite's messages in the outbox: only these count here, and in the function `messages_in_turn`. */
export const inviteKind = 'invite'

const recent = (table: string, key: string, window: string) => (value: string) =>
  `from ${table} where ${key} = ${value} and "createdAt" > clock_timestamp() - interval '${window}'`

const invitesBy = recent('invites', '"userId"', '1 hour')
const messagesTo = recent('outbox', `kind = '${inviteKind}' and recipient`, '1 day')

/**
 * SQL: how many invites a user made within the hour, counted no further than `most`. Until the transaction ends, other
 * calls that count the same wait. Arguments are expressions.
 */
export const invitesInTurn = (user: string, most: string) => `invites_in_turn(${user}, ${most})`

/** SQL: the same for the messages of a day, over all inviters: JSON with a number for each of the addresses. */
export const messagesInTurn = (recipients: string, most: string) => `messages_in_turn(${recipients}, ${most})`

async function quotaError(
  db: Database,
  rows: string,
  value: string,
  { reason, name, seconds }: Quota,
  points: number
): Promise<FeathersError> {
  const oldest = await runOne<{ wait: number | null }>(
    db,
    `select extract(epoch from (min("createdAt") - clock_timestamp()))::float8 + $2 as wait ${rows}`,
    [value, seconds]
  )
  return tooManyRequests(reason, { name, points, seconds }, oldest?.wait ?? 1)
}

/** 429 until the oldest invite of the hour is out of it. */
export const inviterError = (db: Database, userId: string, rateLimitFactor: number) =>
  quotaError(db, invitesBy('$1::uuid'), userId, invitesPerInviter, allowances(rateLimitFactor).invites)

/** 429 until the oldest message of the day is out of it. The error does not tell which users sent the messages. */
export const recipientError = (db: Database, address: string, rateLimitFactor: number) =>
  quotaError(db, messagesTo('$1'), address, messagesPerRecipient, allowances(rateLimitFactor).messages)
