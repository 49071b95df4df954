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
  'requested',
  'superseded',
  'expired',
  // Attempts to send a message that did not succeed, and reports that came later.
  'deferred',
  'rejected',
  'gave-up',
  'suppressed',
  'bounced',
  'complained'
] as const

export type HistoryAction = (typeof historyActions)[number]

export const historySchema = Type.Object(
  {
    action: oneOf(historyActions),
    userId: nullable(uuid('The user who did it; null if no user was signed in, or if the service did it.')),
    keys: Type.Array(Type.String(), { description: 'The keys that a patch set.' }),
    answer: nullable(Type.String({ description: 'The answer of the provider that was given a message; else null.' })),
    createdAt: time()
  },
  { ...closed, $id: 'InviteHistory', description: 'One action on an invite.' }
)
export type HistoryEntry = Static<typeof historySchema>

export async function record(
  db: Database,
  inviteId: string,
  action: HistoryAction,
  userId: string | null,
  answer: string | null = null
): Promise<void> {
  await run(db, 'insert into invite_history ("inviteId", "userId", action, answer) values ($1, $2, $3, $4)', [
    inviteId,
    userId,
    action,
    answer
  ])
}

/** Oldest first, at most a thousand. */
export const historyOf = (db: Database, inviteId: string) =>
  run<HistoryEntry & object>(
    db,
    `select action, "userId", keys, answer, "createdAt" from invite_history where "inviteId" = $1 order by id limit 1000`,
    [inviteId]
  )
