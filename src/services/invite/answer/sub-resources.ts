// What happens to one invite, as services of their own: invite/<id>/accept and its like, over REST and sockets.
import type { Params } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import { inTransaction } from '../../../database/retry.js'
import type { Application, Parts } from '../../../declarations.js'
import { badRequest, forbidden, notAuthenticated, notFound } from '../../../errors.js'
import { closed, email, name, password, isUuid } from '../../../schema/formats.js'
import { callerOf } from '../../../callers/caller.js'
import { hashPassword } from '../../user/register.js'
import { acceptInvite, earlierAnswer, type Acceptance, type Answer } from './claim.js'
import { announce } from '../announce.js'
import { declineInvite } from './revoke-or-decline.js'
import { visibleInvite } from '../rows/find.js'
import { requirePasscode } from '../limits/require-passcode.js'
import { historyOf, type HistoryEntry } from '../rows/history.js'
import { inviteId } from '../invite.class.js'
import { manages } from '../invite.policy.js'
import { viewInvite } from '../invite.resolvers.js'
import type { Invite } from '../invite.schema.js'
import { previewInvite, type Preview } from './preview.js'
import { registerAndAccept } from './register-and-accept.js'
import { resendInvite } from './resend.js'

const passcode = () => Type.String({ minLength: 1, maxLength: 255, description: 'From the link.' })

export const acceptDataSchema = Type.Object(
  {
    passcode: Type.Optional(passcode()),
    register: Type.Optional(Type.Object({ name: name(), password: password(), email: Type.Optional(email()) }, closed))
  },
  closed
)
export type AcceptData = Static<typeof acceptDataSchema>

export const declineDataSchema = Type.Object({ passcode: Type.Optional(passcode()) }, closed)
export const resendDataSchema = Type.Object({}, closed)
export const previewDataSchema = Type.Object({ passcode: passcode() }, closed)

/** The invite that the path names. */
const idOf = (params: Params) => inviteId(params.route?.['inviteId'])

/** Whose wrong passcodes are counted together: a user's, else an address's. */
const guesser = ({ caller, ip }: Params) => (caller ? `user:${caller.id}` : `ip:${ip ?? 'unknown'}`)

export class AcceptService {
  constructor(
    private readonly app: Application,
    private readonly parts: Parts
  ) {}

  async create(data: AcceptData, params: Params): Promise<Answer & { accessToken?: string }> {
    const { caller } = params
    if (data.register && caller) {
      throw badRequest({ path: 'register', message: 'is for those who are not signed in' })
    }
    if (data.register && data.passcode === undefined) throw badRequest({ path: 'passcode', message: 'is required' })
    if (!caller && !data.register) throw notAuthenticated()
    const id = idOf(params)
    const earlier = caller && (await earlierAnswer(this.parts.db, id, caller.id))
    if (earlier) return earlier
    if (data.passcode !== undefined) await requirePasscode(this.parts, guesser(params), id, data.passcode)
    return caller ? this.accept(id, data, params) : this.register(id, data, params)
  }

  private async accept(id: string, data: AcceptData, params: Params): Promise<Answer> {
    const caller = callerOf(params)
    const acceptance = await inTransaction(this.parts.db, async (trx) => {
      const done = await acceptInvite(trx, id, caller, data.passcode)
      await params.keepAnswer?.(trx, done.answer)
      return done
    })
    this.parts.callers.forget(caller.id)
    await this.announce(acceptance)
    return acceptance.answer
  }

  private async register(id: string, { passcode = '', register }: AcceptData, params: Params) {
    if (!register) throw notAuthenticated()
    // As at POST /user: a link for a million must not make a million accounts from one place.
    await this.parts.quotas.spend('registrations', params.ip)
    const agent = params.headers?.['user-agent']
    const registration = {
      name: register.name.trim(),
      email: register.email?.toLowerCase(),
      secret: await hashPassword(register.password),
      userAgent: typeof agent === 'string' ? agent : undefined,
      ip: params.ip
    }
    const acceptance = await inTransaction(this.parts.db, async (trx) => {
      const done = await registerAndAccept(trx, id, passcode, registration)
      await params.keepAnswer?.(trx, { ...done.answer, accessToken: null })
      return done
    })
    await this.announce(acceptance)
    return { ...acceptance.answer, accessToken: this.parts.tokens.sign(acceptance.userId) }
  }

  private async announce({ changed }: Acceptance) {
    if (changed) await announce(this.app, changed.removed ? 'removed' : 'patched', [changed.invite])
  }
}

export class DeclineService {
  constructor(
    private readonly app: Application,
    private readonly parts: Parts
  ) {}

  async create(data: Static<typeof declineDataSchema>, params: Params): Promise<Invite> {
    const { caller } = params
    if (!caller && data.passcode === undefined) throw notAuthenticated()
    const id = idOf(params)
    if (data.passcode !== undefined) await requirePasscode(this.parts, guesser(params), id, data.passcode)
    const invite = await inTransaction(this.parts.db, (trx) => declineInvite(trx, id, caller, data.passcode))
    if (caller) this.parts.callers.forget(caller.id)
    await announce(this.app, 'patched', [invite])
    return viewInvite(invite, caller)
  }
}

export class ResendService {
  constructor(
    private readonly app: Application,
    private readonly parts: Parts
  ) {}

  async create(_data: object, params: Params): Promise<Invite> {
    const caller = callerOf(params)
    const id = idOf(params)
    const { db, config, tokens, delivery } = this.parts
    const deliveryKey = tokens.keyFor('delivery')
    const { view, invite } = await inTransaction(db, async (trx) => {
      const resent = await resendInvite(trx, id, caller, deliveryKey, config.rateLimitFactor)
      const shown = viewInvite(resent.invite, caller, resent.passcode)
      await params.keepAnswer?.(trx, shown)
      return { view: shown, invite: resent.invite }
    })
    if (invite.token) delivery.wake()
    await announce(this.app, 'patched', [invite])
    return view
  }
}

export class PreviewService {
  constructor(private readonly parts: Parts) {}

  async create(data: Static<typeof previewDataSchema>, params: Params): Promise<Preview> {
    const id = params.route?.['inviteId'] ?? ''
    if (!isUuid(id)) throw notFound()
    await this.parts.quotas.spend('previewsPerIp', params.ip)
    await requirePasscode(this.parts, guesser(params), id.toLowerCase(), data.passcode)
    return previewInvite(this.parts.db, id.toLowerCase(), data.passcode, params.caller?.id ?? null)
  }
}

export class HistoryService {
  constructor(private readonly parts: Parts) {}

  async find(params: Params): Promise<HistoryEntry[]> {
    const caller = callerOf(params)
    const invite = await visibleInvite(this.parts.db, caller, idOf(params))
    if (!invite) throw notFound()
    if (!manages(caller, invite)) throw forbidden('Only the inviter reads the history')
    return historyOf(this.parts.db, invite.id)
  }
}
