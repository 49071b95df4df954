// The descriptions of the services of one invite: accept, decline, resend, preview and history.
import { Type } from '@sinclair/typebox'
import { named } from '../../../openapi/components.js'
import type { ServiceDocs } from '../../../openapi/service-docs.js'
import { closed } from '../../../schema/formats.js'
import { inviteSchema, landingSchema } from '../invite.table.js'
import { historySchema } from '../rows/history.js'
import { previewSchema } from './preview.js'
import { acceptDataSchema } from './accept.class.js'
import { declineDataSchema } from './decline.class.js'
import { previewDataSchema } from './preview.class.js'
import { resendDataSchema } from './resend.class.js'

const inviteAnswer = { description: 'The invite.', schema: inviteSchema }

const acceptance = { invite: inviteSchema, landing: landingSchema }
const acceptanceSchema = Type.Object(acceptance, { ...closed, $id: 'Acceptance', description: 'And where to go.' })
const registrationSchema = Type.Object(
  { ...acceptance, accessToken: Type.Union([Type.String(), Type.Null()]) },
  { ...closed, $id: 'AcceptanceWithAccount', description: 'Of a replay, the accessToken is null.' }
)

export const acceptDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'acceptInvite',
      summary: 'Accept an invite, signed in or with a new account',
      description:
        'Signed in: the invitee, or who holds the passcode of a link. Not signed in: with `passcode` and `register`, ' +
        'when the address has no account yet. Accepting again gets the same answer.',
      takesIdempotencyKey: true,
      body: named('AcceptData', acceptDataSchema),
      answers: {
        200: { description: 'Accepted by the caller.', schema: acceptanceSchema },
        201: { description: 'Accepted by a new account.', schema: registrationSchema }
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
      summary: 'Decline an invite: the invitee, or who holds the mailed passcode',
      body: named('DeclineData', declineDataSchema),
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
      summary: 'Send an invite again, with a new passcode: the inviter, administrators',
      description: '60 seconds after the last sending, five a day. The new passcode of a bearer link is in the reply.',
      takesIdempotencyKey: true,
      body: named('ResendData', resendDataSchema),
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
      summary: 'See what a link is about: anybody who holds its passcode',
      body: named('PreviewData', previewDataSchema),
      answers: { 200: { description: 'While it is pending.', schema: previewSchema } },
      errors: [409, 410, 429]
    }
  ]
}

export const historyDocs: ServiceDocs = {
  operations: [
    {
      method: 'find',
      operationId: 'findInviteHistory',
      summary: 'What happened to an invite, oldest first: for its inviter and administrators',
      answers: { 200: { description: 'At most a thousand entries.', schema: Type.Array(historySchema) } },
      errors: [403]
    }
  ]
}
