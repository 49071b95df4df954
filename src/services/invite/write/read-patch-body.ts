// Reads the body of a patch: what it changes, what it only repeats, and what it must not touch.
import { isAdmin, type Caller } from '../../../callers/caller.js'
import { badRequest, forbidden } from '../../../errors.js'
import { isObject, toUtc } from '../../../schema/formats.js'
import { checkerOf } from '../../../schema/validation.js'
import {
  immutableKeys,
  invitePatchSchema,
  outputOnlyKeys,
  type ImmutableValues,
  type InviteChanges
} from '../invite.schema.js'
import { requireSmallSpawnDetails } from './spawn-details.js'

export interface Changes {
  /** What to write. Times in UTC. */
  changes: InviteChanges
  /** What every matched row must have already. */
  immutables: ImmutableValues
}

const check = checkerOf(invitePatchSchema)
const timeKeys = ['startTime', 'endTime', 'expiresAt'] as const

/** The fields themselves, or the documented envelope whose only key is `body`. */
function unwrap(data: unknown): Record<string, unknown> {
  if (!isObject(data)) throw badRequest({ path: 'body', message: 'must be an object' })
  if (!('body' in data)) return data
  if (Object.keys(data).length > 1)
    throw badRequest({ path: 'body', message: 'must stand alone when it is the envelope' })
  if (!isObject(data['body'])) throw badRequest({ path: 'body', message: 'must be an object' })
  return data['body']
}

/** Reads a body, or throws 400; makeAdmin:true is for administrators, whatever matches: 403. */
export function readChanges(data: unknown, caller: Caller): Changes {
  const sent = check(unwrap(data)) as Record<string, unknown>
  const immutables: ImmutableValues = {}
  const changes: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(sent)) {
    if ((outputOnlyKeys as readonly string[]).includes(key)) continue
    const immutable = immutableKeys.find((known) => known === key)
    if (immutable) immutables[immutable] = typeof value === 'string' ? value.toLowerCase() : null
    else changes[key] = value
  }
  if (Object.keys(changes).length === 0)
    throw badRequest({ path: 'body', message: 'must have a key that can be changed' })
  for (const key of timeKeys) {
    const value = changes[key]
    if (typeof value === 'string') changes[key] = toUtc(value)
  }
  if ('spawnDetails' in changes) {
    changes['spawnDetails'] ??= {}
    requireSmallSpawnDetails(changes['spawnDetails'], 'spawnDetails')
  }
  if (changes['makeAdmin'] === true && !isAdmin(caller)) throw forbidden('Only administrators may set makeAdmin')
  return { changes, immutables }
}
