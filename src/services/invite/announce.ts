// Emits an event for each changed invite, once, after the commit. Only its inviter and its invitee receive it.
import { isAnySocketOpen, openChannelOf } from '../../callers/channels.js'
import type { Callers } from '../../callers/callers.js'
import type { Application } from '../../declarations.js'
import { audience } from './invite.policy.js'
import type { PopulatedInvite } from './invite.table.js'
import { loginsFor, populate } from './rows/populate.js'

type InviteEvent = 'created' | 'patched' | 'removed'

export type Announce = (event: InviteEvent, invites: PopulatedInvite[]) => Promise<void>

/**
 * The ids of the users whose logins the listeners see: their own, or null, which is all, when one of them may see all.
 */
async function loginsOf(callers: Callers, listeners: string[]): Promise<string[] | null> {
  const known = await Promise.all(listeners.map((userId) => callers.byId(userId)))
  return known.some((listener) => loginsFor(listener) === null) ? null : listeners
}

/**
 * Makes the function that emits an event on the invite service; publish.ts sends each listener their own view. If a user
 * listens, it first loads the logins that the listeners see, for all rows at once. If a listener fails, it logs the
 * error: the change has happened.
 */
export const announcer =
  (app: Application): Announce =>
  async (event, invites) => {
    const logger = app.get('logger')
    const service = app.service('invite')
    // The one listener is the transport, which would find for each row that no user is connected.
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
