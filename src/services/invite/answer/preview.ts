// The preview of an invite, for a client that holds its passcode.
import { Type, type Static } from '@sinclair/typebox'
import type { Caller } from '../../../callers/caller.js'
import type { Database } from '../../../database/statement.js'
import { closed, nullable, oneOf, time } from '../../../schema/formats.js'
import { record } from '../rows/history.js'
import { inviteTypes } from '../types/index.js'
import { inviteSchema, previewKeys, shownRecipients, type InviteRow } from '../invite.table.js'
import { heldInvite } from './held-invite.js'
import { recipientHint } from './recipient-hint.js'
import { standingOf, standings } from './require-invitee.js'
import { notPending } from './state-errors.js'

const described = (description: string) => ({ description })

export const previewSchema = Type.Pick(
  Type.Object({
    ...inviteSchema.properties,
    inviterName: Type.String(),
    targetName: nullable(Type.String()),
    recipient: oneOf(shownRecipients, 'The kind of its recipient: a medium, a user, or anybody who has the link.'),
    recipientHint: nullable(Type.String(described('The masked address, like i•••@e•••.com; null without one.'))),
    canDecline: Type.Boolean(described('A mailed invite can be declined by its passcode, a link cannot.')),
    open: Type.Boolean(described('The window of a timed invite has begun, by the service’s clock.')),
    now: time('The service’s clock.'),
    registration: Type.Boolean(described('A new account can accept by this passcode.')),
    you: nullable(
      oneOf(standings, 'The signed-in caller; `invitee`: may accept by this passcode. Null without a good token.')
    )
  }),
  previewKeys,
  { ...closed, $id: 'InvitePreview', description: 'The part of an invite that the holder of its passcode sees.' }
)
export type Preview = Static<typeof previewSchema>

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
  const all = {
    ...row,
    targetName,
    recipient: shownRecipient(row),
    recipientHint: recipientHint(row),
    canDecline: !isLink,
    // An address that an account has verified belongs to it: its owner signs in to accept.
    registration: isLink || (row.recipient === 'address' && !row.hasAccount),
    you: caller ? standingOf(caller, row) : null
  }
  const preview = Object.fromEntries(previewKeys.map((key) => [key, all[key]])) as Preview
  return { preview, locale: row.locale }
}
