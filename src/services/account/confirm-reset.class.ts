// POST /password-reset/confirm: sets a new password by the token of a mailed link.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Database } from '../../database/statement.js'
import { closed, password } from '../../schema/formats.js'
import { resetPassword } from '../user/passwords.js'
import { hashPassword } from '../user/register.js'
import type { User } from '../user/user.table.js'
import { proveAddress } from './prove-address.js'
import { linkToken, useLink, type LinkOptions } from './use-link.js'

export const confirmResetDataSchema = Type.Object({ token: linkToken(), password: password() }, closed)
type ConfirmResetData = Static<typeof confirmResetDataSchema>

export class ConfirmResetService implements ServiceInterface<User, ConfirmResetData> {
  constructor(private readonly options: LinkOptions) {}

  /** The mail has proven the address as well, so it is verified. */
  async create({ token, password: typed }: ConfirmResetData, params: Params): Promise<User> {
    return useLink(this.options, params, async () => {
      const secret = await hashPassword(typed)
      return async (trx: Database) => {
        const proof = await proveAddress(trx, 'reset', token)
        if (proof) await resetPassword(trx, proof.identityProviderId, secret)
        return proof
      }
    })
  }
}
