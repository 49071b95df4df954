// The statement that makes invites: judges every item, and inserts all of them or none.
import { enqueueInvitesText } from '../delivery/queue.js'
import { invitesMade, messagesSent } from '../limits/invite-quotas.js'
import { standingSql } from '../types/index.js'
import { inviteColumns } from '../invite.resolvers.js'
import type { InviteType } from '../invite.schema.js'
import { freeSlot } from '../limits/pending-slots.js'
import { populatedColumns } from '../rows/populate.js'

const inputColumns = `
  index int, id uuid, recipient text, token text, "identityProviderType" text, "passcodeHash" text,
  "targetObjectId" uuid, "deleteOnUse" boolean, "makeAdmin" boolean, "makeAdminBy" uuid, "spawnType" text,
  "spawnDetails" json, timed boolean, "inviteeId" uuid, "inviteType" text, "startTime" timestamptz,
  "endTime" timestamptz, "maxUses" int, "expiresAt" timestamptz, "recipientKey" text, nonce text, "outboxId" uuid`

const columns = `
  id, recipient, token, "identityProviderType", "targetObjectId", "deleteOnUse", "makeAdmin", "makeAdminBy",
  "spawnType", "spawnDetails", timed, "inviteeId", "inviteType", "startTime", "endTime", "maxUses"`

/** Whether either of two people blocks the other, and which: SQL over two expressions of type uuid. */
const blocks = (one: string, other: string) => `exists (
  select 1 from user_relationships b
  where b."userId" = ${one} and b."relatedUserId" = ${other} and b."userRelationshipType" = 'blocking'
)`

/** The values of the statement, in their order. */
const input = '$1::json'
const inviter = '$2::uuid'
const pending = '$3::int'
const invites = '$4::bigint'
const logins = '$5::uuid[]'
/** Only where there is an address. */
const messages = '$6::bigint'

/** What occurs in the items: what does not is not written. */
interface Occurring {
  types: InviteType[]
  hasInvitee: boolean
  hasAddress: boolean
  several: boolean
}

/** What an item has to do with those before it in the call. */
const amongItems = `
  row_number() over (partition by x."recipientKey" order by x.index) - 1 as earlier,
  row_number() over (
    partition by x."recipientKey", x."inviteType", x."targetObjectId" order by x.index
  ) as likeness,
  row_number() over (order by x.index) as position`
const alone = '0 as earlier, 1 as likeness, 1 as position'

const inviteeRules = `
  when x."inviteeId" = ${inviter} then 'oneself'
  when x."inviteeId" is not null and (select u.id from users u where u.id = x."inviteeId") is null then 'nobody'
  when x."inviteeId" is not null and ${blocks('x."inviteeId"', inviter)} then 'nobody'
  when x."inviteeId" is not null and ${blocks(inviter, 'x."inviteeId"')} then 'blocked'`

const recipientRule = `when x.token is not null and ${messagesSent('x.token', messages)} + x.earlier >= ${messages} then 'recipient-quota'`

const queuedText = `, queued as (
    ${enqueueInvitesText({ id: '"outboxId"', medium: '"identityProviderType"', recipient: 'token', inviteId: 'id', nonce: 'nonce' })}
    from judged
    where nonce is not null and not exists (select 1 from judged where refusal is not null)
  )`

/**
 * Judges every item, then inserts all of them or none. `refusal` says what is wrong with an item; the slot is the
 * first that is free among the pending invites to the same recipient, counted on within the call.
 */
const textFor = ({ types, hasInvitee, hasAddress, several }: Occurring) => `
  with input as materialized (
    select x.*, date_trunc('milliseconds', clock_timestamp()) as clock,
      ${several ? amongItems : alone}
    from json_to_recordset(${input}) as x(${inputColumns})
  ), judged as materialized (
    select x.*,
      coalesce(x."expiresAt", case when not x.timed then x.clock + interval '7 days' end) as "endsAt",
      slot.number as slot,
      case
        when x."endTime" <= x.clock and x.timed then 'ended'
        when x."expiresAt" <= x.clock then 'expired'
        when x."expiresAt" > x.clock + interval '30 days' then 'too-long'
        ${hasInvitee ? inviteeRules : ''}
        when standing.word is null then 'no-target'
        when standing.word <> 'may' then 'may-not'
        when x."recipientKey" is not null and (x.likeness > 1 or exists (
          select 1 from invites twin
          where twin."userId" = ${inviter} and twin."recipientKey" = x."recipientKey"
            and twin."inviteType" = x."inviteType" and twin."targetObjectId" is not distinct from x."targetObjectId"
            and twin.status = 'pending' and twin.recipient <> 'bearer' and twin.deadline > clock_timestamp()
        )) then 'twin'
        when x."recipientKey" is not null and slot.number is null then 'crowded'
        when made.invites + x.position > ${invites} then 'inviter-quota'
        ${hasAddress ? recipientRule : ''}
      end as refusal
    from input x
    cross join (select ${invitesMade(inviter, invites)} as invites) made
    cross join lateral (select ${standingSql('x."inviteType"', inviter, 'x."targetObjectId"', types)} as word) standing
    cross join lateral (
      select case when x."recipientKey" is not null
        then ${freeSlot(inviter, 'x."recipientKey"', 'x.earlier', pending)} end as number
    ) slot
  ), inserted as (
    insert into invites as i (${columns}, "userId", "passcodeHash", "expiresAt", slot, "deliveryStatus",
      "createdAt", "updatedAt")
    select ${columns}, ${inviter}, decode("passcodeHash", 'hex'), "endsAt", coalesce(slot, 1),
      case when nonce is null then 'none' else 'queued' end, clock, clock
    from judged where not exists (select 1 from judged where refusal is not null)
    returning ${inviteColumns}
  ), history as (
    insert into invite_history ("inviteId", "userId", action) select id, ${inviter}, 'created' from inserted
  ) ${hasAddress ? queuedText : ''}
  select ${populatedColumns('inserted', logins)}, judged.index, judged.refusal
  from judged left join inserted c on c.id = judged.id
  order by judged.index`

const texts = new Map<string, string>()

/** The statement for what occurs: few things do, so each is written once. Its rows end with an item's index and refusal. */
export function createText(occurring: Occurring): string {
  const key = JSON.stringify(occurring)
  const text = texts.get(key) ?? textFor(occurring)
  texts.set(key, text)
  return text
}
