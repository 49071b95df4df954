// Locks the row of an invite until the transaction ends: the first step of every change to one invite.
import { run, type Database } from '../../../database/statement.js'
import { isOpen, isPending, type InviteRow } from '../invite.table.js'
import { blocks, recipientBlocks } from '../limits/blocks.js'
import { typesForNewcomers } from '../types/index.js'
import { inviteColumns } from './populate.js'

/** An invite, and how the caller stands to it. */
export interface JudgedInvite extends InviteRow {
  passcodeHash: Buffer | null
  /** By the database's clock, at the moment of the lock: false before a timed invite's startTime. */
  open: boolean
  /**
   * The caller blocks the inviter. Without a signed-in caller: the recipient blocks the inviter. For a person who blocks
   * its inviter, the invite does not exist.
   */
  hidden: boolean
  /** The inviter blocks the caller. */
  barred: boolean
  /** The caller's account has the address of the invite, verified or not. */
  carried: boolean
}
/** A JudgedInvite whose row is locked until the transaction ends. */
export type LockedInvite = JudgedInvite

/** SQL: the columns of a JudgedInvite, of the table `i`; `$2` is the caller's id, or null. */
export const judgedColumns = `${inviteColumns}, i."passcodeHash", ${isOpen} as open,
  case when $2::uuid is null then ${recipientBlocks} else ${blocks('$2::uuid', 'i."userId"')} end as hidden,
  ${blocks('i."userId"', '$2::uuid')} as barred,
  exists (
    select 1 from identity_providers p
    where p."userId" = $2::uuid and p.type = i."identityProviderType" and p.token = i.token
  ) as carried`

const locked = `select ${judgedColumns} from invites i`

const oneText = `${locked} where i.id = $1 for update`

/** The pending invites of table `i` that ask the owner of an address to make an account. */
export const toNewcomer = (address: string) =>
  `i.token = ${address} and i."inviteType" in (${typesForNewcomers}) and ${isPending}`

/**
 * Locks in the order of ids, as every statement that locks several invites does: two calls that each lock the invites to
 * one address wait for each other, and do not deadlock.
 */
const withOthersText = `
  with these as materialized (
    select $1::uuid as id
    union
    select i.id from invites given join invites i on ${toNewcomer('given.token')} where given.id = $1
  )
  ${locked} where i.id in (select id from these) order by i.id for update of i`

/**
 * Locks the row first and reads it then, so it reads the changes that other transactions have committed. A call that
 * may verify the address of the invite says so: then the other invites that end by that are locked as well.
 */
export async function lockInvite(
  db: Database,
  id: string,
  callerId: string | undefined,
  mayVerify = false
): Promise<LockedInvite | undefined> {
  // If the row changed while this statement waited for it, Postgres reads it again and evaluates its expressions again.
  const rows = await run<LockedInvite & object>(db, mayVerify ? withOthersText : oneText, [id, callerId ?? null])
  return rows.find((row) => row.id === id)
}
