// Access tokens: HS256 under one key, and every claim checked.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { jwtVerify, SignJWT, type JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.js'
import { notAuthenticated } from '../errors.js'
import { isUuid } from '../formats.js'

export interface AccessPayload extends JWTPayload {
  sub: string
  exp: number
}

/** A token from the future is not ours; clocks may differ by this much. */
const skewSeconds = 60

export class AccessTokens {
  private readonly key: KeyObject
  private readonly derived = new Map<string, Buffer>()
  /** What has been verified stays verified until it expires: the signature is checked once a token, not once a call. */
  private readonly verified = new LRUCache<string, AccessPayload>({ max: 10_000 })

  constructor(
    private readonly secret: string,
    private readonly options: Config['authentication']
  ) {
    this.key = createSecretKey(Buffer.from(secret, 'utf8'))
  }

  async sign(userId: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT()
      .setProtectedHeader({ alg: 'HS256', typ: 'access' })
      .setSubject(userId)
      .setIssuer(this.options.issuer)
      .setAudience(this.options.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + this.options.lifetimeSeconds)
      .setJti(crypto.randomUUID())
      .sign(this.key)
  }

  /** The payload of a good token; whatever is wrong with another, the answer is the same 401. */
  async verify(token: string): Promise<AccessPayload> {
    const known = this.verified.get(token)
    if (known) {
      if (known.exp > Date.now() / 1000) return known
      this.verified.delete(token)
      throw notAuthenticated('The access token is not valid')
    }
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: ['HS256'],
        typ: 'access',
        issuer: this.options.issuer,
        audience: this.options.audience,
        requiredClaims: ['exp', 'sub', 'iat']
      })
      const { sub, exp, iat } = payload
      if (typeof sub !== 'string' || !isUuid(sub) || !exp) throw notAuthenticated()
      if (iat && iat > Date.now() / 1000 + skewSeconds) throw notAuthenticated()
      const good = { ...payload, sub, exp }
      this.verified.set(token, good)
      return good
    } catch {
      throw notAuthenticated('The access token is not valid')
    }
  }

  /** A key for another purpose, derived from the signing key: what is made with the one says nothing of the other. */
  keyFor(purpose: string): Buffer {
    const known =
      this.derived.get(purpose) ?? Buffer.from(hkdfSync('sha256', this.secret, 'invite-service', purpose, 32))
    this.derived.set(purpose, known)
    return known
  }
}

/**
 * The token of an Authorization header; undefined without one. Another scheme, or more than one word, is a bad token:
 * a caller who sends credentials must not be taken for nobody.
 */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const match = /^Bearer +([\w.~+/=-]+) *$/i.exec(header)
  if (!match?.[1]) throw notAuthenticated('The Authorization header must be: Bearer <access token>')
  return match[1]
}
