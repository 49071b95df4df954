// The fuzzer: requests out of the OpenAPI document, valid ones and ones with something wrong in them, as people of every
// kind. It says what is wrong with an answer, and needs no test runner.
import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { Knex } from 'knex'
import type { Application } from '../../src/declarations.js'
import { hashPasscode } from '../../src/services/invite/limits/passcode.js'
import { hashToken } from '../../src/services/user/account-tokens.js'
import type { Invite } from '../../src/services/invite/invite.table.js'
import { Document, type Operation, type Schema } from './fuzz-document.js'
import { fingerprints } from './fuzz-tables.js'
import { exchange, type Answer, type Wire } from './fuzz-wire.js'
import { admin, call, guest, person, type Person } from './people.js'

export interface Target {
  url: string
  db: Knex
  app: Application
}

type Who = 'ada' | 'bob' | 'boss' | 'visitor' | 'nobody'

/** A request as it was drawn; `wrong` is what was done to it, `surely` when the document allows no such request. */
export interface Drawn {
  operation: Operation
  who: Who
  wire: Wire
  wrong?: string
  surely?: boolean
}

/** The rows that exist, so that some of the requests are about existing rows. */
class Things {
  readonly ids: Record<string, string[]> = {}
  /** By invite. */
  readonly passcodes = new Map<string, string>()
  /** The tokens of mailed links of one account, which does nothing else. */
  readonly linkTokens: string[] = []
  readonly inviteCodes: string[] = []
  readonly emails: string[] = []

  /** Keeps the newest; what is old has been used. */
  add(kind: string, id: unknown) {
    const list = (this.ids[kind] ??= [])
    if (typeof id === 'string' && !list.includes(id)) list.push(id)
    if (list.length > 40) list.shift()
  }

  one(kind: string): fc.Arbitrary<string> {
    const pick = fc.nat().map((n) => {
      const list = this.ids[kind] ?? []
      return list[n % Math.max(1, list.length)] ?? nobody
    })
    return fc.oneof({ weight: 5, arbitrary: pick }, { weight: 1, arbitrary: fc.uuid({ version: 7 }) })
  }

  text(list: string[], otherwise: fc.Arbitrary<string>): fc.Arbitrary<string> {
    return fc.oneof(
      fc.nat().map((n) => list[n % Math.max(1, list.length)] ?? 'x'),
      otherwise
    )
  }
}

/** Becomes the passcode of the invite that the path names, where it is known. */
const right = 'the-right-passcode'

const nobody = '01890000-0000-7000-8000-000000000000'

/** Which kind of thing a key or a path parameter holds the id of. */
const kindOf: Record<string, string> = {
  inviteId: 'invite',
  targetObjectId: 'place',
  channelId: 'channel',
  locationId: 'location',
  userId: 'user',
  inviteeId: 'user',
  relatedUserId: 'user'
}

/** Password hashing takes most of the time of these: seldom is enough. */
const slow = new Set(['register', 'signIn'])

export class Fuzzer {
  private constructor(
    private readonly target: Target,
    private readonly document: Document,
    private readonly people: Record<Exclude<Who, 'nobody'>, Person>,
    private readonly things: Things,
    private readonly prints: () => Promise<Record<string, string>>
  ) {}

  /** People, places, and invites in every state. */
  static async prepare(target: Target): Promise<Fuzzer> {
    const { body: json } = await call<Schema>(target, 'GET', '/openapi.json')
    const [ada, bob, boss, visitor] = await Promise.all([
      person(target, 'Ada'),
      person(target, 'Bob'),
      admin(target),
      guest(target)
    ])
    const fuzzer = new Fuzzer(
      target,
      new Document(json),
      { ada, bob, boss, visitor },
      new Things(),
      await fingerprints(target.db)
    )
    await fuzzer.furnish()
    return fuzzer
  }

  /** Makes what requests can be about; again when much of it is used up. */
  async furnish(): Promise<void> {
    const { things } = this
    const { ada, bob, boss, visitor } = this.people
    // They may have blocked each other since.
    await this.target.db('user_relationships').del()
    for (const who of [ada, bob, boss, visitor]) things.add('user', who.id)
    things.emails.push(ada.email, bob.email)
    const { body: self } = await ada.call('GET', `/user/${ada.id}`)
    things.inviteCodes.push(self.inviteCode)
    for (const [who, other] of [
      [ada, bob],
      [bob, ada]
    ] as const) {
      const channel = await who.channel()
      const location = await who.location()
      const instance = await who.instance(location.id)
      things.add('channel', channel.id)
      things.add('location', location.id)
      for (const { id } of [channel, location, instance]) things.add('place', id)
      const link = await who.bearerLink({ maxUses: 3 })
      things.passcodes.set(link.id, link.passcode)
      const mailed = await who.inviteAddress({ inviteType: 'new-user' })
      things.passcodes.set(mailed.id, await this.passcodeOf(mailed.id))
      const made = [link, mailed]
      for (let n = 0; n < 4; n++) made.push(await who.inviteToChannel(other))
      const over = await who.inviteToChannel(other)
      await who.must('DELETE', `/invite/${over.id}`)
      const expired = await who.inviteToChannel(other)
      await this.target.db('invites').where({ id: expired.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
      const lapsed = await who.bearerLink()
      things.passcodes.set(lapsed.id, lapsed.passcode)
      await this.target.db('invites').where({ id: lapsed.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
      for (const { id } of [...made, over, expired, lapsed]) things.add('invite', id)
      // A member whom the owner can make a moderator.
      const membership = { targetObjectId: location.id, inviteType: 'location', inviteeId: other.id }
      for (const data of [membership, { ...membership, targetObjectId: channel.id, inviteType: 'channel' }]) {
        const { id } = await who.invite(data)
        await other.must('POST', `/invite/${id}/accept`, {})
      }
      await who.must('POST', '/user-relationship', { relatedUserId: boss.id, userRelationshipType: 'blocking' })
    }
    things.linkTokens.push(...(await this.linkTokens()))
    await boss.call('POST', '/scope', { body: { userId: ada.id, type: 'user:read' } })
    const scopes = (await this.target.db('scopes').whereNot({ type: 'admin:admin' }).select('id')) as { id: string }[]
    for (const { id } of scopes) things.add('scope', id)
    for (const [table, kind] of Object.entries(tablesOfRows)) {
      const rows = (await this.target.db(table).select('id').orderBy('createdAt', 'desc').limit(12)) as { id: string }[]
      for (const { id } of rows) things.add(kind, id)
    }
  }

  /** As if the links of an account had been mailed: one that verifies its address, and one that sets its password. */
  private async linkTokens(): Promise<string[]> {
    const { db } = this.target
    const { id } = await person(this.target, 'Cy')
    const [address] = await db('identity_providers').where({ userId: id }).select('id')
    const tokens = ['verify', 'reset'].map((purpose) => ({ purpose, token: randomBytes(32).toString('base64url') }))
    for (const { purpose, token } of tokens) {
      await db('account_tokens').insert({
        identityProviderId: address.id,
        purpose,
        hash: hashToken(token),
        expiresAt: db.raw(`clock_timestamp() + interval '1 hour'`)
      })
    }
    return tokens.map(({ token }) => token)
  }

  /** No message is sent here, for tables must be still: the invite gets a passcode that is known. */
  private async passcodeOf(inviteId: string): Promise<string> {
    const passcode = randomBytes(24).toString('base64url')
    await this.target
      .db('invites')
      .where({ id: inviteId })
      .update({ passcodeHash: hashPasscode(passcode) })
    return passcode
  }

  /** Better values than any for what a key holds. */
  private known = (key: string, format: string): fc.Arbitrary<unknown> | undefined => {
    if (format === 'uuid') return kindOf[key] || key === 'id' ? this.things.one(kindOf[key] ?? 'invite') : undefined
    if (key === 'passcode') return fc.constantFrom(right, right, 'wrong')
    if (key === 'inviteCode') return this.things.text(this.things.inviteCodes, fc.constant('UNKNOWN'))
    if (key === 'email') return this.things.text(this.things.emails, freshEmail)
    if (key === 'password') return fc.constantFrom('a password of some length', 'another password')
    if (key === 'token') {
      return format === 'passcode' ? this.things.text(this.things.linkTokens, fc.constant('wrong')) : freshEmail
    }
    if (key === 'accessToken') return fc.constantFrom(this.people.ada.token, 'no.token.this')
    return undefined
  }

  /** A valid request of one operation. */
  private valid(operation: Operation): fc.Arbitrary<Drawn> {
    const kind = operation.path.split('/')[1] ?? ''
    const inPath = operation.parameters.filter(({ in: place }) => place === 'path')
    const inQuery = operation.parameters.filter(({ in: place }) => place === 'query')
    const required = inQuery.filter(({ required }) => required)
    const optional = inQuery.filter(({ required }) => !required)
    const who: fc.Arbitrary<Who> = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<Who[]>('ada', 'ada', 'bob') },
      { weight: 4, arbitrary: fc.constantFrom<Who[]>('boss', 'visitor', 'nobody') }
    )
    const query = fc
      .subarray(optional, { maxLength: Math.min(2, optional.length) })
      .chain((chosen) => fc.tuple(...[...required, ...chosen].map((parameter) => this.parameter(parameter))))
      .map((parts) => parts.filter(Boolean).join('&'))
    const ids = fc.tuple(...inPath.map(({ name }) => this.things.one(name === 'id' ? kind : (kindOf[name] ?? kind))))
    const body = operation.body ? this.document.values(operation.body.schema, this.known) : fc.constant(undefined)
    const key = operation.parameters.some(({ name }) => name === 'Idempotency-Key')
      ? fc.option(
          fc.constantFrom('one', 'two', 'three').map((key) => `${key} ${operation.operationId}`),
          { nil: undefined }
        )
      : fc.constant(undefined)
    return fc.record({ who, ids, query, body, key }).map(({ who, ids, query, body: drawn, key }) => {
      const given = [...ids]
      // A signed-in caller who registers is always refused: with this, an acceptance would seldom come about.
      const { register: _, ...unregistered } = (drawn ?? {}) as Record<string, unknown>
      const body = who !== 'nobody' && operation.operationId === 'acceptInvite' ? unregistered : drawn
      const path = operation.path.replace(/\{\w+\}/g, () => given.shift() ?? nobody)
      const text = body === undefined ? undefined : JSON.stringify(body)
      return {
        operation,
        who,
        wire: {
          method: operation.method,
          target: `${path}${query ? `?${query}` : ''}`,
          headers: {
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(key !== undefined && { 'idempotency-key': key }),
            ...(who !== 'nobody' && { authorization: `Bearer ${this.people[who].token}` })
          },
          ...(text !== undefined && { body: text.replaceAll(right, this.things.passcodes.get(ids[0] ?? '') ?? right) })
        }
      }
    })
  }

  /** One parameter of a query as it is written there. */
  private parameter(parameter: Operation['parameters'][number]): fc.Arbitrary<string> {
    const { name, schema } = parameter
    const content = schema?.['contentSchema']
    const key = encodeURIComponent(name)
    if (content) {
      return this.document
        .values(content, this.known)
        .map((value) => `${key}=${encodeURIComponent(JSON.stringify(value))}`)
    }
    // Parameters in brackets, beside a filter, are text, so only values that text can express are drawn.
    return this.document
      .values(schema, (inner, format) => this.known(inner || name, format))
      .map((value) => written(key, value))
  }

  /** Requests of the whole document. */
  private everyValid(): fc.Arbitrary<Drawn> {
    const { operations } = this.document
    return fc.oneof(
      ...operations.map((operation) => ({
        weight: slow.has(operation.operationId) ? 1 : operation.path.startsWith('/invite') ? 12 : 6,
        arbitrary: this.valid(operation)
      }))
    )
  }

  /** Valid requests, to each of which one thing was done. */
  private mutated(): fc.Arbitrary<Drawn> {
    return fc
      .tuple(this.everyValid(), fc.nat(), fc.nat(), fc.constantFrom(...wrongValues))
      .map(([drawn, which, where, value]) => mutate(drawn, which, where, value))
  }

  /** The problem with the answer, or undefined. */
  private async judge({ operation, wire, wrong, surely }: Drawn): Promise<string | undefined> {
    const before = wrong === undefined ? undefined : await this.prints()
    const answer = await exchange(this.target.url, wire)
    const problem =
      answer.status >= 500
        ? 'is the fault of the service'
        : this.document.problemOf(operation, answer.status, answer.headers, answer.body)
    if (problem) return `${answer.status} ${problem} ${answer.text.slice(0, 500)}`
    if (before && answer.status >= 400) {
      const after = await this.prints()
      const changed = Object.keys(after).filter((table) => before[table] !== after[table])
      if (changed.length > 0) return `${answer.status}, but ${changed.join(', ')} changed`
    }
    if (surely && answer.status < 400) return `${answer.status}, but ${wrong} ${answer.text.slice(0, 300)}`
    if (answer.status < 400) this.succeeded.add(operation.operationId)
    this.learn(operation, answer)
    return undefined
  }

  /** Remembers the rows that a call made, for later requests. */
  private learn({ operationId }: Operation, { status, body }: Answer) {
    if (status !== 201) return
    const made = (Array.isArray(body) ? body : [body]) as Invite[]
    const kind = { createInvite: 'invite', createChannel: 'channel', createLocation: 'location', grantScope: 'scope' }[
      operationId
    ]
    for (const { id, passcode } of made) {
      if (kind) this.things.add(kind, id)
      if (kind === 'channel' || kind === 'location') this.things.add('place', id)
      if (kind === 'invite' && passcode) this.things.passcodes.set(id, passcode)
    }
  }

  /** The operations that did what was asked, at least once. */
  readonly succeeded = new Set<string>()
  /** The others. */
  get onlyRefused(): string[] {
    return this.document.operations.map(({ operationId }) => operationId).filter((id) => !this.succeeded.has(id))
  }

  /** How many of each answer there were. */
  readonly answers = new Map<string, number>()

  /**
   * Draws and judges so many requests of a seed. Throws with the smallest request that it finds when an answer is
   * wrong; `which` says whether something is done to them.
   */
  async run(which: 'valid' | 'mutated', seed: number, count: number): Promise<void> {
    const drawn = which === 'valid' ? this.everyValid() : this.mutated()
    await fc.assert(
      fc.asyncProperty(drawn, async (request) => {
        const problem = await this.judge(request)
        const tally = `${which} ${problem ? 'wrong' : 'right'}`
        this.answers.set(tally, (this.answers.get(tally) ?? 0) + 1)
        if (problem) throw new Error(`${told(request)}\n${problem}`)
      }),
      { seed, numRuns: count, endOnFailure: false, interruptAfterTimeLimit: 10 * 60_000 }
    )
  }
}

const told = ({ operation, who, wire, wrong }: Drawn) =>
  `${operation.operationId} as ${who}${wrong ? `, ${wrong}` : ''}: ${wire.method} ${wire.target} ${String(wire.body ?? '')}`

const freshEmail = fc.nat().map((n) => `${createHash('md5').update(String(n)).digest('hex')}@example.com`)

/** Rows that are made beside what is asked for, and the service that tells of them. */
const tablesOfRows = {
  identity_providers: 'identity-provider',
  user_logins: 'user-login',
  user_relationships: 'user-relationship',
  channel_users: 'channel-user',
  location_authorized_users: 'location-authorized-user'
}

/** `a[b][c]=d`, percent-encoded; lists with `[]`, or numbered where they hold objects. */
function written(key: string, value: unknown): string {
  if (value === null) return `${key}=`
  if (Array.isArray(value)) {
    return value
      .map((item, index) =>
        typeof item === 'object' && item !== null
          ? written(`${key}%5B${index}%5D`, item)
          : written(key.endsWith('%5B%5D') ? key : `${key}%5B%5D`, item)
      )
      .filter(Boolean)
      .join('&')
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, item]) => written(`${key}%5B${encodeURIComponent(name)}%5D`, item))
      .filter(Boolean)
      .join('&')
  }
  return `${key}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`
}

/** In the place of what was there, as JSON text. */
const wrongValues = [
  'null',
  '5',
  '-0',
  '1e400',
  '1.5',
  '99999999999999999999',
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"2024-02-30T00:00:00Z"',
  '"urn:uuid:01890000-0000-7000-8000-000000000000"',
  'true',
  '[]',
  '{}',
  '[[]]',
  '{"$ne":null}',
  '{"$in":[]}',
  '{"__proto__":1}',
  `"${'x'.repeat(5000)}"`
]

type Mutation = (
  drawn: Drawn,
  where: number,
  value: string
) => { wire: Wire; wrong: string; surely: boolean } | undefined

const withBody = (wire: Wire, body: string): Wire => ({ ...wire, body })
const withQuery = ({ target, ...wire }: Wire, part: string): Wire => ({
  ...wire,
  target: `${target}${target.includes('?') ? '&' : '?'}${part}`
})
const withHeaders = (wire: Wire, headers: Record<string, string>): Wire => ({
  ...wire,
  headers: { ...wire.headers, ...headers }
})
const textOf = ({ wire: { body } }: Drawn) => (typeof body === 'string' ? body : undefined)
/** Pages look at no query, and at no token. */
const isService = ({ operation }: Drawn) =>
  !/^\/(health|metrics|docs|openapi|i\/|(invites|verify|reset)$)/.test(operation.path)

const mutations: Mutation[] = [
  // A value becomes another one, which may happen to be allowed there.
  (drawn, where, value) => {
    const text = textOf(drawn)
    const places = [...(text?.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"(?!:)|-?[\d.]+|true|false|null)/g) ?? [])]
    const place = places[where % Math.max(1, places.length)]
    if (text === undefined || !place) return undefined
    const body = text.slice(0, place.index) + value + text.slice(place.index + place[0].length)
    return { wire: withBody(drawn.wire, body), wrong: `a value was made ${value.slice(0, 50)}`, surely: false }
  },
  (drawn, _where, value) => {
    const text = textOf(drawn)
    if (!text?.startsWith('{')) return undefined
    const body = `{"unheard":${value}${text === '{}' ? '' : ','}${text.slice(1)}`
    return { wire: withBody(drawn.wire, body), wrong: 'a key was added', surely: true }
  },
  (drawn) => {
    const text = textOf(drawn)
    if (!text?.startsWith('{')) return undefined
    const body = `{"__proto__":{}${text === '{}' ? '' : ','}${text.slice(1)}`
    return { wire: withBody(drawn.wire, body), wrong: '__proto__ was added', surely: true }
  },
  (drawn) => {
    const text = textOf(drawn)
    const first = text && /^\{("(?:[^"\\]|\\.)*"):/.exec(text)?.[1]
    if (!text || !first) return undefined
    return { wire: withBody(drawn.wire, `{${first}:1,${text.slice(1)}`), wrong: 'a key stands twice', surely: true }
  },
  (drawn, where) => {
    const text = textOf(drawn)
    if (!text || !/^[{[]/.test(text)) return undefined
    return {
      wire: withBody(drawn.wire, text.slice(0, where % text.length)),
      wrong: 'the body ends early',
      surely: text.length > 2 && where % text.length > 0
    }
  },
  (drawn) => {
    const text = textOf(drawn)
    if (text === undefined) return undefined
    const wire = withHeaders(drawn.wire, { 'content-type': 'text/plain' })
    return { wire, wrong: 'the body is said to be text', surely: true }
  },
  (drawn) => {
    const text = textOf(drawn)
    if (text === undefined) return undefined
    return { wire: withBody(drawn.wire, text + ' '.repeat(70_000)), wrong: 'the body is large', surely: true }
  },
  (drawn, _where, value) =>
    isService(drawn)
      ? {
          wire: withQuery(drawn.wire, `unheard=${encodeURIComponent(value)}`),
          wrong: 'a parameter was added',
          surely: true
        }
      : undefined,
  (drawn) => {
    const query = drawn.wire.target.split('?')[1]
    const first = query?.split('&')[0]
    if (!first || first.includes('%5B%5D')) return undefined
    return { wire: withQuery(drawn.wire, first), wrong: 'a parameter stands twice', surely: isService(drawn) }
  },
  (drawn, where, value) => {
    const [path = '', query] = drawn.wire.target.split('?')
    const parts = query?.split('&')
    if (!parts) return undefined
    const index = where % parts.length
    parts[index] = `${parts[index]?.split('=')[0]}=${encodeURIComponent(value.replaceAll('"', ''))}`
    return {
      wire: { ...drawn.wire, target: `${path}?${parts.join('&')}` },
      wrong: `a parameter was made ${value.slice(0, 50)}`,
      surely: false
    }
  },
  (drawn) =>
    isService(drawn)
      ? { wire: withQuery(drawn.wire, '%ff=1'), wrong: 'the query is no UTF-8', surely: true }
      : undefined,
  (drawn, where) => {
    const ids = [...(drawn.wire.target.split('?')[0] ?? '').matchAll(/[0-9a-f-]{36}/g)]
    const id = ids[0]
    if (!id || !isService(drawn)) return undefined
    const bad = ['x', '%00', `urn:uuid:${id[0]}`, `${id[0]}x`, '*', '..%2f..', 'constructor'][where % 7]
    return {
      wire: { ...drawn.wire, target: drawn.wire.target.replace(id[0], bad ?? 'x') },
      wrong: 'the id is none',
      surely: true
    }
  },
  (drawn, where) => {
    // Where a bad token counts as none, no 401 is documented.
    const needsToken = drawn.operation.security.length > 0 && drawn.operation.responses.has(401)
    const bad = ['Bearer x', 'Bearer', 'Basic eDp5', 'Bearer eyJhbGciOiJub25lIn0.e30.'][where % 4] ?? 'Bearer'
    return needsToken
      ? { wire: withHeaders(drawn.wire, { authorization: bad }), wrong: 'the token is none', surely: true }
      : undefined
  },
  (drawn) =>
    drawn.operation.parameters.some(({ name }) => name === 'Idempotency-Key') && drawn.who !== 'nobody'
      ? {
          wire: withHeaders(drawn.wire, { 'idempotency-key': 'x'.repeat(256) }),
          wrong: 'the key is too long',
          surely: true
        }
      : undefined
]

/** The first thing from `which` on that can be done to this request. */
function mutate(drawn: Drawn, which: number, where: number, value: string): Drawn {
  for (let n = 0; n < mutations.length; n++) {
    const done = mutations[(which + n) % mutations.length]?.(drawn, where, value)
    if (done) return { ...drawn, ...done }
  }
  return { ...drawn, wire: { ...drawn.wire, headers: { ...drawn.wire.headers, 'x-odd': '1' } }, wrong: 'nothing much' }
}
