// The clients that users import, createClient() and the plain Feathers ones, keep the contract over REST and sockets.
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import authenticationModule from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import restModule from '@feathersjs/rest-client'
import socketioModule from '@feathersjs/socketio-client'
import { io } from 'socket.io-client'
import { afterAll, describe, expect, it } from 'vitest'
import { createClient, type Client, type Invite, type InviteQuery } from '../src/client.js'
import { useServer } from './support/server.js'
import { guest, newAddress, person, type Person } from './support/people.js'

const server = await useServer()
const open: { close: () => unknown }[] = []
afterAll(() => {
  for (const one of open) one.close()
})

type Transport = 'rest' | 'socket'
const transports: Transport[] = ['rest', 'socket']

/** createClient(), signed in with a password. */
async function clientOf(who: Person, transport: Transport, more: { fetch?: typeof fetch } = {}): Promise<Client> {
  const client = createClient({ url: server.url, transport, ...more })
  open.push(client)
  await client.authenticate({ strategy: 'local', email: who.email, password: who.password })
  return client
}

interface PlainInvites {
  invite: {
    find(params: { query: object }): Promise<{ data: Invite[] }>
    patch(id: null, data: object, params: { query: object }): Promise<Invite[]>
    remove(id: null, params: { query: object }): Promise<Invite[]>
  }
}

/** Feathers' own client, with nothing of this project in it. */
async function plainClientOf(who: Person, transport: Transport) {
  const client = feathers<PlainInvites>()
  if (transport === 'rest') {
    client.configure(restModule.default<PlainInvites>(server.url).fetch(fetch))
  } else {
    const socket = io(server.url, { transports: ['websocket'], forceNew: true })
    open.push(socket)
    client.configure(socketioModule.default(socket as unknown as Parameters<typeof socketioModule.default>[0]))
  }
  client.configure(authenticationModule.default({ storage: new authenticationModule.MemoryStorage() }))
  await client.authenticate({ strategy: 'local', email: who.email, password: who.password })
  return client
}

/** The query strings that a client sent. */
function recorder() {
  const queries: string[] = []
  const recording: typeof fetch = (input, init) => {
    queries.push(decodeURIComponent(new URL(new Request(input).url).search))
    return fetch(input, init)
  }
  return { queries, fetch: recording }
}

const refusal = async (call: Promise<unknown>): Promise<Record<string, unknown>> => {
  try {
    await call
  } catch (error) {
    return error as Record<string, unknown>
  }
  throw new Error('the call was not refused')
}

const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).sort()

describe.each(transports)('the plain Feathers client over %s', (transport) => {
  it('gets the same rows through a filter and through the query itself', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const wanted = await ada.inviteToChannel(bo)
    await ada.invite({ inviteType: 'friend', inviteeId: bo.id })
    await ada.bearerLink({ maxUses: 3 })
    const client = await plainClientOf(ada, transport)
    const conditions = { inviteType: 'channel', maxUses: 1, deleteOnUse: false, user: { name: ada.name } }
    for (const query of [conditions, { filter: conditions }]) {
      const { data } = await client.service('invite').find({ query })
      expect(ids(data)).toEqual([wanted.id])
      const changed = await client.service('invite').patch(null, { spawnType: 'spectate' }, { query })
      expect(changed.map(({ id, spawnType }) => [id, spawnType])).toEqual([[wanted.id, 'spectate']])
      expect(Object.keys(changed[0] ?? {})).toEqual(Object.keys(wanted))
    }
    const rows = await server.db('invites').where({ userId: ada.id, spawnType: 'spectate' }).select('id')
    expect(ids(rows)).toEqual([wanted.id])
    const revoked = await client.service('invite').remove(null, { query: { filter: conditions } })
    expect(revoked.map(({ id, status }) => [id, status])).toEqual([[wanted.id, 'revoked']])
    expect(await client.service('invite').remove(null, { query: conditions })).toEqual([])
  })
})

describe('createClient() over a socket that is lost', () => {
  it('is signed in again when the socket is back', async () => {
    const ada = await person(server, 'Ada')
    const client = await clientOf(ada, 'socket')
    const { engine } = (client.io as ReturnType<typeof io>).io
    engine.close()
    await expect
      .poll(() =>
        client
          .service('user')
          .get(ada.id)
          .then(
            ({ name }) => name,
            () => 'nobody'
          )
      )
      .toBe('Ada')
  })
})

describe.each(transports)('createClient() over %s', (transport) => {
  it('signs in with a password, stays signed in, and out again', async () => {
    const ada = await person(server, 'Ada')
    const client = createClient({ url: server.url, transport })
    open.push(client)
    const before = await refusal(client.service('invite').find())
    expect(before).toMatchObject({ code: 401, className: 'not-authenticated' })
    const wrong = await refusal(client.authenticate({ strategy: 'local', email: ada.email, password: 'wrong' }))
    expect(wrong).toMatchObject({ code: 401, className: 'not-authenticated' })

    const signedIn = await client.authenticate({ strategy: 'local', email: ada.email, password: ada.password })
    expect(signedIn['user']).toMatchObject({ id: ada.id, lastLogin: { userId: ada.id, ipAddress: '127.0.0.1' } })
    expect((await client.service('user').get(ada.id)).name).toBe('Ada')
    const logins = await server.db('user_logins').where({ userId: ada.id })
    await client.reAuthenticate(true)
    expect(await server.db('user_logins').where({ userId: ada.id })).toHaveLength(logins.length)

    await client.logout()
    expect(await refusal(client.service('user').get(ada.id))).toMatchObject({ code: 401 })
  })

  it('keeps the token where it is told, and in nobody else’s memory', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const kept = new Map<string, string>()
    const storage = {
      getItem: (key: string) => kept.get(key),
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key)
    }
    const first = createClient({ url: server.url, transport, storage })
    const other = await clientOf(bo, transport)
    open.push(first)
    await first.authenticate({ strategy: 'local', email: ada.email, password: ada.password })
    expect([...kept.values()]).toHaveLength(1)
    const second = createClient({ url: server.url, transport, storage })
    open.push(second)
    expect((await second.reAuthenticate())['user']).toMatchObject({ id: ada.id })
    expect((await other.reAuthenticate(true))['user']).toMatchObject({ id: bo.id })
    const nobody = createClient({ url: server.url, transport })
    open.push(nobody)
    expect(await refusal(nobody.reAuthenticate())).toMatchObject({ code: 401 })
  })

  it('gets the same rows through a filter, through the query itself, and through both', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const [one, two] = [await ada.inviteToChannel(bo), await ada.inviteToChannel(bo)]
    await ada.invite({ inviteType: 'friend', inviteeId: bo.id })
    const client = await clientOf(ada, transport)
    const queries: InviteQuery[] = [
      { filter: { inviteType: 'channel', maxUses: 1 } },
      { inviteType: 'channel', maxUses: 1 },
      { filter: { inviteType: 'channel' }, maxUses: 1 }
    ]
    for (const query of queries) {
      const page = await client.service('invite').find({ query: { ...query, $sort: { createdAt: 1 }, action: 'sent' } })
      expect(page.data.map(({ id }) => id)).toEqual([one.id, two.id])
      const changed = await client.service('invite').patch(null, { body: { timed: false } }, { query })
      expect(ids(changed)).toEqual(ids([one, two]))
    }
    const selected = await client.service('invite').find({ query: { $select: ['id'], $limit: 1 } })
    expect(selected.data.map((row) => Object.keys(row))).toEqual([['id']])
  })

  it('loses no condition: an empty list matches nothing, and an empty spawnDetails counts for nothing', async () => {
    const ada = await person(server, 'Ada')
    const invite = await ada.inviteAddress()
    const client = await clientOf(ada, transport)
    const invites = client.service('invite')
    const data = { spawnType: 'spectate' } as const
    for (const query of [
      { filter: { inviteType: 'friend', id: { $in: [] } } },
      { inviteType: 'friend', id: { $in: [] } },
      { filter: { inviteType: 'friend' }, id: { $in: [] } }
    ]) {
      expect((await invites.find({ query })).data).toEqual([])
      expect(await invites.patch(null, data, { query })).toEqual([])
    }
    expect((await ada.must<Invite>('GET', `/invite/${invite.id}`)).spawnType).toBeNull()

    const documented = { inviteType: 'friend', spawnDetails: {}, user: {}, invitee: {} }
    for (const query of [{ filter: documented }, documented]) {
      expect(ids(await invites.patch(null, data, { query }))).toEqual([invite.id])
    }
    for (const filter of [{ spawnDetails: {} }, {}, { inviteType: 'friend', id: {} }, { $or: [] }]) {
      expect(await refusal(invites.patch(null, data, { query: { filter } }))).toMatchObject({ code: 400 })
    }
    expect(await refusal(invites.patch(null, data, { query: {} }))).toMatchObject({ code: 400 })
  })

  it('tells null from the word, and a condition from the same one beside the filter', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.channel('null')
    const named = await ada.invite({ inviteType: 'channel', targetObjectId: id })
    const nameless = await ada.inviteAddress()
    const invites = (await clientOf(ada, transport)).service('invite')
    expect(ids((await invites.find({ query: { channelName: 'null' } })).data)).toEqual([named.id])
    expect(ids((await invites.find({ query: { channelName: null } })).data)).toEqual([nameless.id])
    const twice = { filter: { inviteType: 'friend' }, inviteType: 'friend' }
    expect(await refusal(invites.find({ query: twice }))).toMatchObject({ code: 400, data: { reason: 'invalid' } })
  })

  it('makes, reads, changes and revokes invites, one and several', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const invites = (await clientOf(ada, transport)).service('invite')
    const one = await invites.create({ inviteType: 'friend', inviteeId: bo.id })
    const address = { inviteType: 'friend', identityProviderType: 'email' } as const
    const several = await invites.create([
      { ...address, token: newAddress() },
      { ...address, token: newAddress() }
    ])
    expect((await invites.get(one.id)).invitee?.id).toBe(bo.id)
    expect((await invites.patch(one.id, { timed: false })).id).toBe(one.id)
    expect((await invites.remove(one.id)).status).toBe('revoked')
    expect(ids((await invites.find()).data)).toEqual(ids(several))
    const [first] = several
    const revoked = await invites.remove(null, { query: { filter: { id: first?.id, spawnDetails: {} } } })
    expect(revoked.map(({ id, status }) => [id, status])).toEqual([[first?.id, 'revoked']])
    // An empty list matches nothing. Without it, the other invite would match.
    const none = { inviteType: 'friend' as const, id: { $in: [] } }
    expect(await invites.remove(null, { query: { filter: none } })).toEqual([])
    expect(await invites.remove(null, { query: none })).toEqual([])
    expect(await refusal(invites.remove(null, { query: {} }))).toMatchObject({ code: 400 })
    expect(ids((await invites.find()).data)).toEqual(ids(several.slice(1)))
    expect(await server.db('invites').where({ id: one.id }).first()).toMatchObject({ status: 'revoked' })
  })

  it('accepts, declines, resends, previews and reads the history by services of their own', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const [hers, his] = [await clientOf(ada, transport), await clientOf(bo, transport)]
    const link = await ada.bearerLink()
    const { id, passcode } = link

    const preview = await createAndKeep(transport).service(`invite/${id}/preview`).create({ passcode })
    expect(preview).toMatchObject({ id, inviterName: 'Ada' })
    const accepted = await his.service(`invite/${id}/accept`).create({ passcode })
    expect(accepted.landing).toEqual({ inviteType: 'channel', targetObjectId: link.targetObjectId })
    expect(accepted.invite.status).toBe('accepted')
    const history = await hers.service(`invite/${id}/history`).find()
    expect(history.map(({ action }) => action)).toEqual(['created', 'previewed', 'accepted'])

    const second = await ada.invite({ inviteType: 'friend', inviteeId: bo.id })
    expect((await hers.service(`invite/${second.id}/resend`).create({})).id).toBe(second.id)
    expect((await his.service(`invite/${second.id}/decline`).create({})).status).toBe('declined')
    const gone = await refusal(his.service(`invite/${second.id}/accept`).create({}))
    expect(gone).toMatchObject({ code: 409, className: 'conflict', data: { status: 'declined' } })

    const newcomer = await ada.bearerLink()
    const register = { name: 'Cy', password: 'a password of some length', email: newAddress() }
    const made = await createAndKeep(transport)
      .service(`invite/${newcomer.id}/accept`)
      .create({ passcode: newcomer.passcode, register })
    expect(made.accessToken).toBeTypeOf('string')
  })
})

const createAndKeep = (transport: Transport) => {
  const client = createClient({ url: server.url, transport })
  open.push(client)
  return client
}

describe('createClient() over REST', () => {
  it('sends conditions as JSON in filter, and nothing of them beside it', async () => {
    const ada = await person(server, 'Ada')
    const { queries, fetch } = recorder()
    const client = await clientOf(ada, 'rest', { fetch })
    await client.service('invite').find({
      query: { filter: { id: { $in: [] }, spawnDetails: {} }, inviteType: 'friend', $limit: 3, $sort: { id: 1 } }
    })
    expect(queries.at(-1)).toBe(
      '?filter={"id":{"$in":[]},"spawnDetails":{},"inviteType":"friend"}&$limit=3&$sort[id]=1'
    )
    await client.service('invite').find({ query: { $limit: 3 } })
    expect(queries.at(-1)).toBe('?$limit=3')
    await client.service('user').find({ query: { inviteCode: 'X' } })
    expect(queries.at(-1)).toBe('?inviteCode=X')
  })

  it('does what the plain client cannot: that one’s query string drops an empty list, and matches more', async () => {
    const ada = await person(server, 'Ada')
    const invite = await ada.inviteAddress()
    const query = { filter: { inviteType: 'friend', id: { $in: [] } } }
    const plain = await (await plainClientOf(ada, 'rest')).service('invite').find({ query })
    expect(ids(plain.data)).toEqual([invite.id])
    const own = await (await clientOf(ada, 'rest')).service('invite').find({ query })
    expect(own.data).toEqual([])
  })

  it('README.md has the hook that makes the plain client keep empty lists', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [hook = ''] = readme.match(/^ {4}app\.service\('invite'\)\.hooks\([^]*?^ {4}\}\] \} \}\)$/m) ?? []
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const app = await plainClientOf(ada, 'rest')
    compileFunction(hook, ['app'])(app)
    const invites = app.service('invite')
    const params = { query: { filter: { inviteType: 'friend', id: { $in: [] } } } }
    // The params are the caller's, who may use them again.
    for (let time = 0; time < 2; time++) {
      expect((await invites.find(params)).data).toEqual([])
      expect(await invites.patch(null, { deleteOnUse: true }, params)).toEqual([])
      expect(await invites.remove(null, params)).toEqual([])
    }
    expect((await invites.find({ query: { filter: { id } } })).data).toHaveLength(1)
    expect((await invites.find({ query: {} })).data).toHaveLength(1)
    expect(ids(await invites.remove(null, { query: { filter: { inviteType: 'friend' } } }))).toEqual([id])
  })
})

type EventName = 'created' | 'patched' | 'removed'

/** Collects the events about invites that a signed-in socket gets. */
async function listener(who: Person) {
  const client = await clientOf(who, 'socket')
  const heard: { event: EventName; invite: Invite }[] = []
  for (const event of ['created', 'patched', 'removed'] as const) {
    client.service('invite').on(event, (invite: Invite) => heard.push({ event, invite }))
  }
  return {
    heard,
    client,
    of: (id: string) => heard.filter(({ invite }) => invite.id === id),
    events: (id: string) => heard.filter(({ invite }) => invite.id === id).map(({ event }) => event)
  }
}

type Listener = Awaited<ReturnType<typeof listener>>

/** A change that each of them hears of, after which everything earlier has arrived. */
async function settled(...listeners: [Person, Listener][]) {
  for (const [who, { heard }] of listeners) {
    const { id } = await who.inviteAddress()
    await expect.poll(() => heard.some(({ invite }) => invite.id === id)).toBe(true)
  }
}

describe('events', () => {
  it('reach inviter and invitee, each with their own view, once, and no third person', async () => {
    const [ada, bo, cy] = await Promise.all([person(server, 'Ada'), person(server, 'Bo'), person(server, 'Cy')])
    const [adas, bos, cys] = await Promise.all([listener(ada), listener(bo), listener(cy)])
    const invite = await ada.invite({ inviteType: 'friend', inviteeId: bo.id })
    await ada.must('PATCH', `/invite/${invite.id}`, { spawnType: 'spectate' })
    await ada.patch({ id: invite.id }, { spawnType: 'spawnPoint' })
    await ada.must('DELETE', `/invite/${invite.id}`)
    await settled([ada, adas], [bo, bos], [cy, cys])

    const expected = ['created', 'patched', 'patched', 'removed']
    expect(adas.events(invite.id)).toEqual(expected)
    expect(bos.events(invite.id)).toEqual(expected)
    expect(cys.events(invite.id)).toEqual([])
    expect(cys.heard.every((one) => one.invite.userId === cy.id)).toBe(true)

    for (const { invite: seen } of adas.of(invite.id)) {
      expect(seen.user.lastLogin).toMatchObject({ userId: ada.id })
      expect(seen.user.inviteCode).toBeTypeOf('string')
      expect(seen.invitee).toMatchObject({ id: bo.id, lastLogin: null, inviteCode: null })
      expect(seen.delivery).toMatchObject({ status: 'none' })
    }
    for (const { invite: seen } of bos.of(invite.id)) {
      expect(seen.user).toMatchObject({ id: ada.id, lastLogin: null, inviteCode: null })
      expect(seen.invitee?.lastLogin).toMatchObject({ userId: bo.id })
      expect(seen.delivery).toBeNull()
    }
    expect(Object.keys(adas.of(invite.id)[0]?.invite ?? {})).toEqual(Object.keys(invite))
    expect(bos.of(invite.id).map((one) => one.invite.spawnType)).toEqual([null, 'spectate', 'spawnPoint', 'spawnPoint'])
    expect(bos.of(invite.id).at(-1)?.invite.status).toBe('revoked')
  })

  it('tell of an acceptance, a decline and a resend as patched, of deleteOnUse as removed', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const [adas, bos] = await Promise.all([listener(ada), listener(bo)])
    const accepted = await ada.inviteToChannel(bo)
    expect((await bo.accept(accepted.id)).status).toBe(200)
    const declined = await ada.inviteToChannel(bo)
    await ada.must('POST', `/invite/${declined.id}/resend`, {})
    await bo.must('POST', `/invite/${declined.id}/decline`, {})
    const used = await ada.inviteToChannel(bo, { deleteOnUse: true })
    expect((await bo.accept(used.id)).status).toBe(200)
    await settled([ada, adas], [bo, bos])
    for (const { events } of [adas, bos]) {
      expect(events(accepted.id)).toEqual(['created', 'patched'])
      expect(events(declined.id)).toEqual(['created', 'patched', 'patched'])
      expect(events(used.id)).toEqual(['created', 'removed'])
    }
    expect(await server.db('invites').where({ id: used.id })).toEqual([])
  })

  it('carry no passcode, not even to whom it was shown', async () => {
    const ada = await person(server, 'Ada')
    const adas = await listener(ada)
    const link = await ada.bearerLink()
    await ada.must('POST', `/invite/${link.id}/resend`, {})
    await settled([ada, adas])
    expect(adas.events(link.id)).toEqual(['created', 'patched'])
    expect(adas.of(link.id).map(({ invite }) => invite.passcode)).toEqual([null, null])
    expect(JSON.stringify(adas.heard)).not.toContain(link.passcode)
  })

  it('say nothing to who has signed out, to who was never signed in, or of a patch that was refused', async () => {
    const [ada, bo] = await Promise.all([person(server, 'Ada'), person(server, 'Bo')])
    const [adas, bos] = await Promise.all([listener(ada), listener(bo)])
    const stranger = createAndKeep('socket')
    const heard: unknown[] = []
    stranger.service('invite').on('created', (invite: Invite) => heard.push(invite))
    await bos.client.logout()
    const invite = await ada.inviteToChannel(bo)
    expect((await ada.patch({ id: invite.id }, { inviteType: 'channel', targetObjectId: null })).status).toBe(400)
    await settled([ada, adas])
    expect(adas.events(invite.id)).toEqual(['created'])
    expect(bos.heard).toEqual([])
    expect(heard).toEqual([])
  })
})

describe('errors over a socket', () => {
  /** A socket that shows the server's answer as it was sent, before a client makes an Error of it. */
  async function rawSocket(token?: string) {
    const socket = io(server.url, { transports: ['websocket'], forceNew: true })
    open.push(socket)
    const send = async (...args: unknown[]): Promise<Record<string, unknown> | null> =>
      new Promise((resolve) => {
        socket.emit(String(args[0]), ...args.slice(1), (error: Record<string, unknown> | null) => resolve(error))
      })
    const refused = token && (await send('create', 'authentication', { strategy: 'jwt', accessToken: token }))
    if (refused) throw new Error(`the socket could not sign in: ${JSON.stringify(refused)}`)
    return send
  }

  it('have Feathers’ shape, and nothing of the inside', async () => {
    const [ada, someGuest] = await Promise.all([person(server, 'Ada'), guest(server)])
    const [nobody, hers, theirs] = [await rawSocket(), await rawSocket(ada.token), await rawSocket(someGuest.token)]
    const unknown = '01890000-0000-7000-8000-000000000000'
    const errors: [number, string, Record<string, unknown> | null][] = [
      [401, 'not-authenticated', await nobody('find', 'invite', {})],
      [401, 'not-authenticated', await nobody('create', 'authentication', { strategy: 'jwt', accessToken: 'x' })],
      [400, 'bad-request', await hers('patch', 'invite', null, { timed: false }, {})],
      [400, 'bad-request', await hers('patch', 'invite', null, { timed: false }, { filter: { "x'--": 1 } })],
      [400, 'bad-request', await hers('create', 'invite', { inviteType: 'none' }, {})],
      [403, 'forbidden', await theirs('create', 'channel', { name: 'Talk' }, {})],
      [404, 'not-found', await hers('get', 'invite', unknown, {})],
      [404, 'not-found', await hers('create', `invite/${unknown}/accept`, {}, {})],
      [404, 'not-found', await hers('find', 'nothing', {})],
      [405, 'method-not-allowed', await hers('remove', 'user', ada.id, {})]
    ]
    for (const [code, className, error] of errors) {
      expect(error).toMatchObject({ code, className })
      const { name, message, data, ...rest } = error ?? {}
      expect([typeof name, typeof message]).toEqual(['string', 'string'])
      expect(Object.keys(rest).sort()).toEqual(['className', 'code'])
      expect(['reason', 'reason,errors']).toContain(Object.keys(data ?? {}).join())
      expect(JSON.stringify(error)).not.toMatch(/stack|node_modules|\.ts:|\.js:|select |hook|x'--/)
    }
  })

  it('are errors that a Feathers client knows', async () => {
    const ada = await person(server, 'Ada')
    const client = await clientOf(ada, 'socket')
    const error = await refusal(client.service('invite').get('01890000-0000-7000-8000-000000000000'))
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'NotFound', code: 404, className: 'not-found' })
  })
})
