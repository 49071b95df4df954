// The statement that makes invites: judges every item, and inserts all of them or none.
import { now } from '../../../database/clock.js'
import { enqueueInvitesText } from '../delivery/queue.js'
import { invitesInTurn, messagesInTurn } from '../limits/invite-quotas.js'
import { endOf } from '../limits/lifetime.js'
import { freeSlot } from '../limits/pending-slots.js'
import { invites } from '../invite.table.js'
import { inviteColumns, populatedColumns } from '../rows/populate.js'
import { holdsSql, standingSql } from '../types/index.js'
import { inviter, invitesLimit, limitRules, messagesLimit } from './limit-rules.js'
import { newInvites } from './new-invite.js'
import { occurs, type Occurring } from './statement-parts.js'
import type { Judged, Rule } from './rule.js'
import { rulesFor } from './rules.js'

/** The values of the statement, $1 to $7, with those of limit-rules.ts; the last one only where there is an address. */
const input = '$1::json'
const guest = '$3::boolean'
const pendingLimit = '$4::int'
const logins = '$6::uuid[]'

/** `alike` counts the items so far that are the same invite, `earlier` those before this one to the same recipient. */
const amongItems = `
  row_number() over (partition by x."recipientKey" order by x.index) - 1 as earlier,
  row_number() over (
    partition by x."recipientKey", x."inviteType", x."targetObjectId" order by x.index
  ) as alike,
  row_number() over (order by x.index) as position`
const alone = '0 as earlier, 1 as alike, 1 as position'

const item = { type: 'x."inviteType"', inviter, target: 'x."targetObjectId"' }

const judgedFor = ({ type, invitee }: Occurring): Judged => ({
  of: (key) => (key === 'uses' ? '0' : `x."${key}"`),
  clock: 'x.clock',
  inviter,
  standing: 'standing.word',
  already: invitee ? `x."inviteeId" is not null and ${holdsSql(item, 'x."inviteeId"', type && [type])}` : 'false',
  addressFault: 'x."addressFault"',
  guest
})

const inserted = invites.stored
  .filter((name) => newInvites.names.includes(name) && name !== 'expiresAt')
  .map((name) => `"${name}"`)
  .join(', ')

const queuedText = `, queued as (
    ${enqueueInvitesText({ id: '"outboxId"', medium: '"identityProviderType"', recipient: 'token', inviteId: 'id', nonce: 'nonce' })}
    from judged
    where nonce is not null and not exists (select 1 from judged where broken <> '{}')
  )`

const sentText = messagesInTurn('(select array_agg(token) from input where token is not null)', messagesLimit)

/**
 * Judges every item, then inserts all of them or none. `broken` has the numbers of the rules that an item breaks. The
 * slot is the first free one among the pending invites to the same recipient, earlier items of the call included.
 */
const textFor = (rules: Rule[], judged: Judged, { type, address, several }: Occurring) => `
  with input as materialized (
    select x.*, ${now} as clock,
      ${several ? amongItems : alone}
    from json_to_recordset(${input}) as x(${newInvites.input})
  ), made as materialized (
    select ${invitesInTurn(inviter, invitesLimit)} as invites${address ? `, ${sentText} as messages` : ''}
  ), judged as materialized (
    select x.*,
      case when not x.timed then ${endOf('x."expiresAt"', 'x.clock')} end as "endsAt",
      slot.number as slot,
      array_remove(array[
        ${rules.map(({ broken }, number) => `case when ${broken(judged)} then ${number} end`).join(', ')}
      ], null) as broken
    from input x
    cross join made
    cross join lateral (
      select ${standingSql('x."inviteType"', inviter, 'x."targetObjectId"', type && [type])} as word
    ) standing
    cross join lateral (
      select case when x."recipientKey" is not null
        then ${freeSlot(inviter, 'x."recipientKey"', 'x.earlier', pendingLimit)} end as number
    ) slot
  ), inserted as (
    insert into invites as i (${inserted}, "expiresAt", "userId", "passcodeHash", slot, "deliveryStatus", "deliveryReason",
      "createdAt", "updatedAt")
    select ${inserted}, "endsAt", ${inviter}, decode("passcodeHash", 'hex'), coalesce(slot, 1),
      case when nonce is null then 'none' else 'queued' end,
      case when nonce is null and token is not null then 'no-carrier' end, clock, clock
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
  const rules = [...rulesFor(written), ...limitRules.filter(({ keys }) => keys.some(written))]
  const made = { rules, text: textFor(rules, judgedFor(occurring), occurring) }
  creations.set(name, made)
  return made
}
