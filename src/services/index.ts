// The services, in order: the table of contents.
import type { KnexService } from '@feathersjs/knex'
import { authentication } from './authentication/authentication.js'
import type { Application } from '../declarations.js'
import { channelUser } from './channel-user/channel-user.js'
import { channel } from './channel/channel.js'
import { identityProvider } from './identity-provider/identity-provider.js'
import { instance, type InstanceService } from './instance/instance.js'
import { invite } from './invite/invite.js'
import type { InviteService } from './invite/invite.class.js'
import { locationAuthorizedUser } from './location-authorized-user/location-authorized-user.js'
import { location } from './location/location.js'
import type { MemberService, PlaceService, Member } from './channel/place.js'
import { scope } from './scope/scope.js'
import { userLogin } from './user-login/user-login.js'
import { userRelationship, type UserRelationshipService } from './user-relationship/user-relationship.js'
import { user, type UserService } from './user/user.js'
import type { AuthenticationService } from '@feathersjs/authentication'
import type {
  AcceptService,
  DeclineService,
  HistoryService,
  PreviewService,
  ResendService
} from './invite/answer/sub-resources.js'

export interface ServiceTypes {
  authentication: AuthenticationService
  user: UserService
  'identity-provider': KnexService
  'user-login': KnexService
  scope: KnexService
  'user-relationship': UserRelationshipService
  channel: PlaceService
  'channel-user': MemberService<Member>
  location: PlaceService
  'location-authorized-user': MemberService<Member>
  instance: InstanceService
  invite: InviteService
  'invite/:inviteId/accept': AcceptService
  'invite/:inviteId/decline': DeclineService
  'invite/:inviteId/resend': ResendService
  'invite/:inviteId/preview': PreviewService
  'invite/:inviteId/history': HistoryService
}

/** The OpenAPI document has the same order, and invites are its subject. */
export function services(app: Application) {
  invite(app)
  user(app)
  authentication(app)
  identityProvider(app)
  userLogin(app)
  userRelationship(app)
  scope(app)
  channel(app)
  channelUser(app)
  location(app)
  locationAuthorizedUser(app)
  instance(app)
}
