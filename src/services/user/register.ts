// Makes accounts: with an address and a password, as a guest, or at the acceptance of an invite.
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { v7 as uuidv7 } from 'uuid'
import { whenViolated } from '../../database/errors.js'
import { refuse } from '../../errors.js'
import { run, runOne, type Database } from '../../database/statement.js'
import { hour, type Quota } from '../../limits/quotas.js'
import { password as spelledPassword } from '../../schema/text.js'
import { users, type UserData } from './user.table.js'

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const argon2Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
export const hashPassword = (password: string) => hash(spelledPassword(password), argon2Options)

/** The hash to compare with when an address has no account, so that both cases take the same time. */
const absentHash = hashPassword('no account has this password')

/** Whether this password, as it was typed, made the hash. Without a hash it is false, after the same time. */
export async function isPassword(typed: string, secret: string | null | undefined): Promise<boolean> {
  const secretOrNone = secret ?? (await absentHash)
  const spelled = spelledPassword(typed)
  // The hashes of older accounts were made of the password as it was typed.
  const good = (await verify(secretOrNone, spelled)) || (spelled !== typed && (await verify(secretOrNone, typed)))
  return good && Boolean(secret)
}

/** Accounts from one network, made at POST /user. */
export const registrations: Quota = { name: 'registrations', reason: 'quota-registrations', points: 20, seconds: hour }

/**
 * Users tell each other their invite codes, so no letters look alike. A code has 50 random bits, and the spelling of
 * inviteCode() in schema/text.ts: capitals and digits, and nothing between them.
 */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const newInviteCode = () => [...randomBytes(10)].map((byte) => alphabet[byte % alphabet.length]).join('')

whenViolated({
  identity_providers_address: () => refuse('address-taken'),
  // Between the check of its password and the record of its login, the account lost its address, or is gone.
  user_logins_identityProviderId_fkey: () => refuse('wrong-password'),
  user_logins_userId_fkey: () => refuse('wrong-password')
})

export interface Identity {
  type: 'email' | 'sms' | 'guest'
  token: string
  secret?: string
  verified: boolean
}

const newUsers = users.newRows({ id: 'uuid', isGuest: 'boolean', inviteCode: 'text' })

const registerText = `
  with person as (
    insert into users (${newUsers.columns})
    select ${newUsers.columns} from json_to_recordset($1::json) as x(${newUsers.input}) returning id
  )
  insert into identity_providers (id, "userId", type, token, secret, verified)
  select x.id, person.id, x.type, x.token, x.secret, x.verified
  from person, json_to_recordset($2::json) as x(id uuid, type text, token text, secret text, verified boolean)`

/**
 * Inserts a user with their identity providers, in one statement, and returns the ids: the user's, and the first
 * provider's. An address that is taken violates identity_providers_address, which translates to 409.
 */
export async function registerUser(
  db: Database,
  user: UserData & { isGuest: boolean },
  identities: Identity[]
): Promise<{ userId: string; identityProviderId: string }> {
  const userId = uuidv7()
  const rows = identities.map((identity) => ({ id: uuidv7(), ...identity }))
  const added = { id: userId, isGuest: user.isGuest, inviteCode: newInviteCode() }
  await run(db, registerText, [JSON.stringify([newUsers.rowOf(user, added)]), JSON.stringify(rows)])
  return { userId, identityProviderId: rows[0]?.id ?? '' }
}

/**
 * A login that a change of the password overtakes is none: it waits for the change, and finds another hash. The time of
 * the login is read while it holds the address, so it is before that of a change that waits for the login.
 */
const loginText = `
  with address as (
    select p.id, p."userId" from identity_providers p
    where p.id = $2 and p."userId" = $3 and p.secret is not distinct from $4 for share
  )
  insert into user_logins (id, "userId", "identityProviderId", "userAgent", "ipAddress", "createdAt")
  select $1, a."userId", a.id, $5, $6, greatest(
    clock_timestamp(),
    (select e."endedAt" + interval '1 ms' from session_ends e where e."userId" = a."userId")
  ) from address a
  returning (extract(epoch from "createdAt") * 1000)::float8 as "signedInAt"`

/**
 * Records a login, with the request's user agent (500 characters of it) and address. `secret` is the hash that the
 * password was compared with; 401 when it is that of the account no more. Returns the time of the login by the
 * database's clock, in milliseconds since 1970, for the access token.
 */
export async function recordLogin(
  db: Database,
  login: {
    userId: string
    identityProviderId: string
    secret: string | null
    userAgent: string | undefined
    ip: string | undefined
  }
): Promise<number> {
  const recorded = await runOne<{ signedInAt: number }>(db, loginText, [
    uuidv7(),
    login.identityProviderId,
    login.userId,
    login.secret,
    cleanText(login.userAgent),
    login.ip ?? null
  ])
  if (!recorded) throw refuse('wrong-password')
  return recorded.signedInAt
}

/** A header is latin-1 and may hold anything: NUL and control characters become spaces, and 500 characters stay. */
const cleanText = (text: string | undefined) =>
  text === undefined ? null : text.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 500) || null
