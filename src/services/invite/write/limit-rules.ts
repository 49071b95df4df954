// The rules that look beyond a new invite: at the inviter's other invites, and at how many messages a recipient gets.
import { stateConstraints, type Rule } from './rule.js'

/** Placeholders of the statement that creates. */
export const inviter = '$2::uuid'
export const invitesLimit = '$5::bigint'
export const messagesLimit = '$7::bigint'

/** `x` is the item, `slot` its free slot, `made` counts what was made and sent before: see create-sql.ts. */
export const limitRules: Rule[] = [
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
    broken: () => `x.token is not null and (made.messages ->> x.token)::bigint + x.earlier >= ${messagesLimit}`
  }
]
stateConstraints(limitRules)
