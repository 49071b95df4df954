// Every reason that an error can carry in `data.reason`: its status, and its message, which says what is wrong and then
// what to do. Clients compare reasons, so a reason of this table stays. README.md and the OpenAPI document list them, and
// the client exports them as a type.

export const reasons = {
  // 400: `data.errors` has these words for each path. A value stands for a name in braces. The problems of `invalid` have
  // words of their own.
  invalid: [400, 'The request does not have the documented form: compare it with /openapi.json'],
  'no-condition': [
    400,
    'A call without an id needs a filter: add at least one condition that counts, such as {"inviteType":"friend"}'
  ],
  'filter-budget': [400, 'A filter has at most {limit} {what}, and this one has {sent}: split it into several calls'],
  'too-many-matches': [400, 'More than {cap} invites match, too many for one call: add conditions to the filter'],
  'one-recipient': [400, 'An invite has one recipient: send either token or inviteeId'],
  'recipient-type': [400, 'An address needs a medium: send identityProviderType with token'],
  'recipient-address': [400, 'A medium needs an address: send token with identityProviderType'],
  'not-an-address': [400, 'Not an address: send an e-mail address, or for sms a phone number like +491701234567'],
  'domain-not-allowed': [400, 'This mail domain cannot be invited: use an address at another domain'],
  oneself: [400, 'This is your own account: choose another person'],
  'own-address': [400, 'This is an address of your own account: choose another person'],
  'has-account': [400, 'The invitee has an account already: choose another type of invite'],
  'target-required': [400, 'This type of invite needs a target: set targetObjectId'],
  'target-not-allowed': [400, 'This type of invite has no target: set targetObjectId to null'],
  'one-use': [400, 'An invite with a recipient is used once: set maxUses to 1'],
  'uses-so-far': [400, 'The invite has been used that often already: set maxUses above its uses'],
  'bearer-admin': [400, 'A link that anybody can use cannot make administrators: set makeAdmin to false'],
  'window-order': [400, 'A window ends after it starts: set endTime after startTime'],
  'window-incomplete': [400, 'A timed invite needs an end: set endTime'],
  'window-past': [400, 'The window is over already: set endTime to a time in the future'],
  'lifetime-of-timed': [400, 'A timed invite ends at its endTime: leave expiresAt out'],
  'lifetime-past': [400, 'The invite would have expired already: set expiresAt to a time in the future'],
  'lifetime-too-long': [400, 'An invite lives no longer than 30 days: set expiresAt to an earlier time'],
  immutable: [400, 'This field cannot be changed: leave it out, or send the value that it has'],
  'immutable-status': [400, 'A patch does not change the status: revoke with DELETE, or call accept or decline'],
  'nothing-to-change': [400, 'The body changes nothing: send at least one field that can be changed'],

  // 401
  'not-signed-in': [401, 'Not signed in: send an access token'],
  'bad-token': [401, 'The access token is not valid: sign in again'],
  'bad-authorization': [401, 'The Authorization header is malformed: send Bearer <access token>'],
  'wrong-password': [401, 'Wrong address or password: check both, then try again'],
  'bad-signature': [401, 'The signature is not valid: sign these bytes and the current time with the shared secret'],
  'sign-in-to-accept': [401, 'This address has an account: sign in to accept'],

  // 403
  forbidden: [403, 'You may not do this: ask an administrator'],
  'admins-only': [403, 'Only administrators may do this: ask one of them'],
  'admins-only-make-admin': [403, 'Only administrators may set makeAdmin: leave it out, or send false'],
  'not-for-guests': [403, 'Guests cannot do this: make an account first'],
  'registration-closed': [403, 'Registration is by invite only: ask a user for an invite'],
  'not-your-account': [403, 'Only the user of an account may change it: sign in as that user'],
  'owners-only': [403, 'Only the owner gives roles, and only to others: ask the owner, or choose another member'],
  'not-yours': [403, 'Only the inviter or an administrator may change this invite: ask the inviter'],
  'inviters-only': [403, 'Only the inviter or an administrator may do this: ask the inviter'],
  'own-invite': [403, 'This is your own invite: let the invited person answer it'],
  'not-for-you': [403, 'This invite is for another person: sign in with the account that was invited'],
  'bearer-decline': [403, 'A link that anybody can use cannot be declined: leave it unused'],
  blocked: [403, 'You have blocked this person: unblock them, then invite them'],
  'may-not-invite': [403, 'Only owners and moderators may invite to this target: ask one of them'],
  'inviter-may-not': [403, 'The inviter may no longer invite to this target: ask one of its moderators for an invite'],
  'origin-not-allowed': [403, 'Pages of this origin may not connect: ask the operator to allow the origin'],
  'admin-gone': [403, 'The administrator behind this invite is no longer one: ask another administrator'],
  'wrong-old-password': [403, 'The old password is wrong: check it, or ask for a link to set a new one'],

  // 404
  'not-found': [404, 'Not found: check the id, the passcode, and the account that you are signed in with'],
  'no-such-path': [404, 'There is nothing at this path: try {path}'],
  'no-such-user': [404, 'No such user: check the id'],
  'no-such-target': [404, 'No such target: check targetObjectId and inviteType'],
  'no-such-location': [404, 'No such location: check locationId'],

  'method-not-allowed': [405, 'This method is not allowed here: use {allowed}'],
  timeout: [408, 'The request did not arrive in time: send it again'],

  // 409
  twin: [409, 'There is a pending invite like this one already: resend it, or revoke it first'],
  'too-many-pending': [409, 'There are too many pending invites to this recipient already: revoke one of them first'],
  used: [409, 'This invite has been used already: a new invite is needed'],
  declined: [409, 'This invite has been declined: a new invite is needed'],
  revoked: [409, 'This invite has been revoked: a new invite is needed'],
  'still-pending': [409, 'This invite has not expired: open its link'],
  'not-pending': [409, 'This invite is not pending any more: a new invite is needed'],
  already: [409, 'This was done already and still holds: nothing is left to do'],
  'no-longer-holds': [
    409,
    'You accepted this invite, and what it gave has ended: open its link again, or ask for a new invite'
  ],
  'account-exists': [409, 'You have an account, and this invite is for people without one: ask for another type'],
  'address-taken': [409, 'This address has an account already: sign in, or use another address'],
  'last-admin': [409, 'This is the last administrator: make another one first'],
  'too-many-owned': [409, 'You own as many of these as one user may have: use one that you have'],
  'too-many-blocks': [409, 'You block as many people as one user may block: unblock one of them first'],
  'too-many-rights': [409, 'This user has as many rights as one user may have: take one away first'],
  'no-password': [409, 'This account has no password: accept an invite by e-mail to make another account'],
  'no-address': [
    409,
    'This account has no e-mail address to confirm: accept an invite by e-mail to make another account'
  ],
  'no-carrier': [409, 'This service sends no e-mail: ask its operator to set a carrier'],
  'call-running': [409, 'A call with this Idempotency-Key is still running: ask again in a moment'],

  // 410
  expired: [410, 'This invite has expired: ask the inviter for a new one'],
  'not-open-yet': [410, 'This invite is not open yet: come back after its startTime'],
  'link-ended': [410, 'This link is wrong, was used, or is older than an hour: ask for a new one'],

  'too-large': [413, 'The body must not exceed 64 KB: send less'],
  'form-too-large': [413, 'The form must not exceed 2 KB: send its one field'],
  'not-json': [415, 'The body must be application/json'],
  'not-a-form': [415, 'The body must be application/x-www-form-urlencoded or multipart/form-data'],
  'not-utf8': [415, 'The body must be in UTF-8'],
  compressed: [415, 'The body must not be compressed'],
  'key-reused': [422, 'This Idempotency-Key was used with another body: send a new key'],

  // 429: `data` has the limit and the time, and so have the words.
  'quota-logins': [429, 'Too many attempts to sign in, {limit} are allowed: try again after {until}'],
  'quota-guests': [429, 'Too many guests from your network, {limit} are allowed: try again after {until}'],
  'quota-registrations': [
    429,
    'Too many registrations from your network, {limit} are allowed: try again after {until}'
  ],
  'quota-invite-codes': [429, 'Too many invite codes were looked up, {limit} are allowed: try again after {until}'],
  'quota-previews': [429, 'Too many previews from your network, {limit} are allowed: try again after {until}'],
  'quota-requests': [429, 'Too many requests for new invites, {limit} are allowed: ask again after {until}'],
  'quota-passcodes': [429, 'Too many wrong passcodes, {limit} are allowed: use the newest link after {until}'],
  'quota-inviter': [429, 'You have made many invites, {limit} are allowed: go on after {until}'],
  'quota-recipient': [429, 'This recipient has got many messages, {limit} are allowed: try again after {until}'],
  'quota-resends': [429, 'This invite was sent often enough, {limit} are allowed: send it again after {until}'],
  'quota-changes': [429, 'You have changed many invites, {limit} are allowed: go on after {until}'],
  'quota-idempotency-keys': [
    429,
    'You have used many Idempotency-Keys, {limit} are allowed: use one again, or go on after {until}'
  ],
  'quota-account-messages': [
    429,
    'Too many links were asked for this address, {limit} are allowed: use the newest one, or try again after {until}'
  ],
  'quota-verifications': [
    429,
    'Too many links were asked for from your network, {limit} are allowed: use the newest, or ask after {until}'
  ],
  'quota-resets': [
    429,
    'Too many links for new passwords from your network, {limit} are allowed: use the newest, or ask after {until}'
  ],
  'quota-links': [429, 'Too many wrong links from your network, {limit} are allowed: try again after {until}'],
  'quota-old-passwords': [429, 'Too many wrong passwords, {limit} are allowed: try again after {until}'],
  'quota-sockets': [
    429,
    'Too many sockets from your network are not signed in, {limit} are allowed: sign in on them, or wait until {until}'
  ],
  'quota-stops': [429, 'This link was used very often, {limit} are allowed: try again after {until}'],
  'requested-today': [429, 'A new invite was asked for already, {limit} is allowed: ask again after {until}'],
  'quota-qr-codes': [429, 'You have drawn many QR codes, {limit} are allowed: draw one again after {until}'],
  'resent-just-now': [429, 'This invite was just sent, {limit} is allowed: send it again after {until}'],

  unforeseen: [500, 'Something went wrong'],

  // 503: nothing was changed, and a repetition may succeed.
  unavailable: [503, 'The service is not available just now: try again in a moment'],
  'list-too-slow': [503, 'The list took too long: add conditions to the filter, or ask for fewer at a time'],
  overloaded: [503, 'The service is overloaded: try again in a moment'],
  'read-only': [503, 'The service can read but not write just now: try again in a moment'],
  stopping: [503, 'The service is stopping: try again in a moment']
} as const satisfies Record<string, readonly [status: number, words: string]>

/** A reason of the table, in `data.reason`. */
export type Reason = keyof typeof reasons

/** A status that errors have. */
export type Status = (typeof reasons)[Reason][0]

/** The reasons of one status. */
export type ReasonOf<S extends Status> = {
  [R in Reason]: (typeof reasons)[R][0] extends S ? R : never
}[Reason]
