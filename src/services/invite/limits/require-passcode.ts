// Checks the passcode that a client sends, before anything else is done, and counts wrong ones.
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import { inOrder } from '../../../limits/queue.js'
import { hour, minute, type Quota, type Quotas } from '../../../limits/quotas.js'
import { isPasscode } from './passcode.js'

const wrongPasscodes: Quota = {
  name: 'wrongPasscodes',
  reason: 'quota-passcodes',
  points: 5,
  seconds: 15 * minute,
  fixed: true
}

/** Over all ids: each id that somebody guesses at has a row in the table of quotas. */
const wrongPasscodesOfAll: Quota = {
  name: 'wrongPasscodesOfAll',
  reason: 'quota-passcodes',
  points: 300,
  seconds: hour,
  inMemory: true
}

/** The part of an invite that the check of its passcode returns. */
interface Checked {
  inviterId: string
}

/**
 * Throws 404 for a wrong passcode, whether the invite exists or not, and 429 after five of them by one caller for one
 * id. `guesser` is the user id, or the network of a caller who is not signed in. Call it outside of any transaction: a
 * transaction that rolls back would undo the count.
 *
 * An attempt is counted before it is judged, and given back when it was right. A class may follow one link at once from
 * one network: so the attempts of a guesser at an id wait for each other here, and right ones never use up the count.
 */
export async function requirePasscode(
  { db, quotas }: { db: Database; quotas: Quotas },
  guesser: string,
  inviteId: string,
  passcode: string
): Promise<Checked> {
  const key = `${guesser}:${inviteId}`
  let inviterId = ''
  const judge = async () => {
    const invite = await runOne<{ userId: string; passcodeHash: Buffer | null }>(
      db,
      'select "userId", "passcodeHash" from invites where id = $1',
      [inviteId]
    )
    inviterId = invite?.userId ?? ''
    return isPasscode(passcode, invite?.passcodeHash)
  }
  const isRight = await inOrder(key, () =>
    quotas.judged(wrongPasscodesOfAll, guesser, () => quotas.judged(wrongPasscodes, key, judge))
  )
  if (!isRight) throw notFound()
  return { inviterId }
}
