// Sends the events of invites to the sockets that may receive them.
import { openChannelOf } from '../../callers/channels.js'
import type { Application } from '../../declarations.js'
import type { Viewers } from './announce.js'
import { audience, type AnnouncedInvite, type InviteEvent } from './invite.policy.js'
import { viewInvite } from './invite.view.js'

/**
 * The inviter and the invitee receive an event, each with their own view of the invite. announce.ts gives the listeners:
 * a publisher that waited for them would let a later event overtake an earlier one.
 */
export function publishInvites(app: Application) {
  app.service('invite').publish((data: unknown, context: unknown) => {
    const invite = data as AnnouncedInvite
    const { event, viewers } = context as { event: InviteEvent; viewers: Viewers }
    return audience(invite, event).flatMap((userId) => {
      const viewer = viewers.get(userId)
      const channel = viewer && openChannelOf(app, userId)
      return channel ? [channel.send(viewInvite(invite, viewer))] : []
    })
  })
}
