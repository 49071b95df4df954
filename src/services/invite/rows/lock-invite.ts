// Locks the row of an invite until the transaction ends: the first step of every change to one invite.
import { runOne, type Database } from '../../../database/statement.js'
import { isOpen, type InviteRow } from '../invite.table.js'
import { inviteColumns } from './populate.js'

export interface LockedInvite extends InviteRow {
  passcodeHash: Buffer | null
  /** By the database's clock, at the moment of the lock: false before a timed invite's startTime. */
  open: boolean
}

const lockText = `
  select ${inviteColumns}, i."passcodeHash", ${isOpen} as open
  from invites i where i.id = $1 for update`

/** Locks the row first and reads it then, so it reads the changes that other transactions have committed. */
export async function lockInvite(db: Database, id: string): Promise<LockedInvite | undefined> {
  // If the row changed while this statement waited for it, Postgres reads it again and evaluates its expressions again.
  return runOne<LockedInvite & object>(db, lockText, [id])
}
