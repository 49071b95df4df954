// The table of Idempotency-Keys. A row has the owner of the key, the path, the key, and the answer to the first call.
import { run, runOne, type Database } from '../database/statement.js'
import { tooManyRequests, type FeathersError } from '../errors.js'
import { day, type Quota } from './quotas.js'

/** Answers are kept this long. */
const lifetime = `interval '24 hours'`
/** A call without an answer after this time is dead: its process ended, and Postgres rolled its transaction back. */
const abandoned = `interval '1 minute'`

/** A key of one owner (a user, or the holder of a secret) on one path. */
export interface KeyPlace {
  owner: string
  path: string
  key: string
}

/** Keys of one owner that are kept: each has an answer. */
export const keysPerOwner: Quota = {
  name: 'idempotencyKeys',
  reason: 'quota-idempotency-keys',
  points: 1000,
  seconds: day
}

/** Deletes the answers of keys that have expired. */
export const sweepIdempotencyKeys = (db: Database) =>
  run(db, `delete from idempotency_keys where "createdAt" < clock_timestamp() - ${lifetime}`)

interface FirstCall {
  bodyHash: string
  /** Null while the call is running. */
  status: number | null
  /** Null of a call that changed nothing: its answer is not stored. */
  answer: object | null
}

const valuesOf = ({ owner, path, key }: KeyPlace) => [owner, path, key]

/**
 * Takes the key for a call, unless another call has it or the owner has `most` keys. A key is free when it is new or
 * expired, or when its call died.
 */
export async function takeKey(db: Database, place: KeyPlace, bodyHash: string, most: number): Promise<boolean> {
  const taken = await run(
    db,
    `insert into idempotency_keys as k (caller, path, key, "bodyHash")
     select $1::text, $2::text, $3::text, $4::text where idempotency_keys_in_turn($1::text, $5::bigint) < $5::bigint
     on conflict (caller, path, key) do update
       set "bodyHash" = excluded."bodyHash", answer = null, status = null, "createdAt" = clock_timestamp()
       where k."createdAt" < clock_timestamp() - ${lifetime}
         or (k.status is null and k."createdAt" < clock_timestamp() - ${abandoned})
     returning 1`,
    [...valuesOf(place), bodyHash, most]
  )
  return taken.length > 0
}

/** 429 if the owner has `most` keys: until the oldest of them expires. Undefined if there are fewer. */
export async function keysError(db: Database, owner: string, most: number): Promise<FeathersError | undefined> {
  const keys = await runOne<{ count: number; wait: number | null }>(
    db,
    `select count(*)::int as count, extract(epoch from (min("createdAt") + ${lifetime} - clock_timestamp()))::float8 as wait
     from idempotency_keys where caller = $1 and "createdAt" > clock_timestamp() - ${lifetime}`,
    [owner]
  )
  const { reason, name, seconds } = keysPerOwner
  return keys && keys.count >= most
    ? tooManyRequests(reason, { name, points: most, seconds }, keys.wait ?? 1)
    : undefined
}

/** The call that has the key; undefined if it failed just now and freed it. */
export const firstCall = (db: Database, place: KeyPlace): Promise<FirstCall | undefined> =>
  runOne<FirstCall & object>(
    db,
    'select "bodyHash", answer, status from idempotency_keys where caller = $1 and path = $2 and key = $3',
    valuesOf(place)
  )

/**
 * Stores the answer of the call that took the key; null for a call that changed nothing. `db` is the transaction whose
 * outcome the answer reports, if any.
 */
export async function storeAnswer(db: Database, place: KeyPlace, status: number, answer: object | null): Promise<void> {
  await run(db, 'update idempotency_keys set answer = $4, status = $5 where caller = $1 and path = $2 and key = $3', [
    ...valuesOf(place),
    answer && JSON.stringify(answer),
    status
  ])
}

/** Frees the key of a call that failed. */
export async function freeKey(db: Database, place: KeyPlace): Promise<void> {
  await run(
    db,
    'delete from idempotency_keys where caller = $1 and path = $2 and key = $3 and status is null',
    valuesOf(place)
  )
}
