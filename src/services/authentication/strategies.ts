// The ways to sign in: with an address and a password, as a guest, and with an access token that one has already.
import { AuthenticationBaseStrategy, JWTStrategy, type AuthenticationRequest } from '@feathersjs/authentication'
import type { Params } from '@feathersjs/feathers'
import { hash, verify } from '@node-rs/argon2'
import type { Knex } from 'knex'
import type { Callers } from '../../callers/callers.js'
import { runOne } from '../../database/statement.js'
import { notAuthenticated } from '../../errors.js'
import type { Quotas } from '../../limits/quotas.js'
import { argon2Options, recordLogin, registerUser } from '../user/register.js'
import { loadPeople, viewUser } from '../user/user.resolvers.js'
import { v7 as uuidv7 } from 'uuid'

interface Options {
  db: Knex
  callers: Callers
  quotas: Quotas
}

/** Oneself, as one sees oneself. */
async function self({ db, callers }: Pick<Options, 'db' | 'callers'>, userId: string) {
  const [person] = await loadPeople(db, 'u.id = $1', [userId])
  if (!person) throw notAuthenticated('The access token is not valid')
  return viewUser(person, await callers.byId(userId))
}

const userAgentOf = ({ headers }: Params) => {
  const agent = headers?.['user-agent']
  return typeof agent === 'string' ? agent : undefined
}

/** Compared with when an address has no account, so that both cases take the same time. */
const nobodysHash = hash('nobody has this password', argon2Options)

export class PasswordStrategy extends AuthenticationBaseStrategy {
  constructor(private readonly options: Options) {
    super()
  }

  async authenticate(request: AuthenticationRequest, params: Params) {
    const { db, quotas } = this.options
    const email = String(request['email']).toLowerCase()
    await quotas.spend('loginsPerIp', params.ip)
    await quotas.spend('loginsPerAddress', `${params.ip}:${quotas.keyOf(email)}`)
    const identity = await runOne<{ id: string; userId: string; secret: string | null }>(
      db,
      `select id, "userId", secret from identity_providers where type = 'email' and token = $1`,
      [email]
    )
    const good = await verify(identity?.secret ?? (await nobodysHash), String(request['password']))
    if (!identity?.secret || !good) throw notAuthenticated('Wrong address or password')
    await recordLogin(db, {
      userId: identity.userId,
      identityProviderId: identity.id,
      userAgent: userAgentOf(params),
      ip: params.ip
    })
    return { authentication: { strategy: 'local' }, user: await self(this.options, identity.userId) }
  }
}

export class GuestStrategy extends AuthenticationBaseStrategy {
  constructor(private readonly options: Options) {
    super()
  }

  async authenticate(_request: AuthenticationRequest, params: Params) {
    const { db, quotas } = this.options
    await quotas.spend('guestsPerIp', params.ip)
    const { userId, identityProviderId } = await registerUser(db, { name: 'Guest', isGuest: true }, [
      { type: 'guest', token: uuidv7(), verified: false }
    ])
    await recordLogin(db, { userId, identityProviderId, userAgent: userAgentOf(params), ip: params.ip })
    return { authentication: { strategy: 'guest' }, user: await self(this.options, userId) }
  }
}

/** What Feathers clients send when they connect again. Records no login. */
export class TokenStrategy extends JWTStrategy {
  constructor(private readonly options: Options) {
    super()
  }

  override getEntity(id: string) {
    return self(this.options, id)
  }
}
