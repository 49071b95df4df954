// Every reason that an error can carry in `data.reason`: its status, and its message. Clients compare reasons, so a
// reason of this table stays. README.md and the OpenAPI document list them, and the client exports them as a type.

export const reasons = {
  // 400: `data.errors` names each path and its problem.
  invalid: [400, 'The request is not valid'],
  'no-condition': [400, 'The filter needs at least one condition that counts'],
  'too-many-matches': [400, 'The filter matches more invites than one call may change: add conditions'],
  'one-recipient': [400, 'An invite has one recipient: send either token or inviteeId'],
  'recipient-type': [400, 'token and identityProviderType belong together'],
  'not-an-address': [400, 'The address is not one that this medium reaches'],
  'domain-not-allowed': [400, 'This mail domain cannot be invited from here'],
  oneself: [400, 'Choose another person than yourself'],
  'has-account': [400, 'A new-user invite is for people without an account'],
  'target-required': [400, 'This type of invite needs a target'],
  'target-not-allowed': [400, 'This type of invite has no target'],
  'one-use': [400, 'An invite with a recipient is used once'],
  'uses-so-far': [400, 'maxUses must be above the uses so far'],
  'bearer-admin': [400, 'A bearer link cannot make administrators'],
  'window-order': [400, 'endTime must be after startTime'],
  'window-incomplete': [400, 'A timed invite needs an endTime'],
  'window-past': [400, 'endTime must be in the future'],
  'lifetime-of-timed': [400, 'A timed invite ends at its endTime: leave expiresAt out'],
  'lifetime-past': [400, 'expiresAt must be in the future'],
  'lifetime-too-long': [400, 'expiresAt must be at most 30 days ahead'],
  immutable: [400, 'This field cannot be changed'],
  'nothing-to-change': [400, 'The body needs a field that can be changed'],

  // 401
  'not-signed-in': [401, 'Not signed in: send an access token'],
  'bad-token': [401, 'The access token is not valid'],
  'bad-authorization': [401, 'The Authorization header must be: Bearer <access token>'],
  'wrong-password': [401, 'Wrong address or password'],
  'sign-in-to-accept': [401, 'This address has an account: sign in to accept'],

  // 403
  'admins-only': [403, 'Only administrators may do this'],
  'admins-only-make-admin': [403, 'Only administrators may set makeAdmin'],
  'not-for-guests': [403, 'Guests cannot do this: make an account first'],
  'registration-closed': [403, 'Registration is by invite only'],
  'not-your-account': [403, 'Only they themselves may change this'],
  'owners-only': [403, 'Only the owner gives roles, and the owner’s own stays'],
  'not-yours': [403, 'This invite is not yours to change'],
  'inviters-only': [403, 'Only the inviter may do this'],
  'own-invite': [403, 'This is your own invite'],
  'not-for-you': [403, 'This invite is for another person'],
  'bearer-decline': [403, 'A link that anybody can use cannot be declined'],
  blocked: [403, 'You have blocked this person'],
  'may-not-invite': [403, 'You may not invite to this target'],
  'inviter-may-not': [403, 'The inviter may no longer invite to this'],
  'admin-gone': [403, 'The administrator who offered administration is no longer one'],

  // 404
  'not-found': [404, 'Not found'],
  'no-such-path': [404, 'There is nothing at this path'],
  'no-such-user': [404, 'No such user'],
  'no-such-target': [404, 'No such target'],
  'no-such-location': [404, 'No such location'],

  'method-not-allowed': [405, 'This method is not allowed here'],
  timeout: [408, 'The request did not arrive in time'],

  // 409
  twin: [409, 'There is a pending invite like this one already'],
  'too-many-pending': [409, 'There are too many pending invites to this recipient already'],
  used: [409, 'This invite has been used'],
  declined: [409, 'This invite has been declined'],
  revoked: [409, 'This invite has been revoked'],
  'not-pending': [409, 'This invite is not pending'],
  already: [409, 'This is so already'],
  'account-exists': [409, 'You have an account already'],
  'address-taken': [409, 'This address has an account already'],
  'call-running': [409, 'A call with this Idempotency-Key is still running: ask again in a moment'],

  // 410
  expired: [410, 'This invite has expired'],
  'not-open-yet': [410, 'This invite is not open yet'],

  'too-large': [413, 'The body must not exceed 64 KB'],
  'not-json': [415, 'The body must be application/json'],
  'not-utf8': [415, 'The body must be in UTF-8'],
  compressed: [415, 'The body must not be compressed'],
  'key-reused': [422, 'This Idempotency-Key was used with another body'],

  // 429: `Retry-After` says when to come back.
  'quota-logins': [429, 'Too many attempts to sign in'],
  'quota-guests': [429, 'Too many guests from this address'],
  'quota-registrations': [429, 'Too many registrations from this address'],
  'quota-invite-codes': [429, 'Too many invite codes were looked up'],
  'quota-previews': [429, 'Too many previews from this address'],
  'quota-passcodes': [429, 'Too many wrong passcodes'],
  'quota-inviter': [429, 'You have made many invites within the hour'],
  'quota-recipient': [429, 'This recipient has got many messages within the day'],
  'quota-resends': [429, 'This invite was sent often enough within a day'],
  'resent-just-now': [429, 'This invite was just sent'],

  unforeseen: [500, 'Something went wrong'],

  // 503: nothing was changed, and a repetition may succeed.
  unavailable: [503, 'The service is not available just now'],
  overloaded: [503, 'The service is overloaded'],
  stopping: [503, 'The service is stopping']
} as const satisfies Record<string, readonly [status: number, words: string]>

/** A reason of the table, in `data.reason`. */
export type Reason = keyof typeof reasons
