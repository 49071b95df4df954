// The last administrator stays one: nobody else could make another.
import { run, type Database } from '../../database/statement.js'
import { refuse } from '../../errors.js'

/**
 * Call it in the transaction that takes the rights of administrators away. It locks the rights of all of them, so that
 * two administrators who remove each other do it one after the other. Throws 409 if `userId` is the only one, and 403 if
 * the caller is none any more.
 */
export async function requireOtherAdmin(trx: Database, userId: string, callerId: string): Promise<void> {
  const admins = await run<{ userId: string }>(
    trx,
    `select "userId" from scopes where type = 'admin:admin' order by id for update`
  )
  if (!admins.some((admin) => admin.userId === callerId)) throw refuse('admins-only')
  if (admins.every((admin) => admin.userId === userId)) throw refuse('last-admin')
}
