// Emits an event for each changed invite, once, after the commit. Only its inviter and its invitee receive it.
import { isAnySocketOpen, openChannelOf } from '../../callers/channels.js'
import type { Callers } from '../../callers/callers.js'
import { run, type Database } from '../../database/statement.js'
import type { Application } from '../../declarations.js'
import { audience, type AnnouncedInvite } from './invite.policy.js'
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

/** The pairs of users of whom one blocks the other, as keys for `pair`. */
async function blocksAmong(db: Database, blockers: string[], inviters: string[]): Promise<Set<string>> {
  const rows = await run<{ userId: string; relatedUserId: string }>(
    db,
    `select "userId", "relatedUserId" from user_relationships
     where "userId" = any($1::uuid[]) and "relatedUserId" = any($2::uuid[]) and "userRelationshipType" = 'blocking'`,
    [blockers, inviters]
  )
  return new Set(rows.map(({ userId, relatedUserId }) => pair(userId, relatedUserId)))
}
const pair = (blocker: string, inviter: string) => `${blocker} ${inviter}`

/** Populates invites for their listeners, and leaves out the listeners who block the inviter. */
async function forListeners(
  app: Application,
  invites: PopulatedInvite[],
  listeners: string[]
): Promise<AnnouncedInvite[]> {
  const db = app.get('db')
  const told = await populate(db, invites, await loginsOf(app.get('callers'), listeners))
  const inviters = [...new Set(told.map(({ userId }) => userId))]
  // The usual listener is the inviter alone, who blocks nobody here.
  if (inviters.length === 1 && listeners.length === 1 && inviters[0] === listeners[0]) return told
  const blocked = await blocksAmong(db, listeners, inviters)
  return told.map((invite) => ({
    ...invite,
    hiddenFrom: listeners.filter((listener) => blocked.has(pair(listener, invite.userId)))
  }))
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
      const told = listeners.length === 0 ? invites : await forListeners(app, invites, listeners)
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
