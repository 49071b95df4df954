// instance: the accepter is authorised at the location of a running instance, and goes to that instance.
import { runOne, type Database } from '../../../database/statement.js'
import { notFound } from '../../../errors.js'
import { locationTables } from '../../location/location.js'
import type { InviteRow } from '../invite.table.js'
import type { InviteTypeRules } from './invite-type.js'
import { join, landingAt, memberOf, placeName, standingAt, stillModerates } from './membership.js'

const locationOf = async (db: Database, { targetObjectId }: InviteRow): Promise<string | undefined> =>
  (await runOne<{ locationId: string }>(db, 'select "locationId" from instances where id = $1', [targetObjectId]))
    ?.locationId

const locationSql = (target: string) => `(select n."locationId" from instances n where n.id = ${target})`

export const instance: InviteTypeRules = {
  invitee: 'anybody',
  target: 'instance',
  standing: (user, target) => standingAt(locationTables)(user, locationSql(target)),

  async mayStillInvite(db, invite) {
    const locationId = await locationOf(db, invite)
    return locationId !== undefined && stillModerates(db, locationTables, locationId, invite.userId)
  },

  holds: (user, _inviter, target) => memberOf(locationTables)(user, locationSql(target)),

  async accept(db, invite, accepter) {
    const locationId = await locationOf(db, invite)
    if (locationId === undefined) throw notFound()
    return join(db, locationTables, locationId, accepter.id)
  },

  async landing(db, invite) {
    const { targetObjectId } = invite
    const locationId = await locationOf(db, invite)
    return landingAt(invite, {
      ...(locationId !== undefined && { locationId }),
      ...(targetObjectId !== null && { instanceId: targetObjectId })
    })
  },

  async targetName(db, invite) {
    const locationId = await locationOf(db, invite)
    return locationId === undefined ? null : placeName(db, locationTables, locationId)
  }
}
