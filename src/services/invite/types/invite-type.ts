// What a type of invite must answer. One file a type; see index.ts for the list.
import type { Database } from '../../../database/statement.js'
import type { InviteRow, Landing } from '../invite.table.js'

export interface InviteTypeRules {
  /** What `targetObjectId` names; null where there must be none. */
  target: 'channel' | 'location' | 'instance' | null

  /** `without account`: the invite makes the account, so it cannot name an invitee. */
  invitee: 'anybody' | 'without account'

  /**
   * SQL for how a user stands to a target: 'may' invite to it, only 'sees' it, or null. Both arguments are SQL
   * expressions of type uuid. Null where there is no target: anybody may.
   */
  standing: ((user: string, target: string) => string) | null

  /** Locks what gives the inviter the right to invite, and says whether they still have it. */
  mayStillInvite(db: Database, invite: InviteRow): Promise<boolean>

  /**
   * What acceptance does, in the transaction that claims the invite. Throws the refusal when it cannot be; `isNew`
   * says that the account was made by this very acceptance.
   */
  accept(db: Database, invite: InviteRow, accepter: { id: string; isNew: boolean }): Promise<void>

  /** Where the accepter goes. */
  landing(db: Database, invite: InviteRow): Promise<Landing>

  /** In words, for the message: what somebody invites to. `target` is its name, where there is one. */
  inWords(target: string | null): string

  /** The name of the target, to tell who is invited; null where there is none. */
  targetName(db: Database, invite: InviteRow): Promise<string | null>
}
