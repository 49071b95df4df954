// The document says what the service does: no more, no less. And /docs shows it without asking anybody else.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { runInNewContext } from 'node:vm'
import { Ajv } from '@feathersjs/schema'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { formats } from '../src/schema/formats.js'
import { proxyUnder } from './support/path-proxy.js'
import { until } from './support/patience.js'
import { useServer } from './support/server.js'
import { Webhook } from 'standardwebhooks'
import { stopUrlFor } from './support/stops.js'
import { admin, call, guest, newAddress, person, type CallOptions, type Person, type Reply } from './support/people.js'

const reportSecret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const server = await useServer({ deliveryReportSecret: reportSecret })
const anybody = (method: string, path: string, options?: CallOptions) => call(server, method, path, options)

interface Parameter {
  name: string
  in: string
  required?: boolean
  style?: string
  example?: unknown
  schema: { type?: string; format?: string; example?: unknown; default?: unknown; $ref?: string }
}
interface Operation {
  operationId: string
  tags: string[]
  security: Record<string, unknown>[]
  parameters?: (Parameter | { $ref: string })[]
  requestBody?: { required: boolean; content: Record<string, { examples?: Record<string, { value: unknown }> }> }
  responses: Record<string, object>
}
interface Document {
  openapi: string
  info: { version: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, object>>
}
const document: Document = (await anybody('GET', '/openapi.json')).body
const noUuid = '01890000-0000-7000-8000-000000000000'

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, operation }))
)
const filled = (path: string) => path.replace(/\{\w+\}/g, noUuid)

const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false })
for (const [name, { fault }] of Object.entries(formats)) ajv.addFormat(name, (text) => fault(text) === undefined)
ajv.addSchema(document, 'document')
const pointer = (...parts: string[]) =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
const validatorAt = (...parts: string[]) => {
  const validate = ajv.getSchema(`document#${pointer(...parts)}`)
  if (!validate) throw new Error(`there is no schema at ${parts.join(' ')}`)
  return validate
}

/** The part of the document that a JSON pointer leads to. */
const at = (ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)

const called = new Set<string>()

/** The reply has a documented status, its documented headers, and a body of the documented schema. */
function conforms<R extends Reply>(verb: string, path: string, reply: R): R {
  const found = operations.find(
    (operation) => operation.verb === verb && new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
  )
  if (!found) throw new Error(`${verb} ${path} is not documented`)
  const where = `${verb} ${found.path} ${reply.status}`
  const written = found.operation.responses[String(reply.status)]
  expect(written, `${where} is not documented: ${reply.text}`).toBeDefined()
  const ref = written && '$ref' in written ? String(written.$ref) : undefined
  const place = ref
    ? ref.slice(2).split('/')
    : ['paths', found.path, verb.toLowerCase(), 'responses', String(reply.status)]
  const response = (ref ? at(ref) : written) as { headers: Record<string, { $ref: string }> }
  for (const [name, header] of Object.entries(response.headers)) {
    const required = (at(header.$ref) as { required?: boolean }).required
    if (required) expect(reply.headers.get(name), `${where} ${name}`).not.toBeNull()
  }
  if (reply.headers.get('content-type')?.startsWith('application/json')) {
    const validate = validatorAt(...place, 'content', 'application/json', 'schema')
    expect(validate(reply.body), `${where}: ${JSON.stringify(validate.errors)} ${reply.text}`).toBe(true)
  }
  called.add(found.operation.operationId)
  return reply
}

const as = (who: Person) => async (verb: string, path: string, options?: CallOptions) =>
  conforms(verb, path, await who.call(verb, path, options))
const asNobody = async (verb: string, path: string, options?: CallOptions) =>
  conforms(verb, path, await anybody(verb, path, options))

describe('the document', () => {
  it('is a valid OpenAPI 3.1 document of this version', async () => {
    const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>)
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
    expect(document.openapi).toBe('3.1.0')
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(document.info.version).toBe(version)
  })

  it('refers to nothing that is not in it, and has nothing that nobody refers to', () => {
    const text = JSON.stringify(document)
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref))
    expect(refs.size).toBeGreaterThan(50)
    for (const ref of refs) {
      expect(ref).toMatch(/^#\//)
      expect([ref, typeof at(ref)]).toEqual([ref, 'object'])
    }
    const parts = Object.entries(document.components).flatMap(([kind, items]) =>
      kind === 'securitySchemes' ? [] : Object.keys(items).map((name) => `#/components/${kind}/${name}`)
    )
    expect(parts.filter((part) => !refs.has(part))).toEqual([])
    expect(text).not.toContain('"$id"')
  })

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('describes each tag once, in the order in which operations have them', () => {
    const used = new Set(operations.flatMap(({ operation }) => operation.tags))
    expect(document.tags.map(({ name }) => name)).toEqual([...used])
  })

  it('has every method of every service, and no others: as 405 lists them', async () => {
    const someone = await person(server)
    const found = new Set<string>()
    for (const service of Object.keys(server.app.services)) {
      const path = `/${service.replace(/:(\w+)/g, '{$1}')}`
      for (const template of [path, `${path}/{id}`]) {
        const reply = await someone.call('PUT', filled(template))
        if (reply.status === 404) continue
        expect(reply.status).toBe(405)
        for (const verb of reply.headers.get('allow')?.split(', ') ?? []) {
          if (verb !== 'HEAD') found.add(`${verb} ${template}`)
        }
      }
    }
    const pages = new Set([
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/i/{inviteId}',
      '/verify',
      '/reset',
      '/invites'
    ])
    const others = new Map([
      ['/unsubscribe/{token}', ['get', 'post']],
      ['/delivery-report', ['post']]
    ])
    for (const [path, verbs] of others) {
      expect(Object.keys(document.paths[path] ?? {})).toEqual(verbs)
      const allow = (await anybody('PUT', filled(path))).headers.get('allow') ?? ''
      expect(
        allow
          .toLowerCase()
          .split(', ')
          .filter((verb) => verb !== 'head')
      ).toEqual(verbs)
    }
    const documented = operations
      .filter(({ path }) => !pages.has(path) && !others.has(path))
      .map(({ verb, path }) => `${verb} ${path}`)
    expect(documented.sort()).toEqual([...found].sort())
    for (const path of pages) {
      expect(Object.keys(document.paths[path] ?? {})).toEqual(['get'])
      const reply = await anybody('POST', filled(path))
      expect(reply.status).toBe(405)
      expect(reply.headers.get('allow')).toBe('GET, HEAD')
    }
  })

  const refusesTokens = ({ operation }: (typeof operations)[number]) => '401' in operation.responses
  it.each(operations.filter((one) => one.operation.security.some((way) => 'bearer' in way) && refusesTokens(one)))(
    'says that $verb $path looks at the token: a bad one is 401',
    async ({ verb, path }) => {
      const reply = await anybody(verb, filled(path), { headers: { authorization: 'Bearer nonsense' } })
      expect(reply.status).toBe(401)
      expect(reply.headers.get('www-authenticate')).toBe('Bearer')
    }
  )

  it.each(operations.filter((one) => one.operation.security.length === 0 || !refusesTokens(one)))(
    'says that $verb $path is for anybody: a bad token is not looked at',
    async ({ verb, path }) => {
      const reply = await anybody(verb, filled(path), {
        headers: { authorization: 'Bearer nonsense' },
        ...(verb === 'POST' && { body: {} })
      })
      const otherwise = verb === 'POST' ? 400 : 200
      // The token in the path counts, which is none here.
      expect(reply.status).toBe(path.startsWith('/unsubscribe/') ? 404 : otherwise)
    }
  )

  it('says which operations take a caller, but need none', () => {
    const optional = operations.filter(({ operation }) =>
      operation.security.some((one) => Object.keys(one).length === 0)
    )
    expect(optional.map(({ operation }) => operation.operationId).sort()).toEqual([
      'acceptInvite',
      'declineInvite',
      'previewInvite',
      'requestInvite',
      'verifyAddress'
    ])
  })

  it.each(operations.filter(({ operation }) => operation.requestBody))(
    'lists what a body is refused for at $verb $path',
    ({ operation }) => {
      for (const status of ['400', '408', '413', '415', '500', '503'])
        expect(operation.responses).toHaveProperty(status)
    }
  )

  it('lists an Idempotency-Key where one is taken', () => {
    const taking = operations.filter(({ operation }) =>
      operation.parameters?.some((one) => '$ref' in one && one.$ref === '#/components/parameters/IdempotencyKey')
    )
    expect(taking.map(({ operation }) => operation.operationId).sort()).toEqual([
      'acceptInvite',
      'createInvite',
      'resendInvite'
    ])
    for (const { operation } of taking) {
      for (const status of ['409', '422']) expect(operation.responses).toHaveProperty(status)
    }
  })
})

describe('what is answered', () => {
  it('is what is documented, of every operation', async () => {
    const [ada, bo, root] = await Promise.all([person(server, 'Ada'), person(server, 'Bo'), admin(server)])
    const [adaSays, boSays, rootSays] = [as(ada), as(bo), as(root)]

    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs']) {
      await asNobody('GET', path)
    }

    // People
    const email = newAddress()
    const account = { name: 'Cy', email, password: 'a password of some length' }
    expect((await asNobody('POST', '/user', { body: account })).status).toBe(201)
    expect((await asNobody('POST', '/user', { body: account })).status).toBe(409)
    expect((await asNobody('POST', '/user', { body: { name: 'Cy' } })).status).toBe(400)
    const signIn = (body: object) => asNobody('POST', '/authentication', { body })
    expect((await signIn({ strategy: 'local', email, password: account.password })).status).toBe(201)
    expect((await signIn({ strategy: 'local', email, password: 'another' })).status).toBe(401)
    expect((await signIn({ strategy: 'jwt', accessToken: ada.token })).status).toBe(201)
    expect((await signIn({ strategy: 'guest' })).status).toBe(201)
    expect((await adaSays('DELETE', '/authentication')).status).toBe(200)
    const me = await adaSays('GET', `/user/${ada.id}`)
    expect(me.status).toBe(200)
    expect((await adaSays('GET', `/user/${bo.id}`)).status).toBe(404)
    expect((await adaSays('PATCH', `/user/${ada.id}`, { body: { name: 'Ada L.' } })).status).toBe(200)
    const password = { password: 'a password of another length', oldPassword: ada.password }
    expect((await adaSays('PATCH', `/user/${ada.id}`, { body: password })).status).toBe(200)
    expect((await adaSays('PATCH', `/user/${ada.id}`, { body: password })).status).toBe(403)
    expect((await adaSays('POST', '/user/verify', { body: {} })).status).toBe(202)
    const mailed = await until(() => /\/verify#token=([\w-]+)/.exec(server.mail())?.[1], 'the link to verify')
    expect((await adaSays('POST', '/user/verify', { body: { token: mailed } })).status).toBe(200)
    expect((await asNobody('POST', '/user/verify', { body: { token: mailed } })).status).toBe(410)
    expect((await adaSays('POST', '/user/verify', { body: {} })).status).toBe(409)
    expect((await asNobody('POST', '/password-reset', { body: { email } })).status).toBe(202)
    const reset = await until(() => /\/reset#token=([\w-]+)/.exec(server.mail())?.[1], 'the link to reset')
    const confirmation = { token: reset, password: account.password }
    expect((await asNobody('POST', '/password-reset/confirm', { body: confirmation })).status).toBe(200)
    expect((await asNobody('POST', '/password-reset/confirm', { body: confirmation })).status).toBe(410)
    expect((await boSays('GET', '/user', { query: `inviteCode=${me.body.inviteCode}` })).body).toHaveLength(1)
    for (const path of ['/identity-provider', '/user-login']) {
      const { body } = await adaSays('GET', path)
      expect((await adaSays('GET', `${path}/${body.data[0].id}`)).status).toBe(200)
      expect((await adaSays('GET', path, { query: '$limit=x' })).status).toBe(400)
    }
    const block = { relatedUserId: bo.id, userRelationshipType: 'blocking' }
    const blocked = await adaSays('POST', '/user-relationship', { body: block })
    expect(blocked.status).toBe(201)
    expect((await adaSays('POST', '/user-relationship', { body: block })).status).toBe(409)
    expect((await adaSays('GET', '/user-relationship')).body.total).toBe(1)
    expect((await adaSays('DELETE', `/user-relationship/${blocked.body.id}`)).status).toBe(200)
    const right = await rootSays('POST', '/scope', { body: { userId: bo.id, type: 'user:read' } })
    expect(right.status).toBe(201)
    expect((await rootSays('GET', '/scope', { query: `userId=${bo.id}` })).body.total).toBe(1)
    expect((await adaSays('GET', '/scope')).status).toBe(403)
    expect((await rootSays('DELETE', `/scope/${right.body.id}`)).status).toBe(200)

    // Places
    const channel = await adaSays('POST', '/channel', { body: { name: 'Talk' } })
    const location = await adaSays('POST', '/location', { body: { name: 'Here' } })
    expect([channel.status, location.status]).toEqual([201, 201])
    const instance = await adaSays('POST', '/instance', { body: { locationId: location.body.id } })
    expect(instance.status).toBe(201)
    expect((await boSays('POST', '/instance', { body: { locationId: location.body.id } })).status).toBe(404)
    expect((await as(await guest(server))('POST', '/channel', { body: { name: 'Talk' } })).status).toBe(403)
    for (const path of ['/channel', '/location', '/instance']) {
      expect([path, (await adaSays('GET', path)).body.total]).toEqual([path, 1])
      expect((await boSays('GET', path, { query: 'search=a&$limit=5' })).body.total).toBe(0)
      expect((await boSays('GET', path, { query: 'name=a' })).status).toBe(400)
    }
    for (const [path, query] of [
      ['/channel-user', `channelId=${channel.body.id}`],
      ['/location-authorized-user', `locationId=${location.body.id}`]
    ] as const) {
      const members = await adaSays('GET', path, { query })
      expect(members.body.total).toBe(1)
      const own = `${path}/${members.body.data[0].id}`
      expect((await adaSays('PATCH', own, { body: { role: 'member' } })).status).toBe(403)
      expect((await boSays('GET', path, { query })).status).toBe(404)
    }

    // Invites
    const headers = { 'idempotency-key': 'k1' }
    const link = { inviteType: 'channel', targetObjectId: channel.body.id }
    const made = await adaSays('POST', '/invite', { body: link, headers })
    expect([made.status, typeof made.body.passcode]).toEqual([201, 'string'])
    const replayed = await adaSays('POST', '/invite', { body: link, headers })
    expect(replayed.headers.get('idempotency-replayed')).toBe('true')
    expect((await adaSays('POST', '/invite', { body: { ...link, maxUses: 2 }, headers })).status).toBe(422)
    const two = await adaSays('POST', '/invite', { body: [link, { inviteType: 'friend', inviteeId: bo.id }] })
    expect([two.status, two.body.length]).toEqual([201, 2])
    expect(
      (await adaSays('POST', '/invite', { body: [link, { inviteType: 'friend', inviteeId: noUuid }] })).status
    ).toBe(404)
    const listed = await adaSays('GET', '/invite', { query: '$limit=2&$sort[createdAt]=1&action=sent' })
    expect(validatorAt('components', 'schemas', 'InvitePage')(listed.body)).toBe(true)
    expect(listed.body.data).toHaveLength(2)
    const selected = await adaSays('GET', '/invite', { query: '$select[]=id&$select[]=status' })
    expect(Object.keys(selected.body.data[0])).toEqual(['id', 'status'])
    const invitePath = `/invite/${made.body.id}`
    const read = await adaSays('GET', invitePath)
    expect(validatorAt('components', 'schemas', 'Invite')(read.body)).toBe(true)
    expect((await boSays('GET', invitePath)).status).toBe(404)
    const changed = await adaSays('PATCH', '/invite', {
      query: `filter=${encodeURIComponent('{"status":"pending","spawnDetails":{}}')}`,
      body: { body: { spawnType: 'spectate', id: 'whatever' } }
    })
    expect([changed.status, changed.body.length]).toEqual([200, 3])
    expect((await adaSays('PATCH', '/invite', { query: 'filter={}', body: { timed: false } })).status).toBe(400)
    expect((await adaSays('PATCH', '/invite', { body: 'no json' })).status).toBe(400)
    expect(
      (await adaSays('PATCH', '/invite', { body: 'no json', headers: { 'content-type': 'text/plain' } })).status
    ).toBe(415)
    expect((await adaSays('PATCH', '/invite', { body: `"${'x'.repeat(70_000)}"` })).status).toBe(413)
    expect((await asNobody('PATCH', '/invite')).status).toBe(401)
    expect((await adaSays('PATCH', invitePath, { body: { spawnDetails: { spawnPoint: 7 } } })).status).toBe(200)
    expect((await adaSays('PATCH', invitePath, { body: { makeAdmin: true } })).status).toBe(403)
    const { passcode } = made.body
    expect((await adaSays('POST', `${invitePath}/qr-code`, { body: { passcode } })).status).toBe(200)
    expect((await asNobody('POST', `${invitePath}/preview`, { body: { passcode } })).status).toBe(200)
    expect((await asNobody('POST', `${invitePath}/preview`, { body: { passcode: 'wrong' } })).status).toBe(404)
    expect((await boSays('POST', `${invitePath}/decline`, { body: { passcode } })).status).toBe(403)
    expect((await boSays('POST', `${invitePath}/accept`, { body: { passcode } })).status).toBe(200)
    expect((await asNobody('POST', `${invitePath}/preview`, { body: { passcode } })).status).toBe(409)
    expect((await adaSays('PATCH', invitePath, { body: { timed: false } })).status).toBe(409)
    expect((await adaSays('GET', `${invitePath}/history`)).body.length).toBeGreaterThan(2)
    const member = await adaSays('GET', '/channel-user', { query: `channelId=${channel.body.id}&$limit=2` })
    const joined = member.body.data.find((row: { userId: string }) => row.userId === bo.id)
    expect((await adaSays('PATCH', `/channel-user/${joined.id}`, { body: { role: 'moderator' } })).status).toBe(200)

    const friend = two.body[1]
    expect((await adaSays('POST', `/invite/${friend.id}/resend`, { body: {} })).status).toBe(202)
    const soon = await adaSays('POST', `/invite/${friend.id}/resend`, { body: {} })
    expect(soon.status).toBe(429)
    expect((await boSays('POST', `/invite/${friend.id}/decline`)).status).toBe(200)
    expect((await adaSays('DELETE', `/invite/${two.body[0].id}`)).body.status).toBe('revoked')

    const newcomer = await ada.bearerLink()
    const register = { name: 'Di', password: 'a password of some length', email: newAddress() }
    const accept = { body: { passcode: newcomer.passcode, register }, headers: { 'idempotency-key': 'k2' } }
    const first = await asNobody('POST', `/invite/${newcomer.id}/accept`, accept)
    expect([first.status, typeof first.body.accessToken]).toEqual([201, 'string'])
    const again = await asNobody('POST', `/invite/${newcomer.id}/accept`, accept)
    expect([again.status, again.body.accessToken]).toEqual([201, null])

    const late = await ada.bearerLink()
    await server.db.raw(
      `update invites set "expiresAt" = now() - interval '1 s', "createdAt" = now() - interval '1 day'
      where id = ?`,
      [late.id]
    )
    expect((await boSays('POST', `/invite/${late.id}/accept`, { body: { passcode: late.passcode } })).status).toBe(410)

    const request = { body: { passcode: late.passcode } }
    expect((await asNobody('POST', `/invite/${late.id}/request`, request)).status).toBe(202)
    expect((await asNobody('POST', `/invite/${late.id}/request`, request)).status).toBe(429)
    expect((await boSays('POST', `${invitePath}/request`, { body: { passcode } })).status).toBe(409)

    const revoked = await adaSays('DELETE', '/invite', { query: `id=${late.id}` })
    expect([revoked.status, revoked.body.length]).toEqual([200, 1])
    expect((await adaSays('DELETE', '/invite')).status).toBe(400)
    expect((await asNobody('DELETE', '/invite')).status).toBe(401)

    expect((await adaSays('GET', '/invite-stats', { query: 'days=7' })).body.data.length).toBeGreaterThan(0)
    expect((await adaSays('GET', '/invite-stats', { query: 'days=x' })).status).toBe(400)

    // Messages
    const address = newAddress()
    const reported = await ada.invite({ inviteType: 'friend', token: address, identityProviderType: 'email' })
    const stopUrl = await stopUrlFor(server, address)
    const stopPath = new URL(stopUrl).pathname
    for (const path of [`/i/${noUuid}`, '/verify', '/reset', '/invites']) {
      expect([path, (await asNobody('GET', path)).status]).toEqual([path, 200])
    }
    expect((await asNobody('GET', stopPath)).status).toBe(200)
    expect((await asNobody('GET', `${stopPath}x`)).status).toBe(404)
    expect((await asNobody('POST', stopPath, { body: {} })).status).toBe(415)
    const headersOfForm = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await asNobody('POST', stopPath, { body: 'stop=x', headers: headersOfForm })).status).toBe(400)
    expect((await asNobody('POST', stopPath, { body: 'stop=all', headers: headersOfForm })).status).toBe(200)
    const report = JSON.stringify({ messageId: reported.id, event: 'bounced' })
    const now = new Date()
    const signed = {
      'webhook-id': 'x',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(reportSecret).sign('x', now, report)
    }
    expect((await asNobody('POST', '/delivery-report', { body: report, headers: signed })).status).toBe(200)
    expect((await asNobody('POST', '/delivery-report', { body: report })).status).toBe(401)

    const uncalled = operations.map(({ operation }) => operation.operationId).filter((id) => !called.has(id))
    expect(uncalled).toEqual([])
  })

  it.each(['/identity-provider', '/user-login', '/user-relationship'])(
    'is a page of %s, as large as asked for',
    async (path) => {
      const someone = await person(server)
      const reply = await as(someone)('GET', path, { query: '$limit=0&$skip=1' })
      expect([reply.status, reply.body.limit, reply.body.skip, reply.body.data]).toEqual([200, 0, 1, []])
    }
  )

  it('has an error that says which of several invites it is about', async () => {
    const someone = as(await person(server))
    const good = { inviteType: 'friend', token: newAddress(), identityProviderType: 'email' }
    const reply = await someone('POST', '/invite', { body: [good, { inviteType: 'friend', inviteeId: noUuid }] })
    expect([reply.status, reply.body.data.errors[0].path]).toEqual([404, '1'])
  })
})

describe('the documented filter', () => {
  const filters: [boolean, object][] = [
    [true, { inviteType: 'friend', spawnDetails: {}, user: { name: 'Ada', lastLogin: {} } }],
    [true, { status: { $in: [] } }],
    [true, { status: { $in: ['pending', null] }, userId: { $ne: null } }],
    [true, { $or: [{ inviteType: 'friend' }, { uses: { $gt: 0 } }], maxUses: 1 }],
    [true, { invitee: null, channelName: { $ilike: '%a%' } }],
    [true, { createdAt: { $gte: '2020-01-01T00:00:00Z' } }],
    [false, { status: { $nin: [] } }],
    [false, { status: 'done' }],
    [false, { passcode: 'x' }],
    [false, { id: {} }],
    [false, { id: 'no uuid' }],
    [false, { timed: 'true' }],
    [false, { uses: { $like: '1' } }],
    [false, { user: { password: 'x' } }],
    [false, { $or: [] }],
    [false, { inviteType: ['friend'] }],
    [false, { spawnDetails: 'x' }]
  ]

  it.each(filters)('is %s about %j, as the service is', async (good, filter) => {
    const someone = await person(server)
    const validate = validatorAt('components', 'schemas', 'InviteFilter')
    expect(validate(filter)).toBe(good)
    expect((await someone.patch(filter, { timed: false })).status).toBe(good ? 200 : 400)
  })

  it('has each condition as a parameter of its own', () => {
    const schema = document.components['schemas']?.['InviteFilter'] as { properties: Record<string, object> }
    const keys = Object.keys(schema.properties).filter((key) => !key.startsWith('$'))
    for (const operationId of ['patchInvites', 'revokeInvites', 'findInvites']) {
      const operation = operations.find((one) => one.operation.operationId === operationId)?.operation
      const names = (operation?.parameters ?? []).map((one) => ('$ref' in one ? (at(one.$ref) as typeof one) : one))
      const inQuery = names.flatMap((one) => ('name' in one && one.in === 'query' ? [one.name] : []))
      expect(inQuery).toEqual(expect.arrayContaining(['filter', ...keys]))
    }
  })
})

describe('a call with the examples of the document, unchanged, as Swagger UI sends it', () => {
  /** The parameters of an operation that have a value: their own, or that of a reader who knows what is there. */
  function filledIn(path: string, operation: Operation, known: (name: string) => string) {
    const query: string[] = []
    let target = path
    for (const written of operation.parameters ?? []) {
      const parameter = '$ref' in written ? (at(written.$ref) as Parameter) : written
      const { name, example } = parameter
      const schema = (parameter.schema.$ref ? at(parameter.schema.$ref) : parameter.schema) as Parameter['schema']
      let value = example ?? schema.example ?? schema.default
      // Without an example, Swagger UI makes an object up and sends it.
      const isHarmless =
        schema.type !== 'object' || (parameter.style === 'deepObject' && JSON.stringify(value) === '{}')
      expect([name, isHarmless]).toEqual([name, true])
      if (parameter.required && value === undefined) value = known(name)
      if (parameter.in === 'path') target = target.replace(`{${name}}`, String(value))
      else if (value !== undefined && schema.type !== 'object')
        query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value as string)}`)
    }
    return { target, query: query.join('&') }
  }

  // A form is sent above, and a report needs a signature.
  const inJson = operations.filter(({ path }) => !path.startsWith('/unsubscribe/') && path !== '/delivery-report')
  it.each(inJson)('is well-formed: $verb $path', async ({ verb, path, operation }) => {
    const [ada, boss] = await Promise.all([person(server, 'Ada'), admin(server)])
    const [channel, location] = [await ada.channel(), await ada.location()]
    const link = await ada.bearerLink()
    const ids: Record<string, string> = { channelId: channel.id, locationId: location.id, inviteId: link.id }
    const rows: Record<string, string> = { user: ada.id, invite: link.id }
    const list = path.split('/')[1] ?? ''
    if (['identity-provider', 'user-login'].includes(list)) rows[list] = (await ada.must('GET', `/${list}`)).data[0].id
    const { target, query } = filledIn(path, operation, (name) => ids[name] ?? rows[list] ?? noUuid)
    const content = operation.requestBody?.content['application/json']
    const bodies = content
      ? Object.entries(content.examples ?? {}).map(([name, { value }]) => [name, value] as const)
      : [['', undefined] as const]
    expect(bodies.length).toBeGreaterThan(0)
    for (const [name, body] of bodies) {
      const fits =
        content === undefined ||
        validatorAt('paths', path, verb.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema')(body)
      expect([body, fits]).toEqual([body, true])
      const options = { ...(query && { query }), ...(body !== undefined && { body }) }
      const signedIn = list === 'scope' ? boss : ada
      const reply =
        name === 'newcomer' ? await anybody(verb, target, options) : await signedIn.call(verb, target, options)
      expect(`${reply.status} ${reply.text}`).not.toMatch(/^(400|405|415|422|5)/)
      const isCertain = verb === 'GET' || operation.operationId === 'patchInvites'
      expect([isCertain, reply.status]).toEqual([isCertain, isCertain ? 200 : reply.status])
    }
  })

  it('makes, lists and changes one and the same invite', async () => {
    const ada = await person(server)
    const example = (operationId: string) => {
      const found = operations.find(({ operation }) => operation.operationId === operationId)
      if (!found) throw new Error(operationId)
      const [body] = Object.values(found.operation.requestBody?.content['application/json']?.examples ?? {})
      return { ...filledIn(found.path, found.operation, () => noUuid), body: body?.value }
    }
    const made = await ada.call('POST', '/invite', { body: example('createInvite').body })
    const listed = await ada.call('GET', '/invite', { query: example('findInvites').query })
    const { query, body } = example('patchInvites')
    const changed = await ada.call('PATCH', '/invite', { query, body })
    expect(listed.body.data).toMatchObject([{ id: made.body.id, spawnType: null }])
    expect(changed.body).toMatchObject([{ id: made.body.id, spawnType: 'spectate' }])
  })
})

/** A call as it is: fetch would resolve dots in the path, and ask caches for nothing. */
const raw = (method: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    request({ hostname, port, method, path, headers }, (reply) => {
      reply.resume()
      resolve(reply.statusCode)
    })
      .on('error', reject)
      .end()
  })

describe('/docs', () => {
  it.each(['/docs', '/docs/'])(
    'works under any path of a proxy: the page, its parts, the document, its calls: %s',
    async (path) => {
      const proxy = await proxyUnder('/some/where', () => server.url, true)
      try {
        const page = await fetch(`${proxy.url}${path}`)
        expect(page.status).toBe(200)
        const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(
          ([, part = '']) => new URL(part, page.url).href
        )
        expect(parts).toHaveLength(4)
        for (const part of parts) expect([part, (await fetch(part)).status]).toEqual([part, 200])

        // The script, as a browser runs it.
        const src = parts.find((part) => part.endsWith('/start.js')) ?? ''
        let options: { url: string } | undefined
        const SwaggerUIBundle = (given: { url: string }) => (options = given)
        runInNewContext(await (await fetch(src)).text(), { SwaggerUIBundle, URL, document: { currentScript: { src } } })
        const url = String(options?.url)
        const read = (await (await fetch(url)).json()) as Document
        expect(read.servers).toHaveLength(1)
        // Relative to the document; Swagger UI appends the path.
        const base = new URL(read.servers[0]?.url ?? '', url).href.replace(/\/$/, '')
        expect(base).toBe(proxy.url)
        expect((await fetch(`${base}/invite`)).status).toBe(401)
      } finally {
        proxy.close()
      }
    }
  )

  it('is a page whose parts all come from here', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await anybody('GET', path)
      expect(page.status).toBe(200)
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
      const parts = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, part = '']) => part)
      expect(parts.length).toBe(4)
      expect(page.text).not.toMatch(/https?:|<script>|style=|\son\w+=/)
      for (const part of parts) {
        expect(part).toMatch(/^(docs\/)?[\w.-]+$/)
        const reply = await anybody('GET', new URL(part, `${server.url}${path}`).pathname)
        expect(reply.status).toBe(200)
        expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
      }
    }
    const style = await anybody('GET', '/docs/swagger-ui.css')
    expect(style.text).not.toMatch(/@import|url\((?!["']?data:)/)
    const start = await anybody('GET', '/docs/start.js')
    expect(start.text).toContain('validatorUrl: null')
    expect(start.text).not.toMatch(/https?:/)
  })

  it('lets the browser ask nobody else, and run nothing inline', async () => {
    const policy = (await anybody('GET', '/docs')).headers.get('content-security-policy') ?? ''
    const directives = Object.fromEntries(
      policy.split(';').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)])
    )
    expect(directives['default-src']).toEqual([`'none'`])
    expect(directives['script-src']).toEqual([`'self'`])
    expect(directives['connect-src']).toEqual([`'self'`])
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/)
    expect(policy).not.toContain('upgrade-insecure-requests')
  })

  it.each([
    '/docs/../package.json',
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e/package.json',
    '/docs/package.json',
    '/docs/swagger-ui-bundle.js.map',
    '/docs/swagger-ui.css/',
    '/docs//swagger-ui.css',
    '/docs/constructor'
  ])('has nothing at %s', async (path) => {
    expect(await raw('GET', path)).toBe(404)
  })

  it.each(['/docs', '/docs/swagger-ui.css', '/openapi.json'])('answers GET and HEAD of %s alone', async (path) => {
    const [got, head] = await Promise.all([anybody('GET', path), anybody('HEAD', path)])
    expect([head.status, head.text]).toEqual([200, ''])
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(got.text)))
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const reply = await anybody(method, path)
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      expect(reply.body).toMatchObject({ className: 'method-not-allowed' })
    }
  })

  it.each(['/docs', '/docs/swagger-ui-bundle.js', '/openapi.json'])(
    'lets %s be kept, and asked for anew',
    async (path) => {
      const first = await anybody('GET', path)
      expect(first.headers.get('cache-control')).toMatch(/^(no-cache|public, max-age=3600)$/)
      const etag = first.headers.get('etag') ?? ''
      expect(await raw('GET', path, { 'if-none-match': etag })).toBe(304)
      expect(await raw('GET', path, { 'if-none-match': '"another"' })).toBe(200)
    }
  )
})
