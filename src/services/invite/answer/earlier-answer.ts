// The answers of acceptances: kept for a user who accepts again, and given again as long as what they got still holds.
import { runOne, run, type Database } from '../../../database/statement.js'
import { notFound, refuse } from '../../../errors.js'
import { blocks } from '../limits/blocks.js'
import { isPending, type Invite, type InviteType } from '../invite.table.js'
import type { Landing } from '../types/landing.js'
import { holdsSql, inviteTypes } from '../types/index.js'

export interface Answer {
  invite: Invite
  landing: Landing
}

/** Whether the user accepted the invite before: then they may see it, even if they are not its invitee. */
export const hasAccepted = async (db: Database, inviteId: string, userId: string): Promise<boolean> =>
  (await runOne(db, 'select 1 from invite_acceptances where "inviteId" = $1 and "userId" = $2', [inviteId, userId])) !==
  undefined

/** Keeps the answer of an acceptance. A user who uses a link once more has one answer, the newest. */
export async function keepAnswer(db: Database, userId: string, answer: Answer): Promise<void> {
  await run(
    db,
    `insert into invite_acceptances ("inviteId", "userId", answer) values ($1, $2, $3)
     on conflict ("inviteId", "userId") do update set answer = excluded.answer, "acceptedAt" = excluded."acceptedAt"`,
    [answer.invite.id, userId, JSON.stringify(answer)]
  )
}

/**
 * For each type: whether the user still holds what such an invite gave, and whether they block the inviter now. `target`
 * is there because Postgres knows no type of a value that a text does not use.
 */
const standingText = (type: InviteType) => `
  select ${holdsSql({ type: `'${type}'`, inviter: '$2::uuid', target: '$3::uuid' }, '$1::uuid', [type])} as held,
    ${blocks('$1::uuid', '$2::uuid')} as hidden, $3::uuid as target`
const standingTexts = Object.fromEntries(
  (Object.keys(inviteTypes) as InviteType[]).map((type) => [type, standingText(type)])
) as Record<InviteType, string>

const isPendingLink = async (db: Database, id: string): Promise<boolean> =>
  (await runOne(db, `select 1 from invites i where i.id = $1 and i.recipient = 'bearer' and ${isPending}`, [id])) !==
  undefined

/**
 * The answer that the user got when they accepted before, as long as they hold what the invite gave them then. If they
 * do not, undefined for who sends the passcode of a link that is still pending, which is used once more, and 409 for any
 * other invite. 404 for a user who blocks the inviter.
 */
export async function earlierAnswer(
  db: Database,
  inviteId: string,
  accepter: string,
  passcode: string | undefined
): Promise<Answer | undefined> {
  const row = await runOne<{ answer: Answer }>(
    db,
    'select answer from invite_acceptances where "inviteId" = $1 and "userId" = $2',
    [inviteId, accepter]
  )
  if (!row) return undefined
  const { invite } = row.answer
  // The invite itself may be gone by now, or have another target.
  const standing = await runOne<{ held: boolean; hidden: boolean }>(db, standingTexts[invite.inviteType], [
    accepter,
    invite.userId,
    invite.targetObjectId
  ])
  if (standing?.hidden) throw notFound()
  if (standing?.held) return row.answer
  if (passcode !== undefined && (await isPendingLink(db, inviteId))) return undefined
  throw refuse('no-longer-holds')
}
