// What may be wrong with a change, for any of the rows that it matches: each rule is counted by the statement of patch.ts
// and says what is answered when it is broken. What the database's constraints state is left to them.
import { badRequest, forbidden, notFound, type FeathersError } from '../../../errors.js'
import type { Changes } from './read-patch-body.js'
import type { Values } from '../filter/filter-sql.js'
import { standingSql, targetedTypes } from '../types/index.js'
import type { InviteChanges } from '../invite.schema.js'

const sqlTypes: Record<keyof InviteChanges, string> = {
  targetObjectId: 'uuid',
  deleteOnUse: 'boolean',
  makeAdmin: 'boolean',
  spawnType: 'text',
  spawnDetails: 'json',
  timed: 'boolean',
  startTime: 'timestamptz',
  endTime: 'timestamptz',
  maxUses: 'int',
  expiresAt: 'timestamptz',
  inviteType: 'text'
}
const immutableTypes = { userId: 'uuid', token: 'text', identityProviderType: 'text', inviteeId: 'uuid' } as const

/** Something that may be wrong with a matched row `m` at the time `clock`, and what is then answered. */
export interface Rule {
  sql: string
  refuse: () => FeathersError
}

/** What each column will be: the new value where one was sent, else the row's own. */
export function finalValues({ changes }: Changes, values: Values) {
  const sent = new Map(
    Object.entries(changes).map(([key, value]) => [
      key,
      values.add(key === 'spawnDetails' ? JSON.stringify(value) : value, sqlTypes[key as keyof InviteChanges])
    ])
  )
  return { sent, of: (key: keyof InviteChanges, row: string) => sent.get(key) ?? `${row}."${key}"` }
}

export type Final = ReturnType<typeof finalValues>

function immutableRules({ immutables }: Changes, values: Values): Rule[] {
  return Object.entries(immutables).map(([key, value]) => ({
    sql: `m."${key}" is distinct from ${values.add(value, immutableTypes[key as keyof typeof immutableTypes])}`,
    refuse: () => badRequest({ path: key, message: 'cannot be changed' })
  }))
}

/** Type and target must fit each other. */
function targetRules({ sent, of }: Final): Rule[] {
  if (!sent.has('inviteType') && !sent.has('targetObjectId')) return []
  const type = of('inviteType', 'm')
  const target = of('targetObjectId', 'm')
  const at = sent.has('targetObjectId') ? 'targetObjectId' : 'inviteType'
  return [
    {
      sql: `${type} not in (${targetedTypes}) and ${target} is not null`,
      refuse: () => badRequest({ path: at, message: 'friend and new-user have no target' })
    },
    {
      sql: `${type} in (${targetedTypes}) and ${target} is null`,
      refuse: () => badRequest({ path: at, message: 'this type needs a target' })
    },
    {
      sql: `${type} = 'new-user' and m.recipient = 'user'`,
      refuse: () => badRequest({ path: 'inviteType', message: 'the invitee has an account already' })
    }
  ]
}

/** What the row's inviter must be allowed to give, once all that is asked for is well-formed. */
function rightRules({ sent, of }: Final): Rule[] {
  if (!sent.has('inviteType') && !sent.has('targetObjectId')) return []
  const type = of('inviteType', 'm')
  const target = of('targetObjectId', 'm')
  const moved = `(${type} <> m."inviteType" or ${target} is distinct from m."targetObjectId")`
  const standing = standingSql(type, 'm."userId"', target)
  return [
    { sql: `${moved} and ${target} is not null and ${standing} is null`, refuse: () => notFound('No such target') },
    { sql: `${moved} and ${standing} = 'sees'`, refuse: () => forbidden('The inviter may not invite to this target') }
  ]
}

/** The window and the lifetime, where the body touches them. What the constraints state is left to them. */
function timeRules({ sent, of }: Final): Rule[] {
  const rules: Rule[] = []
  const timed = of('timed', 'm')
  if (sent.has('endTime') || sent.has('timed')) {
    rules.push({
      sql: `${timed} and ${of('endTime', 'm')} <= clock and
        (${of('endTime', 'm')} is distinct from m."endTime" or not m.timed)`,
      refuse: () => badRequest({ path: 'endTime', message: 'must be in the future' })
    })
  }
  const expiresAt = sent.get('expiresAt')
  if (expiresAt) {
    const moved = `${expiresAt} is distinct from m."expiresAt"`
    rules.push(
      {
        sql: `${timed} and ${expiresAt} is not null and ${moved}`,
        refuse: () => badRequest({ path: 'expiresAt', message: 'must not be given when timed is true' })
      },
      {
        sql: `not ${timed} and ${moved} and ${expiresAt} <= clock`,
        refuse: () => badRequest({ path: 'expiresAt', message: 'must be in the future' })
      },
      {
        sql: `not ${timed} and ${moved} and ${expiresAt} > clock + interval '30 days'`,
        refuse: () => badRequest({ path: 'expiresAt', message: 'must be at most 30 days ahead' })
      }
    )
  }
  return rules
}

function otherRules({ changes }: Changes, { sent }: Final): Rule[] {
  const rules: Rule[] = []
  const maxUses = sent.get('maxUses')
  if (maxUses) {
    rules.push({
      sql: `m.recipient <> 'bearer' and ${maxUses} <> 1`,
      refuse: () => badRequest({ path: 'maxUses', message: 'must be 1 for an invite with a recipient' })
    })
  }
  if (changes.makeAdmin) {
    rules.push({
      sql: `m.recipient = 'bearer'`,
      refuse: () => badRequest({ path: 'makeAdmin', message: 'must not be set on a link that anybody can use' })
    })
  }
  return rules
}

/** All rules that this body calls for, in the order of their refusals: 400 before 403 and 404. */
export const rulesOf = (body: Changes, final: Final, values: Values): Rule[] => [
  ...immutableRules(body, values),
  ...targetRules(final),
  ...timeRules(final),
  ...otherRules(body, final),
  ...rightRules(final)
]
