// location: the accepter is authorised at a location.
import { locationTables } from '../../location/location.js'
import type { InviteTypeRules } from './invite-type.js'
import { join, landingAt, memberOf, placeName, standingAt, stillModerates } from './membership.js'

export const location: InviteTypeRules = {
  invitee: 'anybody',
  target: 'location',
  standing: standingAt(locationTables),
  mayStillInvite: (db, { targetObjectId, userId }) => stillModerates(db, locationTables, targetObjectId ?? '', userId),
  holds: (user, _inviter, target) => memberOf(locationTables)(user, target),
  accept: (db, { targetObjectId }, accepter) => join(db, locationTables, targetObjectId ?? '', accepter.id),
  landing: async (_db, invite) =>
    landingAt(invite, { ...(invite.targetObjectId !== null && { locationId: invite.targetObjectId }) }),
  targetName: (db, { targetObjectId }) => placeName(db, locationTables, targetObjectId ?? '')
}
