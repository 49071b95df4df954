// The table of Idempotency-Keys. A row has the owner of the key, the path, the key, and the answer to the first call.
import { run, runOne, type Database } from '../database/statement.js'

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

/** Deletes the answers of keys that have expired. */
export const sweepIdempotencyKeys = (db: Database) =>
  run(db, `delete from idempotency_keys where "createdAt" < clock_timestamp() - ${lifetime}`)

interface FirstCall {
  bodyHash: string
  /** Null while the call is running. */
  status: number | null
  answer: object | null
}

const valuesOf = ({ owner, path, key }: KeyPlace) => [owner, path, key]

/**
 * Takes the key for a call, unless another call has it. A key is free when it is new or expired, or when its call died.
 */
export async function takeKey(db: Database, place: KeyPlace, bodyHash: string): Promise<boolean> {
  const taken = await run(
    db,
    `insert into idempotency_keys as k (caller, path, key, "bodyHash") values ($1, $2, $3, $4)
     on conflict (caller, path, key) do update
       set "bodyHash" = excluded."bodyHash", answer = null, status = null, "createdAt" = clock_timestamp()
       where k."createdAt" < clock_timestamp() - ${lifetime}
         or (k.status is null and k."createdAt" < clock_timestamp() - ${abandoned})
     returning 1`,
    [...valuesOf(place), bodyHash]
  )
  return taken.length > 0
}

/** The call that has the key; undefined if it failed just now and freed it. */
export const firstCall = (db: Database, place: KeyPlace): Promise<FirstCall | undefined> =>
  runOne<FirstCall & object>(
    db,
    'select "bodyHash", answer, status from idempotency_keys where caller = $1 and path = $2 and key = $3',
    valuesOf(place)
  )

/** Stores the answer of the call that took the key. `db` is the transaction whose outcome the answer reports, if any. */
export async function storeAnswer(db: Database, place: KeyPlace, status: number, answer: object): Promise<void> {
  await run(db, 'update idempotency_keys set answer = $4, status = $5 where caller = $1 and path = $2 and key = $3', [
    ...valuesOf(place),
    JSON.stringify(answer),
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
