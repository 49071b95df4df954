// channel: the accepter joins a channel.
import { channelTables } from '../../channel/channel.js'
import type { InviteTypeRules } from './invite-type.js'
import { join, memberOf, placeName, standingAt, stillModerates } from './membership.js'

export const channel: InviteTypeRules = {
  invitee: 'anybody',
  target: 'channel',
  standing: standingAt(channelTables),
  mayStillInvite: (db, { targetObjectId, userId }) => stillModerates(db, channelTables, targetObjectId ?? '', userId),
  holds: (user, _inviter, target) => memberOf(channelTables)(user, target),
  accept: (db, { targetObjectId }, accepter) => join(db, channelTables, targetObjectId ?? '', accepter.id),
  landing: async (_db, { inviteType, targetObjectId }) => ({ inviteType, targetObjectId }),
  targetName: (db, { targetObjectId }) => placeName(db, channelTables, targetObjectId ?? '')
}
