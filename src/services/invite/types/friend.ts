// friend: the inviter and the accepter become friends.
import { v7 as uuidv7 } from 'uuid'
import { run } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import type { InviteTypeRules } from './invite-type.js'

export const friend: InviteTypeRules = {
  invitee: 'anybody',
  target: null,
  standing: null,
  mayStillInvite: async () => true,

  holds: (user, inviter) => `exists (
    select 1 from user_relationships r
    where r."userId" = ${user} and r."relatedUserId" = ${inviter} and r."userRelationshipType" = 'friend'
  )`,

  /**
   * Writes both directions in one statement, in the order of the users' ids: two users who accept each other's invites
   * at the same moment lock the same rows in the same order. A row that is there already is locked and stays as it is
   * (a new row has no xmax). A block that was made meanwhile stays too, and the call throws 404.
   */
  async accept(db, invite, accepter) {
    const rows = [
      { id: uuidv7(), userId: invite.userId, relatedUserId: accepter.id },
      { id: uuidv7(), userId: accepter.id, relatedUserId: invite.userId }
    ]
    const rowsNow = await run<{ isNew: boolean }>(
      db,
      `insert into user_relationships (id, "userId", "relatedUserId", "userRelationshipType")
       select x.id, x."userId", x."relatedUserId", 'friend'
       from json_to_recordset($1::json) as x(id uuid, "userId" uuid, "relatedUserId" uuid)
       order by x."userId"
       on conflict on constraint user_relationships_pair do update set "updatedAt" = user_relationships."updatedAt"
         where user_relationships."userRelationshipType" = 'friend'
       returning xmax = 0 as "isNew"`,
      [JSON.stringify(rows)]
    )
    if (rowsNow.length !== rows.length) throw notFound()
    return rowsNow.some(({ isNew }) => isNew)
  },

  landing: async (_db, { inviteType }) => ({ inviteType, targetObjectId: null }),
  targetName: async () => null
}
