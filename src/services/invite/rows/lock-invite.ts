// The first step of everything that happens to one invite: alone with its row until the transaction ends.
import { runOne, type Database } from '../../../database/statement.js'
import type { InviteRow } from '../invite.table.js'
import { inviteColumns } from './populate.js'

export interface LockedInvite extends InviteRow {
  passcodeHash: Buffer | null
  /** By the database's clock, at the moment of the lock: false before a timed invite's startTime. */
  open: boolean
}

const lockText = `
  select ${inviteColumns}, i."passcodeHash",
    not (i.timed and coalesce(i."startTime" > clock_timestamp(), false)) as open
  from invites i where i.id = $1 for update`

/** Locks the row first and reads it then: what is read is what everybody before has committed. */
export async function lockInvite(db: Database, id: string): Promise<LockedInvite | undefined> {
  // A row that changed while it was waited for is read again, its expressions with it.
  return runOne<LockedInvite & object>(db, lockText, [id])
}
