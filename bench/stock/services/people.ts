import { authenticate } from '@feathersjs/authentication'
import { KnexService } from '@feathersjs/knex'
import { getValidator, hooks as schemaHooks, querySyntax, resolve, virtual } from '@feathersjs/schema'
import {
  userOf,
  type Application,
  type Channel,
  type HookContext,
  type Relationship,
  type User,
  type UserLogin
} from '../declarations.js'
import { queryValidator } from '../validators.js'

const text = { type: 'string' } as const
const paginate = { default: 10, max: 50 }

const userQuerySchema = {
  $id: 'UserQuery',
  type: 'object',
  additionalProperties: false,
  properties: querySyntax({ id: text, name: text })
} as const
const userQueryValidator = getValidator(userQuerySchema, queryValidator)

/** What is private is loaded for oneself only. */
const userResolver = resolve<User, HookContext>({
  inviteCode: async (value, user, context) => (userOf(context.params)?.id === user.id ? (value ?? null) : null),
  lastLogin: virtual(async (user, context) => {
    if (userOf(context.params)?.id !== user.id) return null
    const query = { userId: user.id, $sort: { createdAt: -1 as const }, $limit: 1 }
    const { data } = await context.app.service('user-logins').find({ query })
    return data[0] ?? null
  })
})

export const users = (app: Application) => {
  app.use('users', new KnexService({ Model: app.get('postgresqlClient'), name: 'users', paginate }))
  app.service('users').hooks({
    around: { all: [authenticate('jwt'), schemaHooks.resolveResult(userResolver)] },
    before: { all: [schemaHooks.validateQuery(userQueryValidator)] }
  })
}

const loginQuerySchema = {
  $id: 'UserLoginQuery',
  type: 'object',
  additionalProperties: false,
  properties: querySyntax({ id: text, userId: text, createdAt: text })
} as const
const loginQueryValidator = getValidator(loginQuerySchema, queryValidator)

export const userLogins = (app: Application) => {
  const service = new KnexService<UserLogin>({ Model: app.get('postgresqlClient'), name: 'user_logins', paginate })
  app.use('user-logins', service)
  app.service('user-logins').hooks({
    around: { all: [authenticate('jwt')] },
    before: { all: [schemaHooks.validateQuery(loginQueryValidator)] }
  })
}

export const channels = (app: Application) => {
  app.use('channels', new KnexService<Channel>({ Model: app.get('postgresqlClient'), name: 'channels', paginate }))
  app.service('channels').hooks({ around: { all: [authenticate('jwt')] } })
}

export const userRelationships = (app: Application) => {
  const name = 'user_relationships'
  app.use('user-relationships', new KnexService<Relationship>({ Model: app.get('postgresqlClient'), name, paginate }))
  app.service('user-relationships').hooks({ around: { all: [authenticate('jwt')] } })
}
