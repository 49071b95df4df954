import { KnexService } from '@feathersjs/knex'
import { resolve, virtual } from '@feathersjs/schema'
import {
  userOf,
  type Application,
  type Channel,
  type HookContext,
  type Relationship,
  type User,
  type UserLogin
} from '../declarations.js'
import { generatedHooks } from './generated.js'

const text = { type: 'string' } as const
const paginate = { default: 10, max: 50 }

/** Private values are loaded for the user themselves only. */
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
  app.service('users').hooks(generatedHooks('User', { id: text, name: text }, userResolver))
}

export const userLogins = (app: Application) => {
  const service = new KnexService<UserLogin>({ Model: app.get('postgresqlClient'), name: 'user_logins', paginate })
  app.use('user-logins', service)
  app.service('user-logins').hooks(generatedHooks('UserLogin', { id: text, userId: text, createdAt: text }))
}

export const channels = (app: Application) => {
  app.use('channels', new KnexService<Channel>({ Model: app.get('postgresqlClient'), name: 'channels', paginate }))
  app.service('channels').hooks(generatedHooks('Channel', { id: text, name: text }))
}

export const userRelationships = (app: Application) => {
  const name = 'user_relationships'
  app.use('user-relationships', new KnexService<Relationship>({ Model: app.get('postgresqlClient'), name, paginate }))
  app.service('user-relationships').hooks(generatedHooks('UserRelationship', { id: text, userId: text }))
}
