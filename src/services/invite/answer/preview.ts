// The preview of an invite, for a client that holds its passcode.
import { Type, type Static } from '@sinclair/typebox'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import { closed, nullable, oneOf, time, uuid } from '../../../schema/formats.js'
import { record } from '../rows/history.js'
import { inviteTypes } from '../types/index.js'
import { type InviteRow, inviteTypeNames } from '../invite.table.js'
import { inviteColumns } from '../rows/populate.js'
import { isPasscode } from '../limits/passcode.js'
import { notPending } from './state-errors.js'

export const previewSchema = Type.Object(
  {
    id: uuid(),
    inviteType: oneOf(inviteTypeNames),
    inviterName: Type.String(),
    targetName: nullable(Type.String()),
    startTime: nullable(time()),
    endTime: nullable(time()),
    expiresAt: nullable(time())
  },
  { ...closed, $id: 'InvitePreview', description: 'What a link is about.' }
)
export type Preview = Static<typeof previewSchema>

/** The passcode has been checked by requirePasscode. 409/410 when the invite is not pending. The invite stays as it is. */
export async function previewInvite(
  db: Database,
  id: string,
  passcode: string,
  callerId: string | null
): Promise<Preview> {
  const row = await runOne<InviteRow & { inviterName: string; passcodeHash: Buffer | null }>(
    db,
    `select ${inviteColumns}, i."passcodeHash", u.name as "inviterName"
     from invites i join users u on u.id = i."userId" where i.id = $1`,
    [id]
  )
  if (!row || !isPasscode(passcode, row.passcodeHash)) throw notFound()
  const stateError = notPending(row)
  if (stateError) throw stateError
  const targetName = await inviteTypes[row.inviteType].targetName(db, row)
  await record(db, id, 'previewed', callerId)
  const { inviteType, inviterName, startTime, endTime, expiresAt } = row
  return { id, inviteType, inviterName, targetName, startTime, endTime, expiresAt }
}
