// The form of a preview. It stands alone, so that the page of an invited person knows it without the service behind it.
import { Type, type Static } from '@sinclair/typebox'
import { closed, nullable, oneOf, time } from '../../../schema/formats.js'
import { inviteSchema, media, previewKeys } from '../invite.table.js'

/** How a signed-in caller stands to an invite whose passcode they hold: an `invitee` may accept by it. */
export const standings = ['invitee', 'other', 'inviter'] as const

const described = (description: string) => ({ description })

/** The part that fields of the invite are, and names. */
const ofInvite = Type.Pick(
  Type.Object({ ...inviteSchema.properties, inviterName: Type.String(), targetName: nullable(Type.String()) }),
  previewKeys
)

export const previewSchema = Type.Object(
  {
    ...ofInvite.properties,
    recipient: oneOf(['user', ...media, 'bearer'], 'The kind of its recipient; bearer: anybody who has the link.'),
    recipientHint: nullable(Type.String(described('The masked address, like i•••@e•••.com; null without one.'))),
    canDecline: Type.Boolean(described('A mailed invite can be declined by its passcode, a link cannot.')),
    open: Type.Boolean(described('The window of a timed invite has begun, by the service’s clock.')),
    now: time('The service’s clock.'),
    registration: Type.Boolean(described('A new account can accept by this passcode.')),
    you: nullable(
      oneOf(standings, 'The signed-in caller; `invitee`: may accept by this passcode. Null without a good token.')
    )
  },
  { ...closed, $id: 'InvitePreview', description: 'The part of an invite that the holder of its passcode sees.' }
)
export type Preview = Static<typeof previewSchema>

/** The first keys of a preview. */
export type OfInvite = Static<typeof ofInvite>
