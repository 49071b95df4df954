// The preview of an invite, for a client that holds its passcode.
import { Type, type Static } from '@sinclair/typebox'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import { closed, nullable } from '../../../schema/formats.js'
import { record } from '../rows/history.js'
import { inviteTypes } from '../types/index.js'
import { inviteSchema, previewKeys, type InviteRow } from '../invite.table.js'
import { inviteColumns } from '../rows/populate.js'
import { blocks, recipientBlocks } from '../limits/blocks.js'
import { isPasscode } from '../limits/passcode.js'
import { notPending } from './state-errors.js'

export const previewSchema = Type.Pick(
  Type.Object({ ...inviteSchema.properties, inviterName: Type.String(), targetName: nullable(Type.String()) }),
  previewKeys,
  { ...closed, $id: 'InvitePreview', description: 'The part of an invite that the holder of its passcode sees.' }
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
     from invites i join users u on u.id = i."userId" where i.id = $1
       and not ${recipientBlocks} and not ${blocks('$2::uuid', 'i."userId"')}`,
    [id, callerId]
  )
  if (!row || !isPasscode(passcode, row.passcodeHash)) throw notFound()
  const stateError = notPending(row)
  if (stateError) throw stateError
  const targetName = await inviteTypes[row.inviteType].targetName(db, row)
  await record(db, id, 'previewed', callerId)
  const all = { ...row, targetName }
  return Object.fromEntries(previewKeys.map((key) => [key, all[key]])) as Preview
}
