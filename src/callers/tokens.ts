// Access tokens: HS256 under one key, and every claim checked.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import jwt, { type Jwt } from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.js'
import { refuse } from '../errors.js'
import { isUuid } from '../schema/formats.js'

export interface AccessPayload {
  sub: string
  /** Seconds since 1970. */
  exp: number
  /** When it was made: seconds since 1970, with a fraction. */
  iat: number
  /** Its id. */
  jti?: string | undefined
}

/** The clocks of two processes may differ by this much. A token issued further in the future is refused. */
const skewSeconds = 60

export class AccessTokens {
  private readonly key: KeyObject
  private readonly derived = new Map<string, Buffer>()
  /** Verified tokens, until they expire: the signature is checked once a token, not once a call. */
  private readonly verified = new LRUCache<string, AccessPayload>({ max: 10_000 })

  constructor(
    private readonly secret: string,
    private readonly options: Config['authentication']
  ) {
    this.key = createSecretKey(Buffer.from(secret, 'utf8'))
  }

  /** `madeAt` is the time of the login by the database's clock, in milliseconds since 1970. */
  sign(userId: string, madeAt = Date.now()): string {
    const { issuer, audience, lifetimeSeconds } = this.options
    // A whole second would be too coarse: a login right after the end of all sessions begins a good one.
    const iat = madeAt / 1000
    return jwt.sign({ iat, exp: Math.floor(iat + lifetimeSeconds) }, this.key, {
      algorithm: 'HS256',
      header: { alg: 'HS256', typ: 'access' },
      subject: userId,
      issuer,
      audience,
      jwtid: crypto.randomUUID()
    })
  }

  /** The payload of a good token. Any other token gets the same 401. */
  verify(token: string): AccessPayload {
    const known = this.verified.get(token)
    if (known) {
      if (known.exp > Date.now() / 1000) return known
      this.verified.delete(token)
      throw refuse('bad-token')
    }
    const good = this.read(token)
    if (!good) throw refuse('bad-token')
    this.verified.set(token, good)
    return good
  }

  private read(token: string): AccessPayload | undefined {
    const { issuer, audience } = this.options
    let signed: Jwt
    try {
      signed = jwt.verify(token, this.key, { algorithms: ['HS256'], issuer, audience, complete: true })
    } catch {
      return undefined
    }
    const { header, payload } = signed
    // `crit` names extensions that a reader must understand: this service understands none.
    if (header.typ !== 'access' || header.crit !== undefined || typeof payload === 'string') return undefined
    const { sub, exp, iat, jti } = payload
    if (typeof sub !== 'string' || !isUuid(sub) || exp === undefined || iat === undefined) return undefined
    return iat > Date.now() / 1000 + skewSeconds ? undefined : { sub, exp, iat, jti }
  }

  /** A key for another purpose, derived from the signing key. Values made with one key tell nothing about the other. */
  keyFor(purpose: string): Buffer {
    const known =
      this.derived.get(purpose) ?? Buffer.from(hkdfSync('sha256', this.secret, 'invite-service', purpose, 32))
    this.derived.set(purpose, known)
    return known
  }
}

/**
 * The token of an Authorization header; undefined without one. Another scheme, or more than one word, is a bad token:
 * the service must not treat a caller who sends credentials as signed out.
 */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const match = /^Bearer +([\w.~+/=-]+) *$/i.exec(header)
  if (!match?.[1]) throw refuse('bad-authorization')
  return match[1]
}
