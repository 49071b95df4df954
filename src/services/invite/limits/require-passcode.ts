// A passcode that somebody sends, checked before anything else is done, and counted when it is wrong.
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import type { Quotas } from '../../../limits/quotas.js'
import { isPasscode } from './passcode.js'

/**
 * Throws 404 for a wrong passcode, whether the invite exists or not, and 429 after five of them by one caller for one
 * id. `guesser` is the user's id, or the address of nobody in particular. Runs outside of any transaction: a refusal
 * that rolls back must not take the count with it.
 */
export async function requirePasscode(
  { db, quotas }: { db: Database; quotas: Quotas },
  guesser: string,
  inviteId: string,
  passcode: string
): Promise<void> {
  const key = `${guesser}:${inviteId}`
  await quotas.require('wrongPasscodes', key)
  const row = await runOne<{ passcodeHash: Buffer | null }>(db, 'select "passcodeHash" from invites where id = $1', [
    inviteId
  ])
  if (isPasscode(passcode, row?.passcodeHash)) return
  await quotas.spend('wrongPasscodes', key)
  throw notFound()
}
