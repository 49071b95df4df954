import { authenticate } from '@feathersjs/authentication'
import { NotFound } from '@feathersjs/errors'
import type { Params } from '@feathersjs/feathers'
import { v7 as uuidv7 } from 'uuid'
import { userOf, type AcceptService, type Application, type StockParams } from '../declarations.js'

const asViewer = (params: Params): StockParams => {
  const user = userOf(params)
  return user ? { user } : {}
}

/** A custom service over the generated ones. */
class Accept implements AcceptService {
  constructor(private readonly app: Application) {}

  async create(_data: object, params: Params): Promise<object> {
    const caller = userOf(params)?.id ?? ''
    const id = String(params.route?.['inviteId'])
    const invite = await this.app.service('invite').get(id)
    if (invite.inviteeId !== caller || invite.status !== 'pending') throw new NotFound()
    const relationships = this.app.service('user-relationships')
    const friend = { userRelationshipType: 'friend' }
    await relationships.create({ id: uuidv7(), userId: invite.userId, relatedUserId: caller, ...friend })
    await relationships.create({ id: uuidv7(), userId: caller, relatedUserId: invite.userId, ...friend })
    const accepted = await this.app.service('invite').patch(id, { status: 'accepted', uses: 1 }, asViewer(params))
    const { inviteType, targetObjectId } = accepted
    return { invite: accepted, landing: { inviteType, targetObjectId } }
  }
}

export const accept = (app: Application) => {
  app.use('invite/:inviteId/accept', new Accept(app), { methods: ['create'] })
  app.service('invite/:inviteId/accept').hooks({
    around: {
      create: [
        authenticate('jwt'),
        async (context, next) => {
          await next()
          context.http = { ...context.http, status: 200 }
        }
      ]
    }
  })
}
