// Checks the passcode that a client sends, before anything else is done, and counts wrong ones.
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import { minute, type Quota, type Quotas } from '../../../limits/quotas.js'
import { isPasscode } from './passcode.js'

const wrongPasscodes: Quota = {
  name: 'wrongPasscodes',
  reason: 'quota-passcodes',
  points: 5,
  seconds: 15 * minute,
  fixed: true
}

/**
 * Throws 404 for a wrong passcode, whether the invite exists or not, and 429 after five of them by one caller for one
 * id. `guesser` is the user id, or the IP address of a caller who is not signed in. Call it outside of any transaction:
 * a transaction that rolls back would undo the count.
 */
export async function requirePasscode(
  { db, quotas }: { db: Database; quotas: Quotas },
  guesser: string,
  inviteId: string,
  passcode: string
): Promise<void> {
  const key = `${guesser}:${inviteId}`
  await quotas.require(wrongPasscodes, key)
  const row = await runOne<{ passcodeHash: Buffer | null }>(db, 'select "passcodeHash" from invites where id = $1', [
    inviteId
  ])
  if (isPasscode(passcode, row?.passcodeHash)) return
  await quotas.spend(wrongPasscodes, key)
  throw notFound()
}
