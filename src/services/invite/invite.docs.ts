// The operations on invites: the bulk patch, and everything that makes it real.
import { Type, type TSchema } from '@sinclair/typebox'
import { closed } from '../../schema/formats.js'
import { historySchema } from './rows/history.js'
import {
  inviteDataSchema,
  invitePatchSchema,
  inviteSchema,
  landingSchema,
  mostInvitesPerCall
} from './invite.schema.js'
import { previewSchema } from './answer/preview.js'
import { acceptDataSchema } from './answer/accept.class.js'
import { declineDataSchema } from './answer/decline.class.js'
import { previewDataSchema } from './answer/preview.class.js'
import { resendDataSchema } from './answer/resend.class.js'
import { pageSchema } from '../../schema/paging.js'
import { named } from '../../openapi/components.js'
import { filterParameters, listParameters, selectParameter } from './filter/filter.docs.js'
import type { Operation } from '../../openapi/operation.js'

const selectedSchema = Type.Partial(inviteSchema, {
  ...closed,
  $id: 'SelectedInvite',
  description: 'The keys of an invite that `$select` names.'
})
const whole = (schema: TSchema) => ({ description: 'The invite.', schema })
const inviteAnswer = whole(inviteSchema)

const patchBody = Type.Union(
  [
    invitePatchSchema,
    Type.Object(
      { body: invitePatchSchema },
      { ...closed, $id: 'InvitePatchEnvelope', description: 'The documented envelope: `body` and nothing else.' }
    )
  ],
  {
    description:
      'Keys that only the server writes are ignored; `userId`, `token`, `identityProviderType` and `inviteeId` may be ' +
      'repeated with the value they have; at least one other key must be there. `null` unsets.'
  }
)
const patchExamples = {
  fields: { summary: 'The fields', value: { spawnType: 'spectate', deleteOnUse: true } },
  envelope: { summary: 'The documented envelope', value: { body: { spawnType: 'spectate', deleteOnUse: true } } }
}

const acceptance = { invite: inviteSchema, landing: landingSchema }
const acceptanceSchema = Type.Object(acceptance, { ...closed, $id: 'Acceptance', description: 'And where to go.' })
const registrationSchema = Type.Object(
  { ...acceptance, accessToken: Type.Union([Type.String(), Type.Null()]) },
  { ...closed, $id: 'AcceptanceWithAccount', description: 'Of a replay, the accessToken is null.' }
)

const listOrOne = (schema: TSchema) =>
  Type.Union([schema, Type.Array(schema, { minItems: 1, maxItems: mostInvitesPerCall })])

export const inviteOperations: Operation[] = [
  {
    service: 'invite',
    method: 'patch',
    onCollection: true,
    operationId: 'patchInvites',
    summary: 'Change every invite that the filter matches, or none',
    description:
      'The filter must have at least one condition that counts. It matches the caller’s view of their own pending ' +
      'invites; for administrators, anybody’s pending and expired ones. All or nothing, in one transaction. ' +
      'Conditions on `updatedAt` make it a compare-and-set.',
    query: filterParameters,
    body: patchBody,
    examples: patchExamples,
    answers: { 200: { description: 'Those that were changed, by id.', schema: Type.Array(inviteSchema) } },
    refusals: [403, 404, 409]
  },
  {
    service: 'invite',
    method: 'find',
    operationId: 'findInvites',
    summary: 'List invites: sent and received ones; for administrators, all',
    description: 'Revoked and declined ones only when the query names `status`.',
    query: (components) => [...listParameters(components), ...filterParameters(components)],
    answers: {
      200: {
        description: 'A page; with `$select`, of fewer keys.',
        schema: Type.Union([
          named('InvitePage', pageSchema(inviteSchema)),
          named('SelectedInvitePage', pageSchema(selectedSchema))
        ])
      }
    }
  },
  {
    service: 'invite',
    method: 'create',
    operationId: 'createInvite',
    summary: `Invite somebody, or up to ${mostInvitesPerCall} at once`,
    description:
      'At most one recipient: `token` or `inviteeId`. Neither makes it a bearer link, whose `passcode` is in this ' +
      'reply and nowhere else. A list is stored whole or not at all, and an error names its item. Not for guests.',
    takesIdempotencyKey: true,
    body: listOrOne(inviteDataSchema),
    answers: { 201: { description: 'One for one, a list for a list.', schema: listOrOne(inviteSchema) } },
    refusals: [403, 404, 409, 429]
  },
  {
    service: 'invite',
    method: 'get',
    operationId: 'getInvite',
    summary: 'Read an invite: its inviter, invitee, who accepted it, administrators',
    query: (components) => [selectParameter(components)],
    answers: {
      200: {
        description: 'The invite; with `$select`, fewer keys.',
        schema: Type.Union([inviteSchema, selectedSchema])
      }
    }
  },
  {
    service: 'invite',
    method: 'patch',
    operationId: 'patchInvite',
    summary: 'Change one invite: its inviter while it is pending, administrators also when it has expired',
    body: patchBody,
    examples: patchExamples,
    answers: { 200: inviteAnswer },
    refusals: [403, 409]
  },
  {
    service: 'invite',
    method: 'remove',
    operationId: 'removeInvite',
    summary: 'Revoke an invite (inviter, administrators) or decline it (invitee)',
    description: 'The row stays for the record.',
    answers: { 200: { description: 'The invite, with its new status.', schema: inviteSchema } },
    refusals: [403, 409, 410]
  },
  {
    service: 'invite/:inviteId/accept',
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
    refusals: [403, 409, 410, 429]
  },
  {
    service: 'invite/:inviteId/decline',
    method: 'create',
    operationId: 'declineInvite',
    summary: 'Decline an invite: the invitee, or who holds the mailed passcode',
    body: named('DeclineData', declineDataSchema),
    answers: { 200: inviteAnswer },
    refusals: [403, 409, 410, 429]
  },
  {
    service: 'invite/:inviteId/resend',
    method: 'create',
    operationId: 'resendInvite',
    summary: 'Send an invite again, with a new passcode: the inviter, administrators',
    description: '60 seconds after the last sending, five a day. The new passcode of a bearer link is in the reply.',
    takesIdempotencyKey: true,
    body: named('ResendData', resendDataSchema),
    answers: { 202: inviteAnswer },
    refusals: [403, 409, 429]
  },
  {
    service: 'invite/:inviteId/preview',
    method: 'create',
    operationId: 'previewInvite',
    summary: 'See what a link is about: anybody who holds its passcode',
    body: named('PreviewData', previewDataSchema),
    answers: { 200: { description: 'While it is pending.', schema: previewSchema } },
    refusals: [409, 410, 429]
  },
  {
    service: 'invite/:inviteId/history',
    method: 'find',
    operationId: 'findInviteHistory',
    summary: 'What happened to an invite, oldest first: for its inviter and administrators',
    answers: { 200: { description: 'At most a thousand entries.', schema: Type.Array(historySchema) } },
    refusals: [403]
  }
]
