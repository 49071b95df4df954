// The preview of an invite, for a client that holds its passcode.
import type { Caller } from '../../../callers/caller.js'
import type { Database } from '../../../database/statement.js'
import { record } from '../rows/history.js'
import { inviteTypes } from '../types/index.js'
import { previewKeys, type InviteRow } from '../invite.table.js'
import { heldInvite } from './held-invite.js'
import { recipientHint } from './recipient-hint.js'
import type { OfInvite, Preview } from './preview.schema.js'
import { standingOf } from './require-invitee.js'
import { notPending } from './state-errors.js'

const shownRecipient = ({ recipient, identityProviderType }: InviteRow) =>
  recipient === 'address' ? (identityProviderType ?? 'email') : recipient

/**
 * The passcode has been checked by requirePasscode. 409/410 when the invite is not pending. The invite stays as it is.
 * `locale` is the language that its inviter chose for it.
 */
export async function previewInvite(
  db: Database,
  id: string,
  passcode: string,
  caller: Caller | undefined
): Promise<{ preview: Preview; locale: string | null }> {
  const row = await heldInvite(db, id, passcode, caller)
  const stateError = notPending(row)
  if (stateError) throw stateError
  const targetName = await inviteTypes[row.inviteType].targetName(db, row)
  await record(db, id, 'previewed', caller?.id ?? null)
  const isLink = row.recipient === 'bearer'
  const all = { ...row, targetName }
  const preview: Preview = {
    ...(Object.fromEntries(previewKeys.map((key) => [key, all[key]])) as OfInvite),
    recipient: shownRecipient(row),
    recipientHint: recipientHint(row),
    canDecline: !isLink,
    open: row.open,
    now: row.now,
    // An address that an account has verified belongs to it: its owner signs in to accept.
    registration: isLink || (row.recipient === 'address' && !row.hasAccount),
    you: caller ? standingOf(caller, row) : null
  }
  return { preview, locale: row.locale }
}
