// new-user: somebody who has no account yet makes one.
import { conflict } from '../../../errors.js'
import type { InviteTypeRules } from './invite-type.js'

export const newUser: InviteTypeRules = {
  target: null,
  standing: null,
  mayStillInvite: async () => true,
  accept: async (_db, _invite, accepter) => {
    if (!accepter.isNew) throw conflict('You have an account already')
  },
  landing: async (_db, { inviteType }) => ({ inviteType, targetObjectId: null }),
  inWords: () => 'to make an account',
  targetName: async () => null
}
