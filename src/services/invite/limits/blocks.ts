// Blocks between two people. For a person who blocks its inviter an invite does not exist.
import { run, type Database } from '../../../database/statement.js'

/** Whether `one` blocks `other`. Both are expressions of type uuid. */
export const blocks = (one: string, other: string) => `exists (
  select 1 from user_relationships b
  where b."userId" = ${one} and b."relatedUserId" = ${other} and b."userRelationshipType" = 'blocking'
)`

/** The user who has verified the address of an invite, of the table `i`; null without one. */
export const addressee = `(
  select p."userId" from identity_providers p
  where p.type = i."identityProviderType" and p.token = i.token and p.verified
)`

/** Whether the person that an invite is for, of the table `i`, blocks its inviter. A link is for nobody in particular. */
export const recipientBlocks = blocks(
  `(case i.recipient when 'user' then i."inviteeId" when 'address' then ${addressee} end)`,
  'i."userId"'
)

/** Those of `people` who block one of `inviters`, by the inviter's id. */
export async function blockersAmong(
  db: Database,
  people: string[],
  inviters: string[]
): Promise<Map<string, string[]>> {
  const rows = await run<{ inviter: string; blockers: string[] }>(
    db,
    `select "relatedUserId" as inviter, array_agg("userId") as blockers from user_relationships
     where "userId" = any($1::uuid[]) and "relatedUserId" = any($2::uuid[]) and "userRelationshipType" = 'blocking'
     group by "relatedUserId"`,
    [people, inviters]
  )
  return new Map(rows.map(({ inviter, blockers }) => [inviter, blockers]))
}
