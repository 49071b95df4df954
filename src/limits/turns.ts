// Turns: calls that count the same rows before they add one do it one after the other, so that a limit holds exactly.
import { run, type Database } from '../database/statement.js'

/**
 * Waits until no other transaction has this turn, and has it until the transaction ends. Count in a later statement: this
 * one has read the database before it waited.
 */
export async function takeTurn(trx: Database, what: string, owner: string): Promise<void> {
  await run(trx, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${what} ${owner.toLowerCase()}`])
}
