// The answers that are kept for repeated calls, and how long.
import { run, type Database } from '../database/statement.js'

/** Deletes the answers of keys that are older than a day. */
export const sweepIdempotencyKeys = (db: Database) =>
  run(db, `delete from idempotency_keys where "createdAt" < clock_timestamp() - interval '24 hours'`)
