// Acceptance by a person without an account: the transaction that claims the invite makes the account too.
import { runOne, type Database } from '../../../database/statement.js'
import { violated } from '../../../database/errors.js'
import { badRequest, notFound, refuse } from '../../../errors.js'
import { endSessionsText } from '../../user/passwords.js'
import { recordLogin, registerUser, type Identity } from '../../user/register.js'
import type { UserData } from '../../user/user.table.js'
import { claim, type Acceptance } from './claim.js'
import { lockInvite, type LockedInvite } from '../rows/lock-invite.js'
import { supersedeInvites } from './supersede.js'
import { isPasscode } from '../limits/passcode.js'
import { notPending } from './state-errors.js'

export interface Registration {
  user: UserData
  /** argon2; hashed before the transaction, which must not wait for it. */
  secret: string
  email: string | undefined
  userAgent: string | undefined
  ip: string | undefined
}

const signIn = () => refuse('sign-in-to-accept')

/**
 * The addresses of the new account. The invite's own address is verified, because the accepter got the passcode there.
 * An address that the accepter typed stays unverified.
 */
function identitiesFor(invite: LockedInvite, { email, secret }: Registration): Identity[] {
  if (invite.recipient === 'address' && invite.identityProviderType === 'email') {
    if (email !== undefined && email !== invite.token) {
      throw badRequest({ path: 'register.email', message: 'must be the address of the invite, or be left out' })
    }
    return [{ type: 'email', token: invite.token ?? '', secret, verified: true }]
  }
  if (email === undefined) throw badRequest({ path: 'register.email', message: 'is required for this invite' })
  const typed: Identity = { type: 'email', token: email, secret, verified: false }
  return invite.recipient === 'address' ? [typed, { type: 'sms', token: invite.token ?? '', verified: true }] : [typed]
}

/**
 * Takes an address from an account that has not verified it. The account keeps everything else, but its user cannot sign
 * in with this address any more, and its sessions end: they were begun with an address of another person. A row comes
 * back if another account has verified the address.
 */
const takeText = `
  with taken as (
    delete from identity_providers where type = $1 and token = $2 and not verified returning "userId"
  ), ended as (${endSessionsText('taken', 'null')})
  select 1 from identity_providers where type = $1 and token = $2 and verified`

/**
 * Makes the account and accepts. The address of the invite becomes verified: 401 if an account has verified it before,
 * because its owner must sign in to accept. An address that was typed proves nothing: 409 if any account has it.
 */
export async function registerAndAccept(
  db: Database,
  id: string,
  passcode: string,
  registration: Registration
): Promise<Acceptance & { userId: string; signedInAt: number }> {
  const invite = await lockInvite(db, id, undefined, true)
  if (!invite || invite.hidden || !isPasscode(passcode, invite.passcodeHash)) throw notFound()
  const identities = identitiesFor(invite, registration)
  const proven = identities.find(({ verified }) => verified)
  if (proven && (await runOne(db, takeText, [proven.type, proven.token]))) throw signIn()
  const stateError = notPending(invite)
  if (stateError) throw stateError
  try {
    const { userId, identityProviderId } = await registerUser(db, { ...registration.user, isGuest: false }, identities)
    const { secret, userAgent, ip } = registration
    const signedInAt = await recordLogin(db, { userId, identityProviderId, secret, userAgent, ip })
    const caller = { id: userId, isGuest: false, scopes: [], addresses: [] }
    const acceptance = await claim(db, invite, caller, true)
    return { ...acceptance, ended: proven ? await supersedeInvites(db, proven.token, id) : [], userId, signedInAt }
  } catch (error) {
    // Another call verified the address at the same moment. An address that was typed is taken: 409.
    throw violated(error) === 'identity_providers_address' && identities[0] === proven ? signIn() : error
  }
}
