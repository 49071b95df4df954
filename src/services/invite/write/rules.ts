// The rules of an invite: each with its reason, its words and the condition that breaks it. Creation and patch judge
// the same values, those that a row will have at a reading of the clock, so one list serves both statements.
import { targetedTypes, typesForNewcomers } from '../types/index.js'
import { blocks } from '../limits/blocks.js'
import { stateConstraints, type Rule, type WrittenKey } from './rule.js'

const recipient: Rule[] = [
  {
    reason: 'one-recipient',
    keys: ['inviteeId'],
    words: 'must not stand beside token: an invite has one recipient',
    broken: ({ of }) => `${of('token')} is not null and ${of('inviteeId')} is not null`
  },
  {
    reason: 'recipient-type',
    keys: ['identityProviderType'],
    words: 'is required with token',
    broken: ({ of }) => `${of('token')} is not null and ${of('identityProviderType')} is null`,
    constraint: 'invites_recipient'
  },
  {
    reason: 'recipient-type',
    keys: ['token'],
    words: 'is required with identityProviderType',
    broken: ({ of }) => `${of('token')} is null and ${of('identityProviderType')} is not null`
  },
  {
    reason: 'not-an-address',
    keys: ['token'],
    words: 'must be an e-mail address, or for sms a phone number like +491701234567',
    broken: ({ reachable }) => `not ${reachable}`
  },
  {
    reason: 'oneself',
    keys: ['inviteeId'],
    words: 'must be another person',
    broken: ({ of, inviter }) => `${of('inviteeId')} = ${inviter}`
  },
  {
    reason: 'has-account',
    keys: ['inviteeId', 'inviteType'],
    words: 'the invitee has an account already',
    broken: ({ of }) => `${of('inviteType')} in (${typesForNewcomers}) and ${of('recipient')} = 'user'`
  }
]

const target: Rule[] = [
  {
    reason: 'target-required',
    keys: ['targetObjectId', 'inviteType'],
    words: 'this type of invite needs a target',
    broken: ({ of }) => `${of('inviteType')} in (${targetedTypes}) and ${of('targetObjectId')} is null`,
    constraint: 'invites_target'
  },
  {
    reason: 'target-not-allowed',
    keys: ['targetObjectId', 'inviteType'],
    words: 'this type of invite has no target',
    broken: ({ of }) => `${of('inviteType')} not in (${targetedTypes}) and ${of('targetObjectId')} is not null`
  }
]

const uses: Rule[] = [
  {
    reason: 'one-use',
    keys: ['maxUses'],
    words: 'must be 1 for an invite with a recipient',
    broken: ({ of }) => `${of('recipient')} <> 'bearer' and ${of('maxUses')} <> 1`,
    constraint: 'invites_one_use'
  },
  {
    reason: 'uses-so-far',
    keys: ['maxUses'],
    words: 'must be above the uses so far',
    broken: ({ of }) => `${of('maxUses')} <= ${of('uses')}`,
    constraint: 'invites_uses'
  },
  {
    reason: 'bearer-admin',
    keys: ['makeAdmin'],
    words: 'must not be set on a link that anybody can use',
    broken: ({ of }) => `${of('recipient')} = 'bearer' and ${of('makeAdmin')}`,
    constraint: 'invites_make_admin'
  }
]

/** The window of a timed invite, and the lifetime of an untimed one. */
const times: Rule[] = [
  {
    reason: 'window-order',
    keys: ['endTime', 'startTime'],
    words: 'must be after startTime',
    at: 'endTime',
    broken: ({ of }) => `${of('startTime')} >= ${of('endTime')}`,
    constraint: 'invites_window'
  },
  {
    reason: 'window-incomplete',
    keys: ['endTime', 'timed'],
    words: 'is needed when timed is true',
    at: 'endTime',
    broken: ({ of }) => `${of('timed')} and ${of('endTime')} is null`,
    constraint: 'invites_timed'
  },
  {
    reason: 'window-past',
    keys: ['endTime', 'timed'],
    words: 'must be in the future',
    at: 'endTime',
    broken: ({ of, clock }) => `${of('timed')} and ${of('endTime')} <= ${clock}`
  },
  {
    reason: 'lifetime-of-timed',
    keys: ['expiresAt'],
    words: 'must not be given when timed is true',
    broken: ({ of }) => `${of('timed')} and ${of('expiresAt')} is not null`
  },
  {
    reason: 'lifetime-past',
    keys: ['expiresAt'],
    words: 'must be in the future',
    broken: ({ of, clock }) => `not ${of('timed')} and ${of('expiresAt')} <= ${clock}`
  },
  {
    reason: 'lifetime-too-long',
    keys: ['expiresAt'],
    words: 'must be at most 30 days ahead',
    broken: ({ of, clock }) => `not ${of('timed')} and ${of('expiresAt')} > ${clock} + interval '30 days'`
  }
]

/** The rights of the inviter. At creation the inviter is the caller. */
const rights: Rule[] = [
  { reason: 'not-for-guests', keys: ['userId'], broken: ({ guest }) => guest },
  {
    reason: 'admins-only-make-admin',
    keys: ['userId'],
    broken: ({ of, admin }) => `${of('makeAdmin')} and not ${admin}`
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

/** In the order of their errors: 400 first, then 403 and 404. */
export const rules: readonly Rule[] = [...recipient, ...target, ...uses, ...times, ...rights]

/** The rules that a statement must judge when it writes these keys. */
export const rulesFor = (isWritten: (key: WrittenKey) => boolean): Rule[] =>
  rules.filter(({ keys }) => keys.some(isWritten))

stateConstraints(rules)
