// An invite, as it is read for a client that holds its passcode.
import type { Caller } from '../../../callers/caller.js'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import { addressee, blocks, recipientBlocks } from '../limits/blocks.js'
import { isPasscode } from '../limits/passcode.js'
import { judgedColumns, type JudgedInvite } from '../rows/lock-invite.js'

interface HeldInvite extends JudgedInvite {
  inviterName: string
  /** An account has verified the address of the invite. */
  hasAccount: boolean
  /** The database's clock. */
  now: string
}

/** SQL: neither the recipient nor the caller `$2` blocks the inviter, of the table `i`. Else the invite does not exist. */
export const existsForHolder = `not ${recipientBlocks} and not ${blocks('$2::uuid', 'i."userId"')}`

const heldText = `
  select ${judgedColumns}, u.name as "inviterName", ${addressee} is not null as "hasAccount",
    clock_timestamp()::timestamptz(3) as now
  from invites i join users u on u.id = i."userId" where i.id = $1 and ${existsForHolder}`

/** Reads an invite in one statement. 404 for a wrong passcode, and where one of the people blocks the inviter. */
export async function heldInvite(
  db: Database,
  id: string,
  passcode: string,
  caller: Caller | undefined
): Promise<HeldInvite> {
  const row = await runOne<HeldInvite & object>(db, heldText, [id, caller?.id ?? null])
  if (!row || !isPasscode(passcode, row.passcodeHash)) throw notFound()
  return row
}
