// The common part of invites to channels and to locations: owners and moderators may invite, the accepter becomes a
// member.
import { v7 as uuidv7 } from 'uuid'
import { runOne, type Database } from '../../../database/statement.js'
import { mayInvite, type PlaceTables } from '../../channel/invitable.js'
import type { InviteRow } from '../invite.table.js'
import type { Landing } from './landing.js'

/** SQL: 'may' for owners and moderators, 'sees' for members, null for others. */
export const standingAt =
  ({ members, key }: PlaceTables) =>
  (user: string, target: string) =>
    `(select case when ${mayInvite('t')} then 'may' else 'sees' end
    from ${members} t where t."${key}" = ${target} and t."userId" = ${user})`

/**
 * Whether the inviter still moderates. Their membership is locked, so that it stays until the acceptance is committed.
 */
export const stillModerates = async (db: Database, { members, key }: PlaceTables, placeId: string, userId: string) =>
  (await runOne(
    db,
    `select 1 from ${members} t where t."${key}" = $1 and t."userId" = $2 and ${mayInvite('t')} for share`,
    [placeId, userId]
  )) !== undefined

/** SQL: whether a user is a member, in any role. */
export const memberOf =
  ({ members, key }: PlaceTables) =>
  (user: string, target: string) =>
    `exists (select 1 from ${members} t where t."${key}" = ${target} and t."userId" = ${user})`

/** Makes a user a member. False for a user who is a member already: they keep their role. */
export const join = async (
  db: Database,
  { members, key }: PlaceTables,
  placeId: string,
  userId: string
): Promise<boolean> =>
  (await runOne(
    db,
    `insert into ${members} (id, "${key}", "userId") values ($1, $2, $3) on conflict do nothing returning id`,
    [uuidv7(), placeId, userId]
  )) !== undefined

export const placeName = async (db: Database, { places }: PlaceTables, id: string): Promise<string | null> =>
  (await runOne<{ name: string }>(db, `select name from ${places} where id = $1`, [id]))?.name ?? null

/** A landing at a place, in the way that the invite says. */
export const landingAt = (
  { inviteType, targetObjectId, spawnType, spawnDetails }: InviteRow,
  place: Partial<Pick<Landing, 'locationId' | 'instanceId'>>
): Landing => ({ inviteType, targetObjectId, ...place, spawnType, spawnDetails })
