// Emits an event for each changed invite, once, after the commit, in the order of the changes. Only its inviter and its
// invitee receive it; a request, only its inviter.
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '../../callers/caller.js'
import { isAnySocketOpen, openChannelOf } from '../../callers/channels.js'
import type { Application } from '../../declarations.js'
import { audience, type AnnouncedInvite, type InviteEvent } from './invite.policy.js'
import { blockersAmong } from './limits/blocks.js'
import type { PopulatedInvite } from './invite.table.js'
import { loginsFor, populate } from './rows/populate.js'

export interface Announce {
  (event: InviteEvent, invites: PopulatedInvite[]): Promise<void>
  /**
   * Runs a change that will be announced. The reply to an earlier change can arrive after that to a later one, on another
   * connection: events wait for the changes that were running when they came.
   */
  during<T>(change: () => Promise<T>): Promise<T>
}

/** Events wait so long at most: a change that takes longer is heard late. */
const patienceMs = 1000

interface Change {
  event: InviteEvent
  invite: AnnouncedInvite
}

/** The listeners of some changes, by id. A listener without an account is left out. */
export type Viewers = Map<string, Caller>

/** The ids of the users whose logins the listeners see: their own, or null, which is all, when one of them may see all. */
const loginsOf = (viewers: Viewers): string[] | null =>
  [...viewers.values()].some((viewer) => loginsFor(viewer) === null) ? null : [...viewers.keys()]

/** The order of the commits: each change of an invite has a later `updatedAt`, and what removes it comes last. */
const inOrder = (a: Change, b: Change) =>
  Date.parse(a.invite.updatedAt) - Date.parse(b.invite.updatedAt) ||
  Number(a.event === 'removed') - Number(b.event === 'removed')

/**
 * Joins changes with their rows as `populate` returns them, in the same order. It leaves out all changes of an invite
 * that is gone.
 */
function withRows(changes: Change[], rows: PopulatedInvite[]): Change[] {
  let next = 0
  return changes.flatMap(({ event, invite }) => {
    const row = rows[next]
    if (row?.id !== invite.id) return []
    next += 1
    return [{ event, invite: row }]
  })
}

/** Leaves out the listeners who block the inviter: for them the invite does not exist. */
async function withoutBlockers(app: Application, changes: Change[], viewers: Viewers): Promise<Change[]> {
  const inviters = [...new Set(changes.map(({ invite }) => invite.userId))]
  // The usual listener is the inviter alone, who does not block themselves.
  if (viewers.size === 1 && inviters.length === 1 && viewers.has(inviters[0] ?? '')) return changes
  const blockersOf = await blockersAmong(app.get('db'), [...viewers.keys()], inviters)
  return changes.map(({ event, invite }) => ({
    event,
    invite: Object.assign(invite, { hiddenFrom: blockersOf.get(invite.userId) ?? [] })
  }))
}

/**
 * Makes the function that emits an event on the invite service; publish.ts sends each listener their own view. For a
 * change with a listener, it first loads the rights of its listeners and the logins that they see. Loading takes longer
 * for one change than for another, so these changes wait in one queue: the announcer loads all that wait, and then emits
 * them in order. If loading fails, it logs the error and tells the listeners that they missed events: the change has
 * happened.
 */
function announcer(app: Application): Announce {
  const logger = app.get('logger')
  const isListening = (userId: string) => openChannelOf(app, userId) !== undefined
  const listenersTo = (changes: Change[]) =>
    [...new Set(changes.flatMap(({ event, invite }) => audience(invite, event)))].filter(isListening)

  function emit({ event, invite }: Change, viewers: Viewers): void {
    const service = app.service('invite')
    // A passcode is in the reply to its caller, and in no event.
    const result = invite.passcode === null ? invite : { ...invite, passcode: null }
    try {
      service.emit(event, result, { app, path: 'invite', service, event, result, viewers })
    } catch (error) {
      logger.error({ err: error, event }, 'a listener of an invite event failed')
    }
  }

  async function load(changes: Change[]): Promise<[Change[], Viewers]> {
    const callers = await Promise.all(listenersTo(changes).map((userId) => app.get('callers').byId(userId)))
    const viewers: Viewers = new Map(callers.flatMap((caller) => (caller ? [[caller.id, caller]] : [])))
    if (viewers.size === 0) return [changes, viewers]
    const rows = changes.map(({ invite }) => invite)
    const loaded = withRows(changes, await populate(app.get('db'), rows, loginsOf(viewers)))
    return [await withoutBlockers(app, loaded, viewers), viewers]
  }

  let waiting: Change[] = []
  /** Ends when all changes that wait now have been emitted. */
  let next: Promise<void> | undefined
  let last = Promise.resolve()

  /** The changes that run now. */
  const running = new Set<Promise<unknown>>()

  /** The changes that wait now, and those of the same invites that were made before them. */
  async function takeWaiting(): Promise<Change[]> {
    const newest = new Map<string, string>()
    for (const { invite } of waiting.toSorted(inOrder)) newest.set(invite.id, invite.updatedAt)
    if (running.size > 0) {
      await Promise.race([Promise.allSettled(running), sleep(patienceMs, undefined, { ref: false })])
      // A change that has ended is announced by now.
      await immediate()
    }
    const isDue = ({ invite }: Change) => invite.updatedAt <= (newest.get(invite.id) ?? '')
    const due = waiting.filter(isDue).toSorted(inOrder)
    waiting = waiting.filter((change) => !isDue(change))
    return due
  }

  async function emitWaiting(): Promise<void> {
    next = undefined
    const changes = await takeWaiting()
    if (changes.length === 0) return
    try {
      const [loaded, viewers] = await load(changes)
      for (const change of loaded) emit(change, viewers)
    } catch (error) {
      logger.error({ err: error, changes: changes.length }, 'invite events were not announced')
      for (const userId of listenersTo(changes)) app.emit('stale', userId)
    }
  }

  const announce = async (event: InviteEvent, invites: PopulatedInvite[]) => {
    // The one listener is the transport, which would find for each row that no user is connected.
    if (!isAnySocketOpen(app) && app.service('invite').listenerCount(event) === 1) return
    const changes = invites.map((invite): Change => ({ event, invite }))
    if (listenersTo(changes).length === 0) {
      for (const change of changes) emit(change, new Map())
      return
    }
    waiting.push(...changes)
    next ??= last = last.then(emitWaiting)
    await next
  }

  async function during<T>(change: () => Promise<T>): Promise<T> {
    if (!isAnySocketOpen(app)) return change()
    const work = change()
    running.add(work)
    try {
      return await work
    } finally {
      running.delete(work)
    }
  }
  return Object.assign(announce, { during })
}

const announcers = new WeakMap<Application, Announce>()

/** The announcer of the application. It has one, because it puts the changes of all services in order. */
export function announcerOf(app: Application): Announce {
  const announce = announcers.get(app) ?? announcer(app)
  announcers.set(app, announce)
  return announce
}
