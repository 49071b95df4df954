// The tokens of mailed links that verify an address or set a new password. A token is stored nowhere: the worker makes it
// from a nonce in the outbox and a key that is not in the database. The table has its hash.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { whenViolated } from '../../database/errors.js'
import { run, runOne, type Database } from '../../database/statement.js'
import type { OutboxRow } from '../../delivery/message.js'
import { enqueueText } from '../../delivery/outbox.js'
import { notFound } from '../../errors.js'

/** A purpose is also the kind of its messages. */
export type Purpose = 'verify' | 'reset'

whenViolated({
  // The address was taken away while its user asked for a link.
  account_tokens_address: notFound
})

/** A token has too many bits to be guessed from a fast hash. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

const tokenOf = (key: Buffer, purpose: Purpose, nonce: Buffer): string =>
  createHmac('sha256', key).update(purpose).update(nonce).digest('base64url')

/** The token of a message that was queued here. */
export const mailedToken = (key: Buffer, { kind, payload }: OutboxRow): string =>
  tokenOf(key, kind as Purpose, Buffer.from((payload as { nonce: string }).nonce, 'hex'))

/** Makes a token for each address that `where` finds, in the place of an older one, and queues its message. */
const issueText = (purpose: Purpose, where: string) => `
  with address as (
    select p.id, p.token from identity_providers p where p.type = 'email' and ${where}
  ), token as (
    insert into account_tokens ("identityProviderId", purpose, hash, "expiresAt")
    select id, '${purpose}', $2, clock_timestamp() + interval '1 hour' from address
    on conflict ("identityProviderId", purpose) do update set hash = excluded.hash, "expiresAt" = excluded."expiresAt"
    returning "identityProviderId"
  )
  ${enqueueText({
    id: '$3::uuid',
    kind: `'${purpose}'`,
    medium: `'email'`,
    recipient: 'address.token',
    subjectId: 'address.id',
    payload: `json_build_object('nonce', $4::text)`
  })}
  from address join token on token."identityProviderId" = address.id`

const verifyText = issueText('verify', 'p."userId" = $1::uuid and not p.verified')

/** A wish that is older than the newest change of the password is over. */
const resetText = issueText(
  'reset',
  `p.token = $1::text and p.secret is not null and not exists (
    select 1 from session_ends e join outbox wish on wish.id = $5::uuid
    where e."userId" = p."userId" and e."endedAt" >= wish."createdAt"
  )`
)

/** The values of a new token: its hash, the id of its message, and its nonce. */
function newToken(key: Buffer, purpose: Purpose): unknown[] {
  const nonce = randomBytes(16)
  return [hashToken(tokenOf(key, purpose, nonce)), uuidv7(), nonce.toString('hex')]
}

/**
 * Makes a token that verifies the address of a user, and queues its message, in one statement. Nothing happens where they
 * have no unverified address. Wake the worker afterwards.
 */
export const issueVerification = (db: Database, key: Buffer, userId: string) =>
  run(db, verifyText, [userId, ...newToken(key, 'verify')])

/** The same for a new password of an address that has one. `wishId` is the message with the wish. */
export const issueReset = (db: Database, key: Buffer, address: string, wishId: string) =>
  run(db, resetText, [address, ...newToken(key, 'reset'), wishId])

/** Takes a token, and returns the id of its address; undefined for a token that is wrong, used or expired. */
export async function takeToken(trx: Database, purpose: Purpose, token: string): Promise<string | undefined> {
  const taken = await runOne<{ identityProviderId: string }>(
    trx,
    `delete from account_tokens where hash = $1 and purpose = $2 and "expiresAt" > clock_timestamp()
     returning "identityProviderId"`,
    [hashToken(token), purpose]
  )
  return taken?.identityProviderId
}

/** Ends the links by which the password of a user could be set anew. */
export const dropResets = (trx: Database, userId: string) =>
  run(
    trx,
    `delete from account_tokens where purpose = 'reset'
       and "identityProviderId" in (select id from identity_providers where "userId" = $1)`,
    [userId]
  )

/** Deletes the tokens that have expired. */
export const sweepAccountTokens = (db: Database) =>
  run(db, 'delete from account_tokens where "expiresAt" < clock_timestamp()')
