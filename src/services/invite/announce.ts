// Tells those who listen that invites have changed: after the commit, each row once, to its inviter and invitee only.
import { isAnySocketOpen, openChannelOf } from '../../callers/channels.js'
import type { Callers } from '../../callers/callers.js'
import type { Application } from '../../declarations.js'
import { audience } from './invite.policy.js'
import type { PopulatedInvite } from './invite.table.js'
import { loginsFor, populate } from './rows/populate.js'

type InviteEvent = 'created' | 'patched' | 'removed'

export type Announce = (event: InviteEvent, invites: PopulatedInvite[]) => Promise<void>

/** The users whose logins the listeners see: their own, or everybody's (null) where one of them may see those. */
async function loginsOf(callers: Callers, listeners: string[]): Promise<string[] | null> {
  const known = await Promise.all(listeners.map((userId) => callers.byId(userId)))
  return known.some((listener) => loginsFor(listener) === null) ? null : listeners
}

/**
 * Makes the function that emits an event on the invite service; realtime/ shows each listener their own view. Where
 * somebody listens, the logins that they see are loaded first, for all rows at once. A listener that fails is logged:
 * the change has happened.
 */
export const announcer =
  (app: Application): Announce =>
  async (event, invites) => {
    const logger = app.get('logger')
    const service = app.service('invite')
    // One listener is the transport, which would find for each row that nobody is connected.
    if (!isAnySocketOpen(app) && service.listenerCount(event) === 1) return
    try {
      const listeners = [...new Set(invites.flatMap(audience))].filter((userId) => openChannelOf(app, userId))
      const told =
        listeners.length === 0
          ? invites
          : await populate(app.get('db'), invites, await loginsOf(app.get('callers'), listeners))
      for (const invite of told) {
        try {
          // A passcode is in the reply to its caller, and in no event.
          service.emit(event, invite.passcode === null ? invite : { ...invite, passcode: null })
        } catch (error) {
          logger.error({ err: error, event }, 'a listener of an invite event failed')
        }
      }
    } catch (error) {
      logger.error({ err: error, event }, 'an invite event was not announced')
    }
  }
