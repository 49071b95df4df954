// user: register, read and rename one's own account, find a user by an invite code.
import { authenticate } from '@feathersjs/authentication'
import type { Id, Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import type { Config } from '../../config.js'
import type { Application } from '../../declarations.js'
import { badRequest, notFound, refuse } from '../../errors.js'
import { userDocs } from './user.docs.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { rowId } from '../../hooks/rows.js'
import { callerOf } from '../../callers/caller.js'
import { run } from '../../database/statement.js'
import type { Quotas } from '../../limits/quotas.js'
import { hashPassword, registerUser } from './register.js'
import { loadPeople, seesPrivate, viewUser } from './user.resolvers.js'
import { userDataSchema, userPatchSchema, userQuerySchema, type User } from './user.table.js'

export class UserService {
  constructor(private readonly options: { db: Knex; quotas: Quotas; registration: Config['registration'] }) {}

  /** Finds by the exact invite code: a list of none or one. */
  async find(params: Params): Promise<User[]> {
    const caller = callerOf(params)
    const { db, quotas } = this.options
    await quotas.spend('inviteCodeLookups', caller.id)
    const people = await loadPeople(db, 'u."inviteCode" = $1', [params.query?.['inviteCode']])
    return people.map((person) => viewUser(person, caller))
  }

  async get(id: Id, params: Params): Promise<User> {
    const caller = callerOf(params)
    const userId = rowId(id)
    if (!seesPrivate(caller, userId)) throw notFound()
    const [person] = await loadPeople(this.options.db, 'u.id = $1', [userId])
    if (!person) throw notFound()
    return viewUser(person, caller)
  }

  async create(data: { name: string; email: string; password: string }, params: Params): Promise<User> {
    const { db, quotas, registration } = this.options
    if (registration !== 'open') throw refuse('registration-closed')
    await quotas.spend('registrations', params.ip)
    const secret = await hashPassword(data.password)
    const { userId } = await registerUser(db, { name: data.name.trim(), isGuest: false }, [
      { type: 'email', token: data.email.toLowerCase(), secret, verified: false }
    ])
    const [person] = await loadPeople(db, 'u.id = $1', [userId])
    if (!person) throw notFound()
    return viewUser(person, { id: userId, isGuest: false, scopes: [], addresses: [] })
  }

  async patch(id: Id | null, data: { name: string }, params: Params): Promise<User> {
    const caller = callerOf(params)
    if (id === null) throw badRequest({ path: 'id', message: 'is required' })
    if (typeof id !== 'string' || id.toLowerCase() !== caller.id) {
      // Throws 404 for an account that the caller does not see.
      await this.get(id, params)
      throw refuse('not-your-account')
    }
    await run(
      this.options.db,
      `update users set name = $2, "updatedAt" = greatest(clock_timestamp(), "updatedAt" + interval '1 ms') where id = $1`,
      [caller.id, data.name.trim()]
    )
    return this.get(caller.id, params)
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
  app.service('user').hooks({
    around: {
      find: [authenticate('jwt'), validateQuery(userQuerySchema)],
      get: [authenticate('jwt'), noQuery],
      create: [noQuery, validateData(userDataSchema)],
      patch: [authenticate('jwt'), noQuery, validateData(userPatchSchema)]
    }
  })
}
