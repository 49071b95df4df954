// POST /invite/<id>/accept: a signed-in caller accepts, or a person without an account registers and accepts.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { callerOf } from '../../../callers/caller.js'
import type { Callers } from '../../../callers/callers.js'
import type { AccessTokens } from '../../../callers/tokens.js'
import { inTransaction } from '../../../database/retry.js'
import type { Database } from '../../../database/statement.js'
import { badRequest, notAuthenticated } from '../../../errors.js'
import { networkOf } from '../../../limits/network.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { closed, email, password } from '../../../schema/formats.js'
import { hashPassword } from '../../user/register.js'
import { users } from '../../user/user.table.js'
import type { Announce } from '../announce.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { acceptInvite, type Acceptance } from './claim.js'
import { earlierAnswer, type Answer } from './earlier-answer.js'
import { guesser, passcode, inviteIdOf } from './passcode-params.js'
import { registerAndAccept } from './register-and-accept.js'

const registerSchema = Type.Object(
  { ...users.dataSchema.properties, password: password(), email: Type.Optional(email()) },
  closed
)

export const acceptDataSchema = Type.Object(
  {
    passcode: Type.Optional(passcode()),
    register: Type.Optional(registerSchema)
  },
  closed
)
export type AcceptData = Static<typeof acceptDataSchema>

/**
 * Accounts by the links of one inviter, from one network. A class registers from one address: the uses of its link bound
 * that. Links for a million uses must not make a million accounts.
 */
const registrationsByLink: Quota = {
  name: 'registrationsByLink',
  reason: 'quota-registrations',
  points: 300,
  seconds: hour
}

interface Options {
  db: Knex
  callers: Callers
  tokens: AccessTokens
  quotas: Quotas
  announce: Announce
}

export class AcceptService implements ServiceInterface<Answer, AcceptData> {
  constructor(private readonly options: Options) {}

  /** `accessToken` comes with a new account. */
  async create(data: AcceptData, params: Params): Promise<Answer & { accessToken?: string }> {
    const { caller } = params
    if (data.register && caller) {
      throw badRequest({ path: 'register', message: 'is for those who are not signed in' })
    }
    if (data.register && data.passcode === undefined) throw badRequest({ path: 'passcode', message: 'is required' })
    if (!caller && !data.register) throw notAuthenticated()
    const id = inviteIdOf(params)
    const earlier = caller && (await earlierAnswer(this.options.db, id, caller.id, data.passcode))
    if (earlier) return earlier
    const checked =
      data.passcode === undefined ? undefined : await requirePasscode(this.options, guesser(params), id, data.passcode)
    return caller ? this.accept(id, data, params) : this.register(id, data, params, checked?.inviterId)
  }

  private async accept(id: string, data: AcceptData, params: Params): Promise<Answer> {
    const { db, callers } = this.options
    const caller = callerOf(params)
    const accept = async (trx: Database) => {
      const done = await acceptInvite(trx, id, caller, data.passcode)
      await params.keepAnswer?.(trx, done.answer)
      return done
    }
    const acceptance = await this.options.announce.during(() => inTransaction(db, accept))
    callers.forget(caller.id)
    await this.announce(acceptance)
    return acceptance.answer
  }

  private async register(id: string, { passcode = '', register }: AcceptData, params: Params, inviterId?: string) {
    if (!register || inviterId === undefined) throw notAuthenticated()
    const { db, quotas, tokens } = this.options
    await quotas.spend(registrationsByLink, `${inviterId}:${networkOf(params.ip)}`)
    const agent = params.headers?.['user-agent']
    const { email, password, ...user } = register
    const registration = {
      user,
      email,
      secret: await hashPassword(password),
      userAgent: typeof agent === 'string' ? agent : undefined,
      ip: params.ip
    }
    const accept = async (trx: Database) => {
      const done = await registerAndAccept(trx, id, passcode, registration)
      await params.keepAnswer?.(trx, { ...done.answer, accessToken: null })
      return done
    }
    const acceptance = await this.options.announce.during(() => inTransaction(db, accept))
    await this.announce(acceptance)
    return { ...acceptance.answer, accessToken: tokens.sign(acceptance.userId, acceptance.signedInAt) }
  }

  private async announce({ changed, ended }: Acceptance) {
    if (changed) await this.options.announce(changed.removed ? 'removed' : 'patched', [changed.invite])
    if (ended.length > 0) await this.options.announce('removed', ended)
  }
}
