// Sends the events of invites to the sockets that may receive them.
import { openChannelOf } from '../../callers/channels.js'
import type { Application } from '../../declarations.js'
import { audience, type AnnouncedInvite } from './invite.policy.js'
import { viewInvite } from './invite.view.js'

/** The inviter and the invitee receive an event, each with their own view of the invite. */
export function publishInvites(app: Application) {
  const callers = app.get('callers')
  app.service('invite').publish(async (invite: unknown) => {
    const populated = invite as AnnouncedInvite
    const listening = audience(populated).filter((userId) => openChannelOf(app, userId))
    const views = listening.map(async (userId) => {
      const viewer = await callers.byId(userId)
      const channel = openChannelOf(app, userId)
      return viewer && channel ? [channel.send(viewInvite(populated, viewer))] : []
    })
    return (await Promise.all(views)).flat()
  })
}
