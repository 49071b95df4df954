// user: register, read and change one's own account, find a user by an invite code.
import { authenticate } from '@feathersjs/authentication'
import { hooks } from '@feathersjs/schema'
import type { Id, Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import type { Config } from '../../config.js'
import type { Application } from '../../declarations.js'
import { badRequest, notFound, refuse } from '../../errors.js'
import { userDocs } from './user.docs.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { rowId } from '../../schema/validation.js'
import { callerOf } from '../../callers/caller.js'
import type { Callers } from '../../callers/callers.js'
import type { AccessTokens } from '../../callers/tokens.js'
import { updatedAt } from '../../database/clock.js'
import { inTransaction } from '../../database/retry.js'
import { run, type Database } from '../../database/statement.js'
import { Values } from '../../database/values.js'
import { networkOf } from '../../limits/network.js'
import { minute, type Quota, type Quotas } from '../../limits/quotas.js'
import { passwordChange } from './passwords.js'
import { hashPassword, registrations, registerUser } from './register.js'
import { loadPeople, seesPrivate, userResolver } from './user.resolvers.js'
import {
  userDataSchema,
  userPatchSchema,
  userQuerySchema,
  users,
  type Person,
  type UserChanges,
  type UserData,
  type UserPatch
} from './user.table.js'

type RegisterData = UserData & { email: string; password: string }

const codeLookups: Quota = {
  name: 'inviteCodeLookups',
  reason: 'quota-invite-codes',
  points: 30,
  seconds: 15 * minute
}

interface Options {
  db: Knex
  callers: Callers
  tokens: AccessTokens
  quotas: Quotas
  registration: Config['registration']
}

async function changeUser(trx: Database, userId: string, changes: UserChanges): Promise<void> {
  const values = new Values([userId])
  const set = users.edited
    .filter((name) => changes[name] !== undefined)
    .map(
      (name) => `"${name}" = ${values.add(users.parameter(name, users.clean(name, changes[name])), users.type(name))}`
    )
  await run(trx, `update users set ${[...set, updatedAt()].join(', ')} where id = $1`, values.list)
}

export class UserService {
  constructor(private readonly options: Options) {}

  /** Finds by the whole invite code: a list of none or one. */
  async find(params: Params): Promise<Person[]> {
    const { db, quotas } = this.options
    await quotas.spend(codeLookups, callerOf(params).id)
    return loadPeople(db, 'u."inviteCode" = $1', [params.query?.['inviteCode']])
  }

  async get(id: Id, params: Params): Promise<Person> {
    const userId = rowId(id)
    if (!seesPrivate(callerOf(params), userId)) throw notFound()
    return this.load(userId)
  }

  async create({ email, password, ...person }: RegisterData, params: Params): Promise<Person> {
    const { db, quotas, registration } = this.options
    if (registration !== 'open') throw refuse('registration-closed')
    await quotas.spend(registrations, networkOf(params.ip))
    const secret = await hashPassword(password)
    const { userId } = await registerUser(db, { ...person, isGuest: false }, [
      { type: 'email', token: email, secret, verified: false }
    ])
    return this.load(userId)
  }

  /** Changes fields and the password, all or nothing. A new password ends the other sessions of the user. */
  async patch(id: Id | null, data: UserPatch, params: Params): Promise<Person> {
    const caller = callerOf(params)
    if (id === null) throw badRequest({ path: 'id', message: 'is required' })
    if (typeof id !== 'string' || id.toLowerCase() !== caller.id) {
      // Throws 404 for an account that the caller does not see.
      await this.get(id, params)
      throw refuse('not-your-account')
    }
    const { password, oldPassword, ...changes } = data
    const change = await this.passwordChange(password, oldPassword, params)
    await inTransaction(this.options.db, async (trx) => {
      await change?.(trx)
      if (Object.keys(changes).length > 0) await changeUser(trx, caller.id, changes)
    })
    if (change) this.options.callers.forget(caller.id)
    return this.load(caller.id)
  }

  /** The work that changes the caller's password; undefined without a new one. */
  private async passwordChange(password: string | undefined, oldPassword: string | undefined, params: Params) {
    if (password === undefined && oldPassword === undefined) return undefined
    if (password === undefined) throw badRequest({ path: 'password', message: 'is required with oldPassword' })
    if (oldPassword === undefined) throw badRequest({ path: 'oldPassword', message: 'is required with password' })
    const caller = callerOf(params)
    if (caller.isGuest) throw refuse('not-for-guests')
    const accessToken: unknown = params.authentication?.['accessToken']
    const keptToken = typeof accessToken === 'string' ? this.options.tokens.verify(accessToken).jti : undefined
    return passwordChange(this.options, { userId: caller.id, password, oldPassword, keptToken: keptToken ?? null })
  }

  private async load(id: string): Promise<Person> {
    const [person] = await loadPeople(this.options.db, 'u.id = $1', [id])
    if (!person) throw notFound()
    return person
  }
}

export function user(app: Application) {
  const { registration } = app.get('config')
  const service = new UserService({
    db: app.get('db'),
    callers: app.get('callers'),
    tokens: app.get('tokens'),
    quotas: app.get('quotas'),
    registration
  })
  app.use('user', service, {
    methods: ['find', 'get', 'create', 'patch'],
    access: { create: 'public' },
    docs: userDocs,
    // Users have no events: an event would reach listeners who must not see the user.
    serviceEvents: []
  })
  // After the hooks that check the query, and so not in `all`: it takes `$resolve` from the query, and obeys it.
  const showUsers = hooks.resolveResult(userResolver)
  app.service('user').hooks({
    around: {
      find: [authenticate('jwt'), validateQuery(userQuerySchema), showUsers],
      get: [authenticate('jwt'), noQuery, showUsers],
      create: [noQuery, validateData(userDataSchema), showUsers],
      patch: [authenticate('jwt'), noQuery, validateData(userPatchSchema), showUsers]
    }
  })
}
