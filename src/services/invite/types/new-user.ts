// new-user: a person without an account makes one.
import { refuse } from '../../../errors.js'
import type { InviteTypeRules } from './invite-type.js'

export const newUser: InviteTypeRules = {
  invitee: 'without account',
  target: null,
  standing: null,
  mayStillInvite: async () => true,
  // Every user has an account.
  holds: () => 'true',
  accept: async (_db, _invite, accepter) => {
    if (!accepter.isNew) throw refuse('account-exists')
    return true
  },
  landing: async (_db, { inviteType }) => ({ inviteType, targetObjectId: null }),
  targetName: async () => null
}
