// Changes the password of an account, and ends its sessions.
import { run, runOne, type Database } from '../../database/statement.js'
import { refuse } from '../../errors.js'
import { minute, type Quota, type Quotas } from '../../limits/quotas.js'
import { dropResets } from './account-tokens.js'
import { hashPassword, isPassword } from './register.js'

/** Wrong old passwords of one user: somebody else may hold their access token. */
const wrongOldPasswords: Quota = {
  name: 'wrongOldPasswords',
  reason: 'quota-old-passwords',
  points: 10,
  seconds: 15 * minute
}

/**
 * Ends the sessions of the users in `from`, a query with their ids as "userId"; `kept` is an SQL expression, the id of
 * the token of the session that stays, or null. The clock is read after the lock on the address of the account, which
 * each login takes as well: a session of an old password has begun before it.
 */
export const endSessionsText = (from: string, kept: string) => `
  insert into session_ends ("userId", "endedAt", "keptToken")
  select "userId", clock_timestamp(), ${kept} from ${from}
  on conflict ("userId") do update set
    "endedAt" = greatest(clock_timestamp(), session_ends."endedAt"), "keptToken" = excluded."keptToken"`

const changeText = `
  with changed as (
    update identity_providers set secret = $3, "updatedAt" = clock_timestamp()
    where "userId" = $1 and type = 'email' and secret = $2 returning "userId"
  )
  ${endSessionsText('changed', '$4::text')}
  returning "userId"`

export interface PasswordChange {
  userId: string
  password: string
  oldPassword: string
  /** The id of the access token whose session stays. */
  keptToken: string | null
}

/**
 * Judges the old password, and hashes the new one. Returns the work of the transaction, which must not wait for that.
 * 403 for a wrong old password, 409 for an account without a password.
 */
export async function passwordChange(
  { db, quotas }: { db: Database; quotas: Quotas },
  { userId, password, oldPassword, keptToken }: PasswordChange
): Promise<(trx: Database) => Promise<void>> {
  const account = await runOne<{ secret: string }>(
    db,
    `select secret from identity_providers where "userId" = $1 and type = 'email' and secret is not null`,
    [userId]
  )
  if (!account) throw refuse('no-password')
  const { secret } = account
  const good = await quotas.judged(wrongOldPasswords, userId, () => isPassword(oldPassword, secret))
  if (!good) throw refuse('wrong-old-password')
  const values = [userId, secret, await hashPassword(password), keptToken]
  return async (trx) => {
    // In the order of a reset, which takes its token first: so the two do not wait for each other.
    await dropResets(trx, userId)
    // The password may have changed since it was judged.
    if (!(await runOne(trx, changeText, values))) throw refuse('wrong-old-password')
  }
}

const resetText = `
  with changed as (
    update identity_providers set secret = $2, "updatedAt" = clock_timestamp() where id = $1 returning "userId"
  )
  ${endSessionsText('changed', 'null')}`

/** Sets the password of an address that was just proven by mail, from its hash, and ends all sessions of its user. */
export const resetPassword = async (trx: Database, identityProviderId: string, secret: string): Promise<void> => {
  await run(trx, resetText, [identityProviderId, secret])
}
