// Access tokens as the service signs them, see src/authentication/tokens.ts; the load needs thousands, without logins.
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import { idOf } from './layout.js'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'HS256', typ: 'access' })

export function tokenFor(user: number, secret: string): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'invite-service', aud: 'invite-service', iat: now, exp: now + 86_400 }
  const signed = `${header}.${encode({ ...claims, sub: idOf('user', user), jti: `bench-${user}` })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** The user of a good `Authorization` header, for the servers that check it by hand. */
export function subjectOf(authorization: string | undefined, key: KeyObject): string | undefined {
  const [head, payload, signature] = authorization?.slice('Bearer '.length).split('.') ?? []
  if (!head || !payload || !signature) return undefined
  const expected = createHmac('sha256', key).update(`${head}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const { sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string; exp: number }
  return exp > Date.now() / 1000 ? sub : undefined
}
