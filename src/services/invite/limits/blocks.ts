// Blocks between two people.
import { runOne, type Database } from '../../../database/statement.js'

/** SQL: whether `one` blocks `other`. Both are expressions of type uuid. */
export const blocks = (one: string, other: string) => `exists (
  select 1 from user_relationships b
  where b."userId" = ${one} and b."relatedUserId" = ${other} and b."userRelationshipType" = 'blocking'
)`

const eitherText = `select 1 where ${blocks('$1::uuid', '$2::uuid')} or ${blocks('$2::uuid', '$1::uuid')}`

/** Whether either of two people blocks the other. */
export const eitherBlocks = async (db: Database, one: string, other: string): Promise<boolean> =>
  (await runOne(db, eitherText, [one, other])) !== undefined
