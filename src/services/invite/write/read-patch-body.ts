// Reads the body of a patch: the fields that it sets, and those that it only repeats.
import type { Caller } from '../../../callers/caller.js'
import { badRequest, invalid, refuse } from '../../../errors.js'
import { isObject } from '../../../schema/is-object.js'
import { checkerOf } from '../../../schema/validation.js'
import { mayMakeAdmin } from '../invite.policy.js'
import { invitePatchSchema, invites, type InviteChanges, type InviteFixed } from '../invite.table.js'
import { requireSmallSpawnDetails } from './spawn-details.js'

export interface PatchBody {
  /** The values to write, as they are stored. */
  changes: InviteChanges
  /** The values that every matched row must have already. */
  repeated: Partial<Record<InviteFixed, unknown>>
}

const check = checkerOf(invitePatchSchema)

/** The fields themselves, or the documented envelope whose only key is `body`. */
function unwrap(data: unknown): Record<string, unknown> {
  if (!isObject(data)) throw badRequest({ path: 'body', message: 'must be an object' })
  if (!('body' in data)) return data
  if (Object.keys(data).length > 1)
    throw badRequest({ path: 'body', message: 'must stand alone when it is the envelope' })
  if (!isObject(data['body'])) throw badRequest({ path: 'body', message: 'must be an object' })
  return data['body']
}

/**
 * Reads a body, or throws 400. makeAdmin:true is for administrators: other callers get a 403, even if no invite
 * matches.
 */
export function readPatchBody(data: unknown, caller: Caller): PatchBody {
  const sent = check(unwrap(data)) as Record<string, unknown>
  const valuesOf = (keys: readonly string[]) =>
    // In the order of the body, which the history keeps.
    Object.fromEntries(
      Object.keys(sent)
        .filter((key) => keys.includes(key))
        .map((key) => [key, invites.clean(key, sent[key])])
    )
  const changes: InviteChanges = valuesOf(invites.edited)
  if (Object.keys(changes).length === 0) throw invalid({ reason: 'nothing-to-change', path: 'body' })
  requireSmallSpawnDetails(changes.spawnDetails, 'spawnDetails')
  if (!mayMakeAdmin(caller, changes.makeAdmin)) throw refuse('admins-only-make-admin')
  return { changes, repeated: valuesOf(invites.fixed) }
}
