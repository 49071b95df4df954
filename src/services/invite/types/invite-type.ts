// The interface of an invite type. Each type has a file; index.ts lists the types.
import type { Database } from '../../../database/statement.js'
import type { InviteRow } from '../invite.table.js'
import type { Landing } from './landing.js'

export interface InviteTypeRules {
  /** The kind of row that `targetObjectId` names; null for a type without a target. */
  target: 'channel' | 'location' | 'instance' | null

  /** `without account`: the invite makes the account, so it cannot name an invitee. */
  invitee: 'anybody' | 'without account'

  /**
   * SQL for the standing of a user at a target: 'may' invite to it, only 'sees' it, or null. Both arguments are SQL
   * expressions of type uuid. The property is null for a type without a target: every user may invite.
   */
  standing: ((user: string, target: string) => string) | null

  /** Locks the rows that give the inviter the right to invite. False when the inviter no longer has it. */
  mayStillInvite(db: Database, invite: InviteRow): Promise<boolean>

  /**
   * SQL: whether a user has already what an acceptance of an invite of `inviter` to `target` gives. All are SQL
   * expressions of type uuid.
   */
  holds(user: string, inviter: string, target: string): string

  /**
   * Does the work of an acceptance, in the transaction that claims the invite. Throws when the accepter cannot accept.
   * `isNew` says that this very acceptance made the account. Returns whether it gave anything: false if the accepter
   * had all of it already. The database decides that as it writes, so two calls at once cannot both have given it.
   */
  accept(db: Database, invite: InviteRow, accepter: { id: string; isNew: boolean }): Promise<boolean>

  /** Where the accepter goes. */
  landing(db: Database, invite: InviteRow): Promise<Landing>

  /** The name of the target, to show to the invitee; null where there is none. */
  targetName(db: Database, invite: InviteRow): Promise<string | null>
}
