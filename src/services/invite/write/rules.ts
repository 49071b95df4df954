// The rules of an invite: each with its reason and the condition that breaks it. Creation and patch judge the same
// values, those that a row will have at a reading of the clock, so one list serves both statements. The words stand in
// src/reasons.ts.
import { targetedTypes, typesForNewcomers } from '../types/index.js'
import { blocks } from '../limits/blocks.js'
import { isTooLate } from '../limits/lifetime.js'
import { stateConstraints, type Rule, type WrittenKey } from './rule.js'

const recipient: Rule[] = [
  {
    reason: 'one-recipient',
    keys: ['inviteeId'],
    broken: ({ of }) => `${of('token')} is not null and ${of('inviteeId')} is not null`,
    constraint: 'invites_recipient'
  },
  {
    reason: 'recipient-type',
    keys: ['identityProviderType'],
    broken: ({ of }) => `${of('token')} is not null and ${of('identityProviderType')} is null`,
    constraint: 'invites_recipient'
  },
  {
    reason: 'recipient-address',
    keys: ['token'],
    broken: ({ of }) => `${of('token')} is null and ${of('identityProviderType')} is not null`,
    constraint: 'invites_recipient'
  },
  {
    reason: 'not-an-address',
    keys: ['token'],
    broken: ({ addressFault }) => `${addressFault} = 'not-an-address'`
  },
  {
    reason: 'domain-not-allowed',
    keys: ['token'],
    broken: ({ addressFault }) => `${addressFault} = 'domain-not-allowed'`
  },
  {
    reason: 'own-address',
    keys: ['token'],
    broken: ({ addressFault }) => `${addressFault} = 'own-address'`
  },
  {
    reason: 'oneself',
    keys: ['inviteeId'],
    broken: ({ of, inviter }) => `${of('inviteeId')} = ${inviter}`
  },
  {
    reason: 'has-account',
    keys: ['inviteeId', 'inviteType'],
    broken: ({ of }) => `${of('inviteType')} in (${typesForNewcomers}) and ${of('recipient')} = 'user'`
  }
]

const target: Rule[] = [
  {
    reason: 'target-required',
    keys: ['targetObjectId', 'inviteType'],
    broken: ({ of }) => `${of('inviteType')} in (${targetedTypes}) and ${of('targetObjectId')} is null`,
    constraint: 'invites_target'
  },
  {
    reason: 'target-not-allowed',
    keys: ['targetObjectId', 'inviteType'],
    broken: ({ of }) => `${of('inviteType')} not in (${targetedTypes}) and ${of('targetObjectId')} is not null`,
    constraint: 'invites_target'
  }
]

const uses: Rule[] = [
  {
    reason: 'one-use',
    keys: ['maxUses'],
    broken: ({ of }) => `${of('recipient')} <> 'bearer' and ${of('maxUses')} <> 1`,
    constraint: 'invites_one_use'
  },
  {
    reason: 'uses-so-far',
    keys: ['maxUses'],
    broken: ({ of }) => `${of('maxUses')} <= ${of('uses')}`,
    constraint: 'invites_uses'
  },
  {
    reason: 'bearer-admin',
    keys: ['makeAdmin'],
    broken: ({ of }) => `${of('recipient')} = 'bearer' and ${of('makeAdmin')}`,
    constraint: 'invites_make_admin'
  }
]

/** The window of a timed invite, and the lifetime of an untimed one. */
const times: Rule[] = [
  {
    reason: 'window-order',
    keys: ['endTime', 'startTime'],
    at: 'endTime',
    broken: ({ of }) => `${of('startTime')} >= ${of('endTime')}`,
    constraint: 'invites_window'
  },
  {
    reason: 'window-incomplete',
    keys: ['endTime', 'timed'],
    at: 'endTime',
    broken: ({ of }) => `${of('timed')} and ${of('endTime')} is null`,
    constraint: 'invites_timed'
  },
  {
    reason: 'window-past',
    keys: ['endTime', 'timed'],
    at: 'endTime',
    broken: ({ of, clock }) => `${of('timed')} and ${of('endTime')} <= ${clock}`
  },
  {
    reason: 'lifetime-of-timed',
    keys: ['expiresAt'],
    broken: ({ of }) => `${of('timed')} and ${of('expiresAt')} is not null`,
    constraint: 'invites_lifetime'
  },
  {
    reason: 'lifetime-past',
    keys: ['expiresAt'],
    broken: ({ of, clock }) => `not ${of('timed')} and ${of('expiresAt')} <= ${clock}`
  },
  {
    reason: 'lifetime-too-long',
    keys: ['expiresAt'],
    broken: ({ of, clock }) => `not ${of('timed')} and ${isTooLate(of('expiresAt'), clock)}`
  }
]

/** The rights of the inviter. At creation the inviter is the caller. */
const rights: Rule[] = [
  { reason: 'not-for-guests', keys: ['userId'], broken: ({ guest }) => guest },
  {
    // A new row has makeAdminBy only if the caller mayMakeAdmin. A patch asks mayMakeAdmin before it looks for rows.
    reason: 'admins-only-make-admin',
    keys: ['userId'],
    broken: ({ of }) => `${of('makeAdmin')} and ${of('makeAdminBy')} is null`
  },
  {
    // A person who blocks the inviter looks like one who does not exist.
    reason: 'no-such-user',
    keys: ['inviteeId'],
    broken: ({ of, inviter }) => `${of('inviteeId')} is not null and (
      (select u.id from users u where u.id = ${of('inviteeId')}) is null or ${blocks(of('inviteeId'), inviter)}
    )`
  },
  { reason: 'blocked', keys: ['inviteeId'], broken: ({ of, inviter }) => blocks(inviter, of('inviteeId')) },
  { reason: 'no-such-target', keys: ['targetObjectId', 'inviteType'], broken: ({ standing }) => `${standing} is null` },
  { reason: 'may-not-invite', keys: ['targetObjectId', 'inviteType'], broken: ({ standing }) => `${standing} = 'sees'` }
]

/** An invite that would change nothing. A person behind an address stays unknown, so this is about an invitee by id. */
const standing: Rule[] = [
  { reason: 'already', keys: ['targetObjectId', 'inviteType'], broken: ({ already }) => already }
]

/** In the order of their errors: 400 first, then 403, 404 and 409. */
export const rules: readonly Rule[] = [...recipient, ...target, ...uses, ...times, ...rights, ...standing]

/** The rules that a statement must judge when it writes these keys. */
export const rulesFor = (isWritten: (key: WrittenKey) => boolean): Rule[] =>
  rules.filter(({ keys }) => keys.some(isWritten))

stateConstraints(rules)
