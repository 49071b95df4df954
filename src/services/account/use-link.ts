// Uses the token of a mailed link, counts wrong tokens, and tells everybody of what has changed.
import type { Params } from '@feathersjs/feathers'
import { Type } from '@sinclair/typebox'
import type { Knex } from 'knex'
import type { Callers } from '../../callers/callers.js'
import { inTransaction } from '../../database/retry.js'
import type { Database } from '../../database/statement.js'
import { notFound, refuse } from '../../errors.js'
import { networkOf } from '../../limits/network.js'
import { hour, type Quota, type Quotas } from '../../limits/quotas.js'
import type { Announce } from '../invite/announce.js'
import { loadPeople, viewUser } from '../user/user.resolvers.js'
import type { User } from '../user/user.table.js'
import type { Proof } from './prove-address.js'

/** Wrong, used and expired tokens from one network. */
const wrongLinks: Quota = { name: 'wrongLinks', reason: 'quota-links', points: 30, seconds: hour }

/** The token of a mailed link. */
export const linkToken = () =>
  Type.String({ format: 'passcode', minLength: 1, maxLength: 255, description: 'The token of the mailed link.' })

export interface LinkOptions {
  db: Knex
  callers: Callers
  quotas: Quotas
  announce: Announce
}

/** The work of the transaction that uses a token; undefined when the token is not good. */
type Prove = (trx: Database) => Promise<Proof | undefined>

/**
 * Prepares the slow part, once the token may be tried, and then uses the token in a transaction. 410 where it finds no
 * good token, the same for wrong, used and expired ones. Returns the user of the token as the caller sees them: a holder
 * of the token who is not signed in as that user sees no more than other people do.
 */
export async function useLink(
  { db, callers, quotas, announce }: LinkOptions,
  params: Params,
  prepare: () => Promise<Prove>
): Promise<User> {
  let proof: Proof | undefined
  await quotas.judged(wrongLinks, networkOf(params.ip), async () => {
    const prove = await prepare()
    proof = await announce.during(() => inTransaction(db, prove))
    return proof !== undefined
  })
  if (!proof) throw refuse('link-ended')
  callers.forget(proof.userId)
  if (proof.ended.length > 0) await announce('removed', proof.ended)
  const [person] = await loadPeople(db, 'u.id = $1', [proof.userId])
  if (!person) throw notFound()
  return viewUser(person, params.caller)
}
