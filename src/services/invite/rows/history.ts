// The history of an invite: each action, its time and its user. Rows are added and never changed, and hold no secret.
import { run, type Database } from '../../../database/statement.js'
import { nullable, oneOf, time, uuid, closed } from '../../../schema/formats.js'
import { Type, type Static } from '@sinclair/typebox'

export const historyActions = [
  'created',
  'delivered',
  'previewed',
  'patched',
  'accepted',
  'declined',
  'revoked',
  'resent',
  'superseded',
  'expired'
] as const

export const historySchema = Type.Object(
  {
    action: oneOf(historyActions),
    userId: nullable(uuid('The user who did it; null if no user was signed in, or if the service did it.')),
    keys: Type.Array(Type.String(), { description: 'The keys that a patch set.' }),
    createdAt: time()
  },
  { ...closed, $id: 'InviteHistory', description: 'One action on an invite.' }
)
export type HistoryEntry = Static<typeof historySchema>

export async function record(
  db: Database,
  inviteId: string,
  action: (typeof historyActions)[number],
  userId: string | null
): Promise<void> {
  await run(db, 'insert into invite_history ("inviteId", "userId", action) values ($1, $2, $3)', [
    inviteId,
    userId,
    action
  ])
}

/** Oldest first, at most a thousand. */
export const historyOf = (db: Database, inviteId: string) =>
  run<HistoryEntry & object>(
    db,
    `select action, "userId", keys, "createdAt" from invite_history where "inviteId" = $1 order by id limit 1000`,
    [inviteId]
  )
