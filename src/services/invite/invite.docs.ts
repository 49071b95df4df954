// The description of invite: the bulk patch and revoke, and the calls that make, list, read and end invites.
import { Type, type TSchema } from '@sinclair/typebox'
import { named } from '../../openapi/components.js'
import type { ErrorWords } from '../../openapi/errors.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { closed } from '../../schema/formats.js'
import { pageSchema } from '../../schema/paging.js'
import { filterParameters, listParameters, selectParameter } from './filter/filter.docs.js'
import {
  inviteDataSchema,
  invitePatchSchema,
  invites,
  inviteSchema,
  mostInvitesPerCall,
  stateKeys
} from './invite.table.js'

const selectedSchema = Type.Partial(inviteSchema, {
  ...closed,
  $id: 'SelectedInvite',
  description: 'The keys of an invite that `$select` names.'
})
const inviteAnswer = { description: 'The invite.', schema: inviteSchema }

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
      'Keys that only the server writes are ignored. These may be repeated with the value they have: ' +
      `${invites.fixed.map((key) => `\`${key}\``).join(', ')}. At least one other key must be there. \`null\` unsets.`
  }
)
const patchExamples = {
  fields: { summary: 'The fields', value: { spawnType: 'spectate' } },
  envelope: { summary: 'The documented envelope', value: { body: { spawnType: 'spectate' } } }
}

const toAddress = { inviteType: 'friend', token: 'grace@example.com', identityProviderType: 'email' }
const createExamples = {
  address: { summary: 'To an address', value: toAddress },
  link: { summary: 'A bearer link, for ten people', value: { inviteType: 'friend', maxUses: 10 } },
  list: { summary: 'Several at once', value: [toAddress, { ...toAddress, token: 'alan@example.com' }] }
}

const listOrOne = (schema: TSchema) =>
  Type.Union([schema, Type.Array(schema, { minItems: 1, maxItems: mostInvitesPerCall })])

/** Errors 409 and 410 tell the state and the times of an invite that is not pending, or not open yet. */
const errorData = Type.Partial(Type.Pick(inviteSchema, stateKeys)).properties

const errorWords: ErrorWords = {
  404: 'Unknown or invisible; a wrong passcode is the same reply.',
  409: 'The state of things is in the way: used, closed, taken, or there is one already.',
  410: 'Expired, or not open yet; `data` says which.'
}

export const inviteDocs: ServiceDocs = {
  tag: 'Invites: send, list, change in bulk, accept, decline.',
  errorData,
  errorWords,
  operations: [
    {
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
      errors: [403, 404, 409, 429]
    },
    {
      method: 'remove',
      onCollection: true,
      operationId: 'revokeInvites',
      summary: 'Revoke every invite that the filter matches, or none',
      description:
        'The filter must have at least one condition that counts. It matches the caller’s view of their own pending and ' +
        'expired invites; for administrators, anybody’s. All or nothing, in one transaction. The rows stay for the record.',
      query: filterParameters,
      answers: {
        200: { description: 'Those that were revoked, by id.', schema: Type.Array(inviteSchema) }
      }
    },
    {
      method: 'find',
      operationId: 'findInvites',
      summary: 'List invites: sent and received ones; for administrators, all',
      description:
        'Revoked and declined ones only when the query names `status`. The newest come first, which is the order of ' +
        '`id`: the next page is `id[$lt]=` and the last id of this one.',
      query: listParameters,
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
      method: 'create',
      operationId: 'createInvite',
      summary: `Invite somebody, or up to ${mostInvitesPerCall} at once`,
      description:
        'At most one recipient: `token` or `inviteeId`. Neither makes it a bearer link, whose `passcode` is in this ' +
        'reply and nowhere else. A list is stored whole or not at all, and an error names its item. Not for guests.',
      takesIdempotencyKey: true,
      body: listOrOne(inviteDataSchema),
      examples: createExamples,
      answers: { 201: { description: 'One for one, a list for a list.', schema: listOrOne(inviteSchema) } },
      errors: [403, 404, 409, 429]
    },
    {
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
      method: 'patch',
      operationId: 'patchInvite',
      summary: 'Change one invite: its inviter while it is pending, administrators also when it has expired',
      body: patchBody,
      examples: patchExamples,
      answers: { 200: inviteAnswer },
      errors: [403, 409, 429]
    },
    {
      method: 'remove',
      operationId: 'removeInvite',
      summary: 'Revoke an invite (inviter, administrators) or decline it (invitee)',
      description:
        'The inviter and administrators revoke a pending or an expired invite; the invitee declines a pending one. The ' +
        'row stays for the record.',
      answers: { 200: { description: 'The invite, with its new status.', schema: inviteSchema } },
      errors: [403, 409, 410]
    }
  ]
}
