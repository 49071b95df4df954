// channel-user: the members of a channel and their roles. Accepting an invite makes a member.
import { authenticate } from '@feathersjs/authentication'
import { Type, type Static } from '@sinclair/typebox'
import type { Application } from '../../declarations.js'
import { closed, oneOf, time, uuid } from '../../schema/formats.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { channelTables } from '../channel/channel.js'
import { listQuery } from '../../schema/paging.js'
import { memberDocs } from '../channel/place.docs.js'
import { MemberService, roleDataSchema, roles } from '../channel/place.js'

const channelUserSchema = Type.Object(
  { id: uuid(), channelId: uuid(), userId: uuid(), role: oneOf(roles), createdAt: time() },
  { ...closed, $id: 'ChannelUser', description: 'A member of a channel.' }
)
export type ChannelUser = Static<typeof channelUserSchema>

const channelUserQuerySchema = listQuery({ channelId: uuid() })

export function channelUser(app: Application) {
  app.use('channel-user', new MemberService<ChannelUser>(app.get('db'), channelTables, channelUserSchema), {
    methods: ['find', 'patch'],
    docs: memberDocs('Channel', channelUserSchema, channelUserQuerySchema),
    serviceEvents: []
  })
  app.service('channel-user').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(channelUserQuerySchema)],
      patch: [noQuery, validateData(roleDataSchema)]
    }
  })
}
