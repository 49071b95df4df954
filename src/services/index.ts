// All services, in the order of their registration.
import type { RowService } from '../callers/row-service.js'
import { account } from './account/account.js'
import type { ConfirmResetService } from './account/confirm-reset.class.js'
import type { RequestResetService } from './account/request-reset.class.js'
import type { VerifyService } from './account/verify.class.js'
import { authentication, type Authentication } from './authentication/authentication.js'
import type { Application } from '../declarations.js'
import { channelUser } from './channel-user/channel-user.js'
import { channel } from './channel/channel.js'
import { identityProvider } from './identity-provider/identity-provider.js'
import type { IdentityProvider } from './identity-provider/identity-provider.schema.js'
import { instance, type InstanceService } from './instance/instance.js'
import { invite } from './invite/invite.js'
import type { InviteService } from './invite/invite.class.js'
import { locationAuthorizedUser } from './location-authorized-user/location-authorized-user.js'
import { location } from './location/location.js'
import type { MemberService, PlaceService, Member } from './channel/place.js'
import { scope, type ScopeService } from './scope/scope.js'
import type { UserLogin } from './user/user.table.js'
import { userLogin } from './user-login/user-login.js'
import { userRelationship, type UserRelationshipService } from './user-relationship/user-relationship.js'
import { user, type UserService } from './user/user.js'
import type { AcceptService } from './invite/answer/accept.class.js'
import type { DeclineService } from './invite/answer/decline.class.js'
import type { HistoryService } from './invite/answer/history.class.js'
import type { PreviewService } from './invite/answer/preview.class.js'
import type { RequestService } from './invite/answer/request.class.js'
import type { QrCodeService } from './invite/answer/qr-code.class.js'
import type { ResendService } from './invite/answer/resend.class.js'
import type { StatsService } from './invite/stats/stats.class.js'

/** Every service by its path. */
export interface Services {
  authentication: Authentication
  user: UserService
  'user/verify': VerifyService
  'password-reset': RequestResetService
  'password-reset/confirm': ConfirmResetService
  'identity-provider': RowService<IdentityProvider>
  'user-login': RowService<UserLogin>
  scope: ScopeService
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
  'invite/:inviteId/request': RequestService
  'invite/:inviteId/qr-code': QrCodeService
  'invite/:inviteId/history': HistoryService
  'invite-stats': StatsService
}

declare module '../declarations.js' {
  interface ServiceTypes extends Services {}
}

export function services(app: Application) {
  // `authentication` comes first: at each call, Feathers' authenticate hook looks for it among the services, in order.
  app.configure(authentication)
  app.configure(user)
  app.configure(identityProvider)
  app.configure(userLogin)
  app.configure(scope)
  app.configure(userRelationship)
  app.configure(channel)
  app.configure(channelUser)
  app.configure(location)
  app.configure(locationAuthorizedUser)
  app.configure(instance)
  app.configure(invite)
  app.configure(account)
}
