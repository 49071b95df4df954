// The statement that makes invites: judges every item, and inserts all of them or none.
import { enqueueInvitesText } from '../delivery/queue.js'
import { invitesMade, messagesSent } from '../limits/invite-quotas.js'
import { freeSlot } from '../limits/pending-slots.js'
import { invites, type InviteType } from '../invite.table.js'
import { inviteColumns, populatedColumns } from '../rows/populate.js'
import { standingSql } from '../types/index.js'
import { stateConstraints, type Judged, type Rule } from './rule.js'
import { rulesFor } from './rules.js'

/** The values of the statement, in their order; the last one only where there is an address. */
const input = '$1::json'
const inviter = '$2::uuid'
const guest = '$3::boolean'
const admin = '$4::boolean'
const pendingLimit = '$5::int'
const invitesLimit = '$6::bigint'
const logins = '$7::uuid[]'
const messagesLimit = '$8::bigint'

/**
 * The parts of the statement that the items need. It leaves out all others, so that the usual call, with one invite,
 * costs little.
 */
interface Occurring {
  /** The type of all items; undefined where they differ. */
  type: InviteType | undefined
  invitee: boolean
  address: boolean
  times: boolean
  several: boolean
}

const timeKeys: readonly string[] = ['timed', 'startTime', 'endTime', 'expiresAt']
const addressKeys: readonly string[] = ['token', 'identityProviderType']

/** Whether any item can have a value of this key. */
const occurs = (key: string, { invitee, address, times }: Occurring) =>
  key === 'inviteeId' ? invitee : addressKeys.includes(key) ? address : timeKeys.includes(key) ? times : true

/** `alike` counts the items so far that are the same invite, `earlier` those before this one to the same recipient. */
const amongItems = `
  row_number() over (partition by x."recipientKey" order by x.index) - 1 as earlier,
  row_number() over (
    partition by x."recipientKey", x."inviteType", x."targetObjectId" order by x.index
  ) as alike,
  row_number() over (order by x.index) as position`
const alone = '0 as earlier, 1 as alike, 1 as position'

/** The rules that look beyond the row: at the inviter's other invites, and at their number. */
const limits: Rule[] = [
  {
    reason: 'twin',
    keys: ['userId'],
    constraint: 'invites_twin',
    broken: () => `x."recipientKey" is not null and (x.alike > 1 or exists (
      select 1 from invites twin
      where twin."userId" = ${inviter} and twin."recipientKey" = x."recipientKey"
        and twin."inviteType" = x."inviteType" and twin."targetObjectId" is not distinct from x."targetObjectId"
        and twin.status = 'pending' and twin.recipient <> 'bearer' and twin.deadline > clock_timestamp()
    ))`
  },
  {
    reason: 'too-many-pending',
    keys: ['userId'],
    constraint: 'invites_slot_check',
    broken: () => `x."recipientKey" is not null and slot.number is null`
  },
  { reason: 'quota-inviter', keys: ['userId'], broken: () => `made.invites + x.position > ${invitesLimit}` },
  {
    reason: 'quota-recipient',
    keys: ['token'],
    broken: () => `x.token is not null and ${messagesSent('x.token', messagesLimit)} + x.earlier >= ${messagesLimit}`
  }
]
stateConstraints(limits)

const judged: Judged = {
  of: (key) => (key === 'uses' ? '0' : `x."${key}"`),
  clock: 'x.clock',
  inviter,
  standing: 'standing.word',
  guest,
  admin
}

const inserted = ['id', 'recipient', 'makeAdminBy', ...invites.sent.filter((name) => name !== 'expiresAt')]
  .map((name) => `"${name}"`)
  .join(', ')

const queuedText = `, queued as (
    ${enqueueInvitesText({ id: '"outboxId"', medium: '"identityProviderType"', recipient: 'token', inviteId: 'id', nonce: 'nonce' })}
    from judged
    where nonce is not null and not exists (select 1 from judged where broken <> '{}')
  )`

/**
 * Judges every item, then inserts all of them or none. `broken` has the numbers of the rules that an item breaks. The
 * slot is the first free one among the pending invites to the same recipient, earlier items of the call included.
 */
const textFor = (rules: Rule[], { type, address, several }: Occurring) => `
  with input as materialized (
    select x.*, date_trunc('milliseconds', clock_timestamp()) as clock,
      ${several ? amongItems : alone}
    from json_to_recordset(${input}) as x(
      index int, id uuid, recipient text, ${invites.input}, "makeAdminBy" uuid,
      "recipientKey" text, "passcodeHash" text, nonce text, "outboxId" uuid
    )
  ), judged as materialized (
    select x.*,
      coalesce(x."expiresAt", case when not x.timed then x.clock + interval '7 days' end) as "endsAt",
      slot.number as slot,
      array_remove(array[
        ${rules.map(({ broken }, number) => `case when ${broken(judged)} then ${number} end`).join(', ')}
      ], null) as broken
    from input x
    cross join (select ${invitesMade(inviter, invitesLimit)} as invites) made
    cross join lateral (
      select ${standingSql('x."inviteType"', inviter, 'x."targetObjectId"', type && [type])} as word
    ) standing
    cross join lateral (
      select case when x."recipientKey" is not null
        then ${freeSlot(inviter, 'x."recipientKey"', 'x.earlier', pendingLimit)} end as number
    ) slot
  ), inserted as (
    insert into invites as i (${inserted}, "expiresAt", "userId", "passcodeHash", slot, "deliveryStatus",
      "createdAt", "updatedAt")
    select ${inserted}, "endsAt", ${inviter}, decode("passcodeHash", 'hex'), coalesce(slot, 1),
      case when nonce is null then 'none' else 'queued' end, clock, clock
    from judged where not exists (select 1 from judged where broken <> '{}')
    returning ${inviteColumns}
  ), history as (
    insert into invite_history ("inviteId", "userId", action) select id, ${inviter}, 'created' from inserted
  )${address ? queuedText : ''}
  select ${populatedColumns('inserted', logins)}, judged.index, judged.broken
  from judged left join inserted c on c.id = judged.id
  order by judged.index`

interface Creation {
  /** Its rows end with an item's index and the numbers of the rules that it breaks. */
  text: string
  rules: Rule[]
}

const creations = new Map<string, Creation>()

/** The statement for these items. There are few different ones, so each is made once. */
export function creationFor(occurring: Occurring): Creation {
  const name = JSON.stringify(occurring)
  const known = creations.get(name)
  if (known) return known
  const written = (key: string) => occurs(key, occurring)
  const rules = [...rulesFor(written), ...limits.filter(({ keys }) => keys.some(written))]
  const made = { rules, text: textFor(rules, occurring) }
  creations.set(name, made)
  return made
}

/** The parts of the statement that these items need. */
export function occurringIn(items: Record<string, unknown>[]): Occurring {
  const [type, ...others] = new Set(items.map(({ inviteType }) => inviteType as InviteType))
  const has = (key: string) => items.some((item) => item[key] !== undefined && item[key] !== null)
  return {
    type: others.length === 0 ? type : undefined,
    invitee: has('inviteeId'),
    address: addressKeys.some(has),
    times: timeKeys.some(has),
    several: items.length > 1
  }
}
