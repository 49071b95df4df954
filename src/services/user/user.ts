// user: register, read and rename one's own account, find a user by an invite code.
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
import { updatedAt } from '../../database/clock.js'
import { run } from '../../database/statement.js'
import { Values } from '../../database/values.js'
import { networkOf } from '../../limits/network.js'
import { minute, type Quota, type Quotas } from '../../limits/quotas.js'
import { hashPassword, registrations, registerUser } from './register.js'
import { loadPeople, seesPrivate, userResolver } from './user.resolvers.js'
import {
  userDataSchema,
  userPatchSchema,
  userQuerySchema,
  users,
  type Person,
  type UserChanges,
  type UserData
} from './user.table.js'

type RegisterData = UserData & { email: string; password: string }

const codeLookups: Quota = {
  name: 'inviteCodeLookups',
  reason: 'quota-invite-codes',
  points: 30,
  seconds: 15 * minute
}

export class UserService {
  constructor(private readonly options: { db: Knex; quotas: Quotas; registration: Config['registration'] }) {}

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

  async patch(id: Id | null, data: UserChanges, params: Params): Promise<Person> {
    const caller = callerOf(params)
    if (id === null) throw badRequest({ path: 'id', message: 'is required' })
    if (typeof id !== 'string' || id.toLowerCase() !== caller.id) {
      // Throws 404 for an account that the caller does not see.
      await this.get(id, params)
      throw refuse('not-your-account')
    }
    const values = new Values([caller.id])
    const set = users.edited
      .filter((name) => data[name] !== undefined)
      .map(
        (name) => `"${name}" = ${values.add(users.parameter(name, users.clean(name, data[name])), users.type(name))}`
      )
    await run(this.options.db, `update users set ${[...set, updatedAt()].join(', ')} where id = $1`, values.list)
    return this.load(caller.id)
  }

  private async load(id: string): Promise<Person> {
    const [person] = await loadPeople(this.options.db, 'u.id = $1', [id])
    if (!person) throw notFound()
    return person
  }
}

export function user(app: Application) {
  const { registration } = app.get('config')
  const service = new UserService({ db: app.get('db'), quotas: app.get('quotas'), registration })
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
