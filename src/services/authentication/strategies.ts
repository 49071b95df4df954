// The ways to sign in: with an address and a password, as a guest, and with an access token. Each returns the `caller`;
// the service adds the token and the user.
import {
  AuthenticationBaseStrategy,
  JWTStrategy,
  type AuthenticationRequest,
  type AuthenticationResult,
  type ConnectionEvent
} from '@feathersjs/authentication'
import type { Params, RealTimeConnection } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../../callers/caller.js'
import type { Callers } from '../../callers/callers.js'
import type { AccessTokens } from '../../callers/tokens.js'
import { runOne } from '../../database/statement.js'
import { refuse } from '../../errors.js'
import { networkOf } from '../../limits/network.js'
import { hour, minute, type Quota, type Quotas } from '../../limits/quotas.js'
import { isPassword, recordLogin, registerUser } from '../user/register.js'

/** Password logins from one network, for one address and for all: 10 tries slow guessing and allow typing errors. */
const loginsPerAddress: Quota = { name: 'loginsPerAddress', reason: 'quota-logins', points: 10, seconds: 15 * minute }
const loginsPerNetwork: Quota = { name: 'loginsPerNetwork', reason: 'quota-logins', points: 100, seconds: 15 * minute }
/** Wrong passwords for one address, from all networks together. Addresses without an account are counted alike. */
const wrongPasswords: Quota = { name: 'wrongPasswords', reason: 'quota-logins', points: 100, seconds: 15 * minute }
const guestsPerNetwork: Quota = { name: 'guestsPerNetwork', reason: 'quota-guests', points: 30, seconds: hour }

interface Options {
  db: Knex
  callers: Callers
  quotas: Quotas
}

/** 401 for a user who was deleted after they signed in. */
async function callerById(callers: Callers, userId: string): Promise<Caller> {
  const caller = await callers.byId(userId)
  if (!caller) throw refuse('bad-token')
  return caller
}

const userAgentOf = ({ headers }: Params) => {
  const agent = headers?.['user-agent']
  return typeof agent === 'string' ? agent : undefined
}

/** An address with its account, and where its recorded logins came from. One statement, with or without an account. */
const identityText = `
  select p.id, p."userId", p.secret, array(
    select distinct l."ipAddress" from user_logins l where l."userId" = p."userId" and l."ipAddress" is not null
  ) as "ipAddresses"
  from identity_providers p where p.type = 'email' and p.token = $1`

interface Identity {
  id: string
  userId: string
  secret: string | null
  ipAddresses: string[]
}

export class PasswordStrategy extends AuthenticationBaseStrategy {
  constructor(private readonly options: Options) {
    super()
  }

  async authenticate(request: AuthenticationRequest, params: Params) {
    const { db, callers, quotas } = this.options
    const email = String(request['email'])
    const [network, account] = [networkOf(params.ip), quotas.keyOf(email)]
    await quotas.spend(loginsPerNetwork, network)
    await quotas.spend(loginsPerAddress, `${network}:${account}`)
    const identity = await runOne<Identity & object>(db, identityText, [email])
    const judge = () => isPassword(String(request['password']), identity?.secret)
    // An attacker cannot lock the user out: from a network that the user has signed in from, the service always judges.
    const isKnown = identity?.ipAddresses.some((ip) => networkOf(ip) === network)
    const good = isKnown ? await judge() : await quotas.judged(wrongPasswords, account, judge)
    if (!identity || !good) throw refuse('wrong-password')
    const { userId, id: identityProviderId, secret } = identity
    const login = { userId, identityProviderId, secret, userAgent: userAgentOf(params), ip: params.ip }
    const signedInAt = await recordLogin(db, login)
    return { authentication: { strategy: 'local' }, caller: await callerById(callers, userId), signedInAt }
  }
}

export class GuestStrategy extends AuthenticationBaseStrategy {
  constructor(private readonly options: Options) {
    super()
  }

  async authenticate(_request: AuthenticationRequest, params: Params) {
    const { db, callers, quotas } = this.options
    await quotas.spend(guestsPerNetwork, networkOf(params.ip))
    const { userId, identityProviderId } = await registerUser(db, { name: 'Guest', isGuest: true }, [
      { type: 'guest', token: uuidv7(), verified: false }
    ])
    const login = { userId, identityProviderId, secret: null, userAgent: userAgentOf(params), ip: params.ip }
    const signedInAt = await recordLogin(db, login)
    return { authentication: { strategy: 'guest' }, caller: await callerById(callers, userId), signedInAt }
  }
}

/**
 * Answers the authenticate hook at each call over a socket, from memory: verified tokens and callers are both
 * remembered. Feathers clients also send a token to sign in again; that records no login.
 */
export class TokenStrategy extends JWTStrategy {
  constructor(private readonly options: { callers: Callers; tokens: AccessTokens }) {
    super()
  }

  override async authenticate(request: AuthenticationRequest) {
    const accessToken = String(request['accessToken'])
    const { callers, tokens } = this.options
    const payload = tokens.verify(accessToken)
    const caller = await callers.byToken(accessToken)
    return { accessToken, authentication: { strategy: 'jwt', accessToken, payload }, caller }
  }

  /**
   * Keeps the token and the user of a sign-in for the later calls of its socket. Feathers' own method also disconnects a
   * socket when its token ends, and its client would stay away: realtime/presence.ts only stops the events.
   */
  override async handleConnection(
    event: ConnectionEvent,
    connection: RealTimeConnection,
    result?: AuthenticationResult
  ) {
    const accessToken: unknown = result?.accessToken
    if (event === 'login') {
      Object.assign(connection, { authentication: { strategy: 'jwt', accessToken }, user: result?.['user'] })
    } else if (event === 'disconnect' || connection['authentication']?.accessToken === accessToken) {
      delete connection['authentication']
      delete connection['user']
    }
  }
}
