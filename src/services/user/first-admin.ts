// The first administrator, from the configuration.
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Config } from '../../config.js'
import { run, runOne } from '../../database/statement.js'
import { isEmail } from '../../schema/formats.js'
import { address } from '../../schema/text.js'
import { hashPassword, registerUser } from './register.js'

interface Options {
  db: Knex
  logger: Logger
  admin: Config['admin']
}

/**
 * Makes the administrator that ADMIN_EMAIL names, if that address has no account. An account that exists is never
 * promoted: an attacker could register the address first, and become administrator at a restart.
 */
export async function registerAdmin({ db, logger, admin: { email, password } }: Options): Promise<void> {
  if (!email) return
  const token = address(email)
  if (!isEmail(token)) throw new Error('ADMIN_EMAIL: must be an e-mail address, for example admin@example.com')
  const existing = await runOne<{ isAdmin: boolean }>(
    db,
    `select exists (select 1 from scopes s where s."userId" = p."userId" and s.type = 'admin:admin') as "isAdmin"
     from identity_providers p where p.type = 'email' and p.token = $1`,
    [token]
  )
  if (existing) {
    if (!existing.isAdmin) logger.warn('ADMIN_EMAIL has an account that is no administrator; it is not promoted')
    return
  }
  const secret = await hashPassword(password)
  await db
    .transaction(async (trx) => {
      const { userId } = await registerUser(trx, { name: 'Administrator', isGuest: false }, [
        { type: 'email', token, secret, verified: true }
      ])
      await run(trx, `insert into scopes (id, "userId", type) values ($1, $2, 'admin:admin')`, [uuidv7(), userId])
    })
    .catch((error: unknown) => {
      // Another instance that starts at the same moment has made it.
      logger.warn({ err: error }, 'the administrator was not made')
    })
}
