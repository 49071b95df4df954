// The rights of each role in one table, role × operation × transport; and the fields that each role sees in another.
import { createSecretKey, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { ServiceTypes } from '../src/declarations.js'
import { getServiceOptions } from '../src/feathers.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import type { User } from '../src/services/user/user.table.js'
import { admin, call, guest, newAddress, person, type Person, type Reply } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()

const roles = [
  'anonymous',
  'guest',
  'inviter',
  'invitee',
  'other',
  'admin',
  'scope holder',
  'deleted user',
  'expired token'
] as const
type Role = (typeof roles)[number]

/** The rows that the operations work on: the inviter made them for the invitee. */
interface World {
  inviter: Person
  invitee: Person
  invite: Invite
  link: Invite & { passcode: string }
  channelId: string
  locationId: string
  inviteCode: string
}

interface Call {
  rest: [method: string, path: string, options?: { body?: unknown; query?: string }]
  socket: [method: string, path: string, ...args: unknown[]]
  /** Of the reply: what more there is to say than its status. */
  seen?: (body: Reply['body']) => unknown
}

/** A status, and what `seen` says; or the status over each transport, where they differ. */
type Answer = number | [status: number, seen: unknown] | { REST: number; socket: number }

/** Answers are in the order of `roles`. */
type Row = [operation: string, call: (world: World) => Call, answers: Answer[]]

/** A socket whose token is not taken is nobody, and goes on as nobody. */
const badTokenOrNobody = { REST: 401, socket: 403 }

const create = (path: string, body: unknown): Call => ({
  rest: ['POST', `/${path}`, { body }],
  socket: ['create', path, body, {}]
})
const find = (path: string, query: Record<string, string>, seen?: Call['seen']): Call => ({
  rest: ['GET', `/${path}`, { query: new URLSearchParams(query).toString() }],
  socket: ['find', path, query],
  ...(seen && { seen })
})
const get = (path: string, id: string): Call => ({ rest: ['GET', `/${path}/${id}`], socket: ['get', path, id, {}] })
const patch = (path: string, id: string, body: unknown): Call => ({
  rest: ['PATCH', `/${path}/${id}`, { body }],
  socket: ['patch', path, id, body, {}]
})
const remove = (path: string, id: string): Call => ({
  rest: ['DELETE', `/${path}/${id}`],
  socket: ['remove', path, id, {}]
})
const harmless = { spawnType: 'spectate' }
const total = (body: { total: number }) => body.total

//                                                       anon gst  inviter invitee other admin scope gone expired
const table: Row[] = [
  [
    'find invites',
    ({ invite }) => find('invite', { id: invite.id }, total),
    [401, [200, 0], [200, 1], [200, 1], [200, 0], [200, 1], [200, 0], 401, 401]
  ],
  ['get an invite', ({ invite }) => get('invite', invite.id), [401, 404, 200, 200, 404, 200, 404, 401, 401]],
  [
    'create an invite',
    () => create('invite', { inviteType: 'friend', token: newAddress(), identityProviderType: 'email' }),
    [401, 403, 201, 201, 201, 201, 201, 401, 401]
  ],
  [
    'patch invites by filter',
    ({ invite: { id } }) => ({
      rest: ['PATCH', '/invite', { query: `filter=${encodeURIComponent(JSON.stringify({ id }))}`, body: harmless }],
      socket: ['patch', 'invite', null, harmless, { filter: { id } }],
      seen: (body) => body.length
    }),
    [401, [200, 0], [200, 1], [200, 0], [200, 0], [200, 1], [200, 0], 401, 401]
  ],
  [
    'patch invites by a filter that asks for everything',
    ({ inviter }) => {
      const filter = { $or: [{ userId: inviter.id }, { id: { $ne: null } }] }
      return {
        rest: ['PATCH', '/invite', { query: `filter=${encodeURIComponent(JSON.stringify(filter))}`, body: harmless }],
        socket: ['patch', 'invite', null, harmless, { filter }],
        seen: (body) => body.some(({ userId }: Invite) => userId === inviter.id)
      }
    },
    [401, [200, false], [200, true], [200, false], [200, false], [200, true], [200, false], 401, 401]
  ],
  [
    'patch an invite by id',
    ({ invite }) => patch('invite', invite.id, harmless),
    [401, 404, 200, 403, 404, 200, 404, 401, 401]
  ],
  [
    'make an invite one of an administrator',
    ({ invite }) => patch('invite', invite.id, { makeAdmin: true }),
    [401, 403, 403, 403, 403, 200, 403, 401, 401]
  ],
  [
    'revoke invites by filter',
    ({ invite: { id } }) => ({
      rest: ['DELETE', '/invite', { query: `filter=${encodeURIComponent(JSON.stringify({ id }))}` }],
      socket: ['remove', 'invite', null, { filter: { id } }],
      seen: (body) => body.length
    }),
    [401, [200, 0], [200, 1], [200, 0], [200, 0], [200, 1], [200, 0], 401, 401]
  ],
  [
    'revoke invites by a filter that asks for everything',
    ({ inviter }) => {
      const filter = { $or: [{ userId: inviter.id }, { id: { $ne: null } }] }
      return {
        rest: ['DELETE', '/invite', { query: `filter=${encodeURIComponent(JSON.stringify(filter))}` }],
        socket: ['remove', 'invite', null, { filter }],
        seen: (body) => body.some(({ userId }: Invite) => userId === inviter.id)
      }
    },
    [401, [200, false], [200, true], [200, false], [200, false], [200, true], [200, false], 401, 401]
  ],
  ['remove an invite', ({ invite }) => remove('invite', invite.id), [401, 404, 200, 200, 404, 200, 404, 401, 401]],
  [
    'accept an invite',
    ({ invite }) => create(`invite/${invite.id}/accept`, {}),
    [401, 404, 403, 200, 404, 403, 404, 401, 401]
  ],
  [
    'accept a link',
    ({ link }) => create(`invite/${link.id}/accept`, { passcode: link.passcode }),
    [401, 200, 403, 200, 200, 200, 200, 401, 401]
  ],
  [
    'decline an invite',
    ({ invite }) => create(`invite/${invite.id}/decline`, {}),
    [401, 404, 403, 200, 404, 403, 404, 401, 401]
  ],
  [
    'decline a link',
    ({ link }) => create(`invite/${link.id}/decline`, { passcode: link.passcode }),
    [403, 403, 403, 403, 403, 403, 403, 401, badTokenOrNobody]
  ],
  [
    'resend an invite',
    ({ invite }) => create(`invite/${invite.id}/resend`, {}),
    [401, 404, 202, 403, 404, 202, 404, 401, 401]
  ],
  [
    'preview a link',
    ({ link }) => create(`invite/${link.id}/preview`, { passcode: link.passcode }),
    [200, 200, 200, 200, 200, 200, 200, 200, 200]
  ],
  [
    'ask for a new link while it is good',
    ({ link }) => create(`invite/${link.id}/request`, { passcode: link.passcode }),
    Array.from({ length: 9 }, () => 409)
  ],
  [
    'read the history of an invite',
    ({ invite }) => find(`invite/${invite.id}/history`, {}),
    [401, 404, 200, 403, 404, 200, 404, 401, 401]
  ],
  ['register, badly', () => create('user', { name: '' }), [400, 400, 400, 400, 400, 400, 400, 400, 400]],
  ['get the inviter', ({ inviter }) => get('user', inviter.id), [401, 404, 200, 404, 404, 200, 200, 401, 401]],
  [
    'rename the inviter',
    ({ inviter }) => patch('user', inviter.id, { name: 'Renamed' }),
    [401, 404, 200, 404, 404, 403, 403, 401, 401]
  ],
  [
    'change the inviter’s password',
    ({ inviter }) => patch('user', inviter.id, { password: 'another password', oldPassword: 'not the old one' }),
    [401, 404, 403, 404, 404, 403, 403, 401, 401]
  ],
  [
    'verify an address by a wrong link',
    () => create('user/verify', { token: 'wrong' }),
    [410, 410, 410, 410, 410, 410, 410, 401, { REST: 401, socket: 410 }]
  ],
  [
    'ask to verify no address',
    () => create('user/verify', { token: '' }),
    [400, 400, 400, 400, 400, 400, 400, 401, { REST: 401, socket: 400 }]
  ],
  [
    'ask for a new password',
    () => create('password-reset', { email: newAddress() }),
    Array.from({ length: 9 }, () => 202)
  ],
  [
    'set a new password by a wrong link',
    () => create('password-reset/confirm', { token: 'wrong', password: 'another password' }),
    Array.from({ length: 9 }, () => 410)
  ],
  [
    'find a user by invite code',
    ({ inviteCode }) => find('user', { inviteCode }, ([{ inviteCode: code }]) => code !== null),
    [401, [200, false], [200, true], [200, false], [200, false], [200, true], [200, true], 401, 401]
  ],
  ['list scopes', () => find('scope', {}), [401, 403, 403, 403, 403, 200, 403, 401, 401]],
  [
    'grant a scope',
    ({ invitee }) => create('scope', { userId: invitee.id, type: `thing:verb-${randomLetters()}` }),
    [401, 403, 403, 403, 403, 201, 403, 401, 401]
  ],
  ['take a scope away', () => remove('scope', randomUUID()), [401, 403, 403, 403, 403, 404, 403, 401, 401]],
  ['list channels to invite to', () => find('channel', {}), [401, 403, 200, 200, 200, 200, 200, 401, 401]],
  ['list locations to invite to', () => find('location', {}), [401, 403, 200, 200, 200, 200, 200, 401, 401]],
  ['list instances to invite to', () => find('instance', {}), [401, 403, 200, 200, 200, 200, 200, 401, 401]],
  [
    'find the inviter’s channel among those to invite to',
    ({ channelId }) =>
      find('channel', { search: 'Garden of the inviter' }, ({ data }) =>
        data.some(({ id }: { id: string }) => id === channelId)
      ),
    [401, 403, [200, true], [200, false], [200, false], [200, false], [200, false], 401, 401]
  ],
  ['read statistics', () => find('invite-stats', {}), [401, 200, 200, 200, 200, 200, 200, 401, 401]],
  [
    'draw a link',
    ({ link }) => create(`invite/${link.id}/qr-code`, { passcode: link.passcode }),
    [401, 403, 200, 200, 200, 200, 200, 401, 401]
  ],
  ['make a channel', () => create('channel', { name: 'Channel' }), [401, 403, 201, 201, 201, 201, 201, 401, 401]],
  ['make a location', () => create('location', { name: 'Place' }), [401, 403, 201, 201, 201, 201, 201, 401, 401]],
  [
    'start an instance of the inviter’s location',
    ({ locationId }) => create('instance', { locationId }),
    [401, 403, 201, 404, 404, 404, 404, 401, 401]
  ],
  [
    'list who is in the inviter’s channel',
    ({ channelId }) => find('channel-user', { channelId }, total),
    [401, 404, [200, 1], 404, 404, 404, 404, 401, 401]
  ],
  [
    'list who is in the inviter’s location',
    ({ locationId }) => find('location-authorized-user', { locationId }, total),
    [401, 404, [200, 1], 404, 404, 404, 404, 401, 401]
  ],
  ['list relationships', () => find('user-relationship', {}), [401, 200, 200, 200, 200, 200, 200, 401, 401]],
  [
    'block nobody',
    () => create('user-relationship', { relatedUserId: randomUUID(), userRelationshipType: 'blocking' }),
    [401, 404, 404, 404, 404, 404, 404, 401, 401]
  ],
  [
    'end no relationship',
    () => remove('user-relationship', randomUUID()),
    [401, 404, 404, 404, 404, 404, 404, 401, 401]
  ],
  [
    'list addresses',
    () => find('identity-provider', {}, total),
    [401, ...Array.from({ length: 6 }, (): [number, number] => [200, 1]), 401, 401]
  ],
  ['list logins', () => find('user-login', {}), [401, 200, 200, 200, 200, 200, 200, 401, 401]]
]

const randomLetters = () => randomUUID().replace(/[^a-f]/g, '')

const [inviter, invitee, other, boss, holder, gone, expired, visitor] = await Promise.all([
  person(server, 'Inviter'),
  person(server, 'Invitee'),
  person(server, 'Other'),
  admin(server),
  person(server, 'Holder'),
  person(server, 'Gone'),
  person(server, 'Expired'),
  guest(server)
])
await boss.must('POST', '/scope', { userId: holder.id, type: 'user:read' })

async function expiredToken(userId: string) {
  const { secret, issuer, audience } = server.config.authentication
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ sub: userId, iss: issuer, aud: audience, iat: now - 100, exp: now - 50 })
    .setProtectedHeader({ alg: 'HS256', typ: 'access' })
    .sign(createSecretKey(Buffer.from(secret)))
}

const tokens: Record<Role, string | undefined> = {
  anonymous: undefined,
  guest: visitor.token,
  inviter: inviter.token,
  invitee: invitee.token,
  other: other.token,
  admin: boss.token,
  'scope holder': holder.token,
  'deleted user': gone.token,
  'expired token': await expiredToken(expired.id)
}
/** Connections that are not signed in are dropped after a while: these are opened for each call. */
const nobodies: Role[] = ['anonymous', 'expired token']
const sockets = new Map<Role, SocketClient>()
for (const role of roles.filter((role) => !nobodies.includes(role))) {
  // The deleted user signed in before their deletion.
  sockets.set(role, await SocketClient.open(server, tokens[role]))
}
await server.db('users').where({ id: gone.id }).delete()
server.app.get('callers').forget(gone.id)

const [{ id: channelId }, { id: locationId }, me] = await Promise.all([
  inviter.channel('Garden of the inviter'),
  inviter.location(),
  inviter.must<User>('GET', `/user/${inviter.id}`)
])

/** An invite and a link that nobody has touched. */
async function world(): Promise<World> {
  const [invite, link] = await Promise.all([inviter.inviteToChannel(invitee), inviter.bearerLink({ maxUses: 5 })])
  return { inviter, invitee, invite, link, channelId, locationId, inviteCode: me.inviteCode ?? '' }
}

async function answerTo({ rest, socket, seen }: Call, role: Role, transport: 'REST' | 'socket') {
  if (transport === 'REST') {
    const [method, path, options] = rest
    const reply = await call(server, method, path, options, tokens[role])
    return { status: reply.status, seen: reply.status < 300 ? seen?.(reply.body) : undefined }
  }
  const [method, path, ...args] = socket
  const client = sockets.get(role) ?? (await SocketClient.open(server))
  if (role === 'expired token') await client.signIn(tokens[role] ?? '')
  const reply = await client.call(method, path, ...args)
  if (nobodies.includes(role)) client.close()
  return { status: reply.status, seen: reply.status === 200 ? seen?.(reply.body) : undefined }
}

describe.each(table)('%s', (_operation, make, answers) => {
  it.each(['REST', 'socket'] as const)('over %s', async (transport) => {
    const told: Record<string, unknown> = {}
    const expected: Record<string, unknown> = {}
    let untouched = await world()
    for (const [index, role] of roles.entries()) {
      const answer = answers[index] ?? 0
      const [status, seen] =
        typeof answer === 'number'
          ? [answer, undefined]
          : Array.isArray(answer)
            ? answer
            : [answer[transport], undefined]
      // A socket has no statuses of success.
      expected[role] = { status: transport === 'socket' && status < 300 ? 200 : status, seen }
      told[role] = await answerTo(make(untouched), role, transport)
      const row = await server.db('invites').where({ id: untouched.invite.id }).first()
      // A refused call has changed nothing. After a call that succeeded, the next one gets a new world.
      const { updatedAt } = status < 400 ? row : untouched.invite
      expect([role, row.updatedAt]).toEqual([role, updatedAt])
      if (status < 400) untouched = await world()
    }
    expect(told).toEqual(expected)
  })
})

describe('a field', () => {
  type Viewer = 'inviter' | 'invitee' | 'invitee with user:read' | 'admin'
  const viewers: Viewer[] = ['inviter', 'invitee', 'invitee with user:read', 'admin']
  const open = 'real'
  const visibility: [field: string, read: (invite: Invite) => unknown, answers: Record<Viewer, 'real' | null>][] = [
    ['passcode', (invite) => invite.passcode, row(null, null, null, null)],
    ['token', (invite) => invite.token, row(open, open, open, open)],
    ['inviteeId', (invite) => invite.inviteeId, row(null, null, null, null)],
    ['delivery', (invite) => invite.delivery, row(open, null, null, open)],
    ['user.name', (invite) => invite.user.name, row(open, open, open, open)],
    ['user.inviteCode', (invite) => invite.user.inviteCode, row(open, null, open, open)],
    ['user.lastLogin', (invite) => invite.user.lastLogin, row(open, null, open, open)]
  ]
  const ofInvitee: typeof visibility = [
    ['passcode', (invite) => invite.passcode, row(null, null, null, null)],
    ['inviteeId', (invite) => invite.inviteeId, row(open, open, open, open)],
    ['delivery', (invite) => invite.delivery, row(open, null, null, open)],
    ['invitee.name', (invite) => invite.invitee?.name, row(open, open, open, open)],
    ['invitee.inviteCode', (invite) => invite.invitee?.inviteCode, row(null, open, open, open)],
    ['invitee.lastLogin', (invite) => invite.invitee?.lastLogin, row(null, open, open, open)]
  ]
  function row(...answers: ['real' | null, 'real' | null, 'real' | null, 'real' | null]) {
    return Object.fromEntries(viewers.map((viewer, index) => [viewer, answers[index] ?? null])) as Record<
      Viewer,
      'real' | null
    >
  }

  /** The same invite as everybody who may see it gets it, by every way to read it. */
  async function views(inviteOf: (to: Person) => Promise<Invite>) {
    const seen: [viewer: Viewer, how: string, invite: Invite][] = []
    for (const [viewer, to] of [
      ['invitee', invitee],
      ['invitee with user:read', holder],
      ['inviter', invitee],
      ['admin', invitee]
    ] as const) {
      const { id } = await inviteOf(to)
      const who = viewer === 'inviter' ? inviter : viewer === 'admin' ? boss : to
      const socket = await SocketClient.open(server, who.token)
      seen.push([viewer, 'get', await who.must<Invite>('GET', `/invite/${id}`)])
      seen.push([viewer, 'find', (await who.must('GET', `/invite?id=${id}`)).data[0]])
      seen.push([viewer, 'socket get', (await socket.call('get', 'invite', id, {})).body])
      if (viewer === 'inviter' || viewer === 'admin') {
        seen.push([viewer, 'patch', (await who.patch({ id }, { deleteOnUse: false })).body[0]])
        seen.push([viewer, 'patch by id', await who.must<Invite>('PATCH', `/invite/${id}`, { deleteOnUse: false })])
      }
      const event = new Promise<Invite>((resolve) => socket.socket.once('invite patched', resolve))
      await inviter.must('PATCH', `/invite/${id}`, { deleteOnUse: true })
      if (viewer !== 'admin') seen.push([viewer, 'event', await event])
      socket.close()
    }
    return seen
  }

  it.each([
    [
      'to an address',
      visibility,
      (to: Person) => inviter.inviteAddress({ token: to.email }).then(async (made) => made)
    ],
    ['to a user', ofInvitee, (to: Person) => inviter.inviteToChannel(to)]
  ] as const)('of an invite %s is real for whom it is meant for, and null for others', async (_kind, rules, make) => {
    await verifyAddress(server, invitee, holder)
    let previous: Invite | undefined
    const seen = await views(async (to) => {
      if (previous) await inviter.must('DELETE', `/invite/${previous.id}`)
      previous = await make(to)
      return previous
    })
    for (const [viewer, how, invite] of seen) {
      for (const [field, read, answers] of rules) {
        const shown = read(invite) === null || read(invite) === undefined ? null : 'real'
        expect([viewer, how, field, shown]).toEqual([viewer, how, field, answers[viewer]])
      }
    }
    expect(seen.length).toBeGreaterThan(15)
  })
})

describe('every method of every service', () => {
  const verbs: Record<string, string> = { find: 'GET', get: 'GET', create: 'POST', patch: 'PATCH', remove: 'DELETE' }
  const unknown = { nothing: '1' }
  const hostile = { nothing: '\u0000' }
  const methods = Object.keys(server.app.services).flatMap((path) => {
    const options = getServiceOptions(server.app.service(path as keyof ServiceTypes))
    const onRow = options.onRow ?? ['get', 'patch', 'remove']
    return (options.methods ?? []).map((method) => ({
      name: `${method} ${path}`,
      path: path.replace(':inviteId', randomUUID()),
      method,
      hasId: onRow.includes(method),
      expected:
        (options.access?.[method] ?? 'signed-in') === 'signed-in'
          ? [401, 'Not signed in: send an access token']
          : [400, undefined]
    }))
  })
  const told = ({ status, body }: { status: number; body: { message?: string } }) => [
    status,
    status === 401 ? body.message : undefined
  ]
  const expected = Object.fromEntries(methods.map(({ name, expected: answer }) => [name, answer]))

  it('is named here', () => {
    expect(methods.length).toBeGreaterThan(30)
    expect(Object.values(expected).filter(([status]) => status === 400)).toHaveLength(9)
  })

  it('is 401 without a token exactly where its options say so, over REST', async () => {
    const answers = await Promise.all(
      methods.map(async ({ name, path, method, hasId }) => {
        const at = hasId ? `/${path}/${randomUUID()}` : `/${path}`
        return [name, told(await call(server, verbs[method] ?? '', at, { query: 'nothing=1' }))]
      })
    )
    expect(Object.fromEntries(answers)).toEqual(expected)
  })

  it.each([
    ['an unknown query', unknown],
    ['a hostile query', hostile]
  ])('is 401 exactly there by its hooks as well, over a socket, before %s is 400', async (_what, query) => {
    const client = await SocketClient.open(server)
    const answers: [string, unknown][] = []
    for (const { name, path, method } of methods) {
      const id = ['get', 'patch', 'remove'].includes(method) ? [randomUUID()] : []
      const data = ['create', 'patch'].includes(method) ? [{}] : []
      answers.push([name, told(await client.call(method, path, ...id, ...data, query))])
    }
    client.close()
    expect(Object.fromEntries(answers)).toEqual(expected)
  })
})
