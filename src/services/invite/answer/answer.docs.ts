// The descriptions of the services of one invite: accept, decline, resend, preview, request, QR code and history.
import { Type } from '@sinclair/typebox'
import { named } from '../../../openapi/components.js'
import type { ServiceDocs } from '../../../openapi/service-docs.js'
import { closed } from '../../../schema/formats.js'
import { inviteSchema } from '../invite.table.js'
import { landingSchema } from '../types/landing.js'
import { historySchema } from '../rows/history.js'
import { previewSchema } from './preview.schema.js'
import { acceptDataSchema } from './accept.class.js'
import { declineDataSchema } from './decline.class.js'
import { passcodeDataSchema } from './passcode-params.js'
import { qrCodeSchema } from './qr-code.class.js'
import { requestSchema } from './request.class.js'
import { resendDataSchema } from './resend.class.js'

/** Has the form of a passcode, and is none. */
const passcode = 'the-passcode-of-a-link'

const inviteAnswer = { description: 'The invite.', schema: inviteSchema }

const acceptance = { invite: inviteSchema, landing: landingSchema }
const acceptanceSchema = Type.Object(acceptance, {
  ...closed,
  $id: 'Acceptance',
  description: 'The invite, and where the accepter goes.'
})
const registrationSchema = Type.Object(
  { ...acceptance, accessToken: Type.Union([Type.String(), Type.Null()]) },
  {
    ...closed,
    $id: 'AcceptanceWithAccount',
    description:
      'The invite, where the accepter goes, and the access token of the new account. The token is null when a call with ' +
      'the same Idempotency-Key is repeated.'
  }
)

export const acceptDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'acceptInvite',
      summary: 'Accept an invite, signed in or with a new account',
      description:
        'A signed-in caller must be the invitee or send the passcode of the link. A person without an account sends ' +
        '`passcode` and `register`, and gets an account. A signed-in user who accepts again gets the same answer as long as what the invite gave ' +
        'still holds; after that, a link that is pending is used once more, and any other invite answers 409. A user who ' +
        'is in already by another way spends no use of a link.',
      takesIdempotencyKey: true,
      body: named('AcceptData', acceptDataSchema),
      examples: {
        user: { summary: 'Signed in, as the invitee', value: {} },
        link: { summary: 'Signed in, with the link', value: { passcode } },
        newcomer: {
          summary: 'With a new account',
          value: { passcode, register: { name: 'Grace', email: 'grace@example.com', password: 'a long password' } }
        }
      },
      answers: {
        200: { description: 'The caller has accepted.', schema: acceptanceSchema },
        201: { description: 'The person has an account now, and has accepted.', schema: registrationSchema }
      },
      errors: [403, 409, 410, 429]
    }
  ]
}

export const declineDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'declineInvite',
      summary: 'Decline an invite, as the invitee or with the mailed passcode',
      body: named('DeclineData', declineDataSchema),
      examples: {
        user: { summary: 'Signed in, as the invitee', value: {} },
        link: { summary: 'With the mailed link', value: { passcode } }
      },
      answers: { 200: inviteAnswer },
      errors: [403, 409, 410, 429]
    }
  ]
}

export const resendDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'resendInvite',
      summary: 'Send an invite again with a new passcode, as its inviter or an administrator',
      description:
        'At the earliest 60 seconds after the last resend, and at most five times a day. The reply has the new passcode ' +
        'of a bearer link.',
      takesIdempotencyKey: true,
      body: named('ResendData', resendDataSchema),
      examples: { empty: { value: {} } },
      answers: { 202: inviteAnswer },
      errors: [403, 409, 429]
    }
  ]
}

export const previewDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'previewInvite',
      summary: 'Preview an invite with the passcode of its link',
      description:
        'Says who invites to what, until when, and who may take it. A good token adds how its user stands to the invite ' +
        '(`you`); a bad one counts as none.',
      body: named('PasscodeData', passcodeDataSchema),
      examples: { link: { value: { passcode } } },
      answers: {
        200: { description: 'The preview of a pending invite.', schema: previewSchema, headers: ['Content-Language'] }
      },
      errors: [409, 410, 429]
    }
  ]
}

export const requestDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'requestInvite',
      summary: 'Ask the inviter for a new invite, with the passcode of an expired one',
      description:
        'The inviter’s sockets get the event `requested`, and the history says it. Once a day. The inviter sends an ' +
        'untimed invite again with `resend`. A bad token counts as none.',
      body: named('PasscodeData', passcodeDataSchema),
      examples: { link: { value: { passcode } } },
      answers: { 202: { description: 'The inviter has been asked.', schema: requestSchema } },
      errors: [409, 429]
    }
  ]
}

export const qrCodeDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'drawInviteLink',
      summary: 'Draw the link of an invite as a QR code',
      description:
        'The link of this id and the `passcode` that the caller sends, which replies of create and resend have once. The ' +
        'service reads and stores nothing for this, and does not know whether there is such an invite. Not for guests.',
      body: named('PasscodeData', passcodeDataSchema),
      examples: { link: { value: { passcode } } },
      answers: { 200: { description: 'The picture.', schema: qrCodeSchema } },
      errors: [403, 429]
    }
  ]
}

export const historyDocs: ServiceDocs = {
  operations: [
    {
      method: 'find',
      operationId: 'findInviteHistory',
      summary: 'List the actions on an invite, oldest first, as its inviter or an administrator',
      answers: { 200: { description: 'At most a thousand entries.', schema: Type.Array(historySchema) } },
      errors: [403]
    }
  ]
}
