// People who use the service over HTTP, as a client would. Each test makes its own.
import { randomBytes } from 'node:crypto'
import type { Invite } from '../../src/services/invite/invite.table.js'
import type { User } from '../../src/services/user/user.table.js'
import { requireReason } from './reasons.js'
import { keepRefusal, keepSecret, keepSecretsOf } from './secrets.js'
import { adminLogin, type TestServer } from './server.js'

export interface Reply<Body = any> {
  status: number
  body: Body
  headers: Headers
  text: string
}

export interface CallOptions {
  body?: unknown
  /** Appended to the path as it is, after `?`. */
  query?: string
  headers?: Record<string, string>
}

/** One HTTP call. `body` goes as JSON, a string as it is. */
export async function call<Body = any>(
  server: Pick<TestServer, 'url'>,
  method: string,
  path: string,
  { body, query, headers = {} }: CallOptions = {},
  token?: string
): Promise<Reply<Body>> {
  const response = await fetch(`${server.url}${path}${query === undefined ? '' : `?${query}`}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const text = await response.text()
  keepSecret(token)
  keepSecretsOf(body)
  if (response.status >= 400) keepRefusal(text)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = undefined
  }
  keepSecretsOf(parsed)
  requireReason(response.status, parsed)
  return { status: response.status, body: parsed as Body, headers: response.headers, text }
}

export class Person {
  constructor(
    readonly server: Pick<TestServer, 'url'>,
    readonly id: string,
    readonly name: string,
    readonly email: string,
    readonly password: string,
    readonly token: string
  ) {}

  call<Body = any>(method: string, path: string, options?: CallOptions): Promise<Reply<Body>> {
    return call<Body>(this.server, method, path, options, this.token)
  }

  /** A call that must succeed. */
  async must<Body = any>(method: string, path: string, body?: unknown): Promise<Body> {
    const reply = await this.call<Body>(method, path, body === undefined ? {} : { body })
    if (reply.status >= 300) throw new Error(`${method} ${path} as ${this.name}: ${reply.status} ${reply.text}`)
    return reply.body
  }

  /** PATCH /invite?filter=… with the filter as JSON. */
  patch(filter: object, body: unknown) {
    return this.call('PATCH', '/invite', { query: `filter=${encodeURIComponent(JSON.stringify(filter))}`, body })
  }

  invite(data: object): Promise<Invite> {
    return this.must<Invite>('POST', '/invite', data)
  }

  channel(name = `Channel ${randomBytes(3).toString('hex')}`): Promise<{ id: string; name: string }> {
    return this.must('POST', '/channel', { name })
  }

  location(name = `Location ${randomBytes(3).toString('hex')}`): Promise<{ id: string; name: string }> {
    return this.must('POST', '/location', { name })
  }

  instance(locationId: string): Promise<{ id: string; locationId: string }> {
    return this.must('POST', '/instance', { locationId })
  }

  /** A friend invite to an address that nobody has. */
  inviteAddress(more: object = {}): Promise<Invite> {
    return this.invite({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email', ...more })
  }

  /** A link to a new channel of this person, with its passcode. */
  async bearerLink(more: object = {}): Promise<Invite & { passcode: string }> {
    const { id } = await this.channel()
    const invite = await this.invite({ inviteType: 'channel', targetObjectId: id, ...more })
    if (invite.passcode === null) throw new Error('a bearer link came without its passcode')
    return { ...invite, passcode: invite.passcode }
  }

  /** An invite of somebody into a new channel of this person. */
  async inviteToChannel(invitee: Person, more: object = {}): Promise<Invite> {
    const { id } = await this.channel()
    return this.invite({ inviteType: 'channel', targetObjectId: id, inviteeId: invitee.id, ...more })
  }

  accept(inviteId: string, body: object = {}) {
    return this.call('POST', `/invite/${inviteId}/accept`, { body })
  }
}

/** Of nobody yet, and kept like a secret: none may be logged or told in a refusal. */
export function newAddress(name = 'x'): string {
  const address = `${name}.${randomBytes(6).toString('hex')}@example.com`
  keepSecret(address)
  return address
}

/** Registers somebody and signs them in. */
export async function person(server: Pick<TestServer, 'url'>, name = 'Somebody'): Promise<Person> {
  const email = newAddress(name.replace(/[^a-z]/gi, '').toLowerCase() || 'x')
  const password = 'a password of some length'
  const made = await call<User>(server, 'POST', '/user', { body: { name, email, password } })
  if (made.status !== 201) throw new Error(`registration: ${made.status} ${made.text}`)
  return signIn(server, email, password)
}

export async function signIn(server: Pick<TestServer, 'url'>, email: string, password: string): Promise<Person> {
  const login = await call<{ accessToken: string; user: User }>(server, 'POST', '/authentication', {
    body: { strategy: 'local', email, password },
    headers: { 'user-agent': 'test agent' }
  })
  if (login.status !== 201) throw new Error(`login: ${login.status} ${login.text}`)
  const { accessToken, user } = login.body
  return new Person(server, user.id, user.name, email, password, accessToken)
}

export const admin = (server: Pick<TestServer, 'url'>) => signIn(server, adminLogin.email, adminLogin.password)

export async function guest(server: Pick<TestServer, 'url'>): Promise<Person> {
  const login = await call<{ accessToken: string; user: User }>(server, 'POST', '/authentication', {
    body: { strategy: 'guest' }
  })
  if (login.status !== 201) throw new Error(`guest: ${login.status} ${login.text}`)
  return new Person(server, login.body.user.id, login.body.user.name, '', '', login.body.accessToken)
}
