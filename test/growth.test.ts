// Every table that can grow is filled to its bound through the API, and what is old is swept. SECURITY.md lists them.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sweeps } from '../src/app.js'
import type { DeliveryWorker } from '../src/delivery/worker.js'
import { Sweeper } from '../src/sweeper.js'
import { admin, call, newAddress, Person } from './support/people.js'
import { onPostgres, useServer } from './support/server.js'
import { hashAddress } from '../src/services/invite/delivery/stop-list.js'
import { post, stopUrlFor } from './support/stops.js'
import { expectTooMany } from './support/too-many.js'

// A hundredth of each quota; the test stands for a proxy, so that it can be many networks.
const server = await useServer({ rateLimitFactor: 0.01, trustedProxies: ['127.0.0.1'] })
const { db } = server
const boss = await admin(server)

let networks = 0
const fromElsewhere = () => ({ 'x-forwarded-for': `203.0.${Math.floor(networks / 250)}.${(networks++ % 250) + 1}` })
const account = () => ({ name: 'Somebody', email: newAddress(), password: 'a password of some length' })
const registers = (body: object, headers: Record<string, string>) => call(server, 'POST', '/user', { body, headers })
const signsIn = ({ email, password }: { email: string; password: string }, headers: Record<string, string>) =>
  call(server, 'POST', '/authentication', { body: { strategy: 'local', email, password }, headers })

/** A person whose registration and login counted for a network of their own. */
async function somebody(): Promise<Person> {
  const [body, headers] = [account(), fromElsewhere()]
  await registers(body, headers)
  const login = await signsIn(body, headers)
  return new Person(server, login.body.user.id, body.name, body.email, body.password, login.body.accessToken)
}

async function comeAsGuest(headers = fromElsewhere()) {
  return call(server, 'POST', '/authentication', { body: { strategy: 'guest' }, headers })
}

const sweep = () =>
  new Sweeper(server.app.get('logger'), sweeps(db, server.app.get('outbox') as DeliveryWorker)).sweep()
const ago = (text: string) => db.raw(`clock_timestamp() - interval '${text}'`)
const countOf = async (table: string, where: object) => Number((await db(table).where(where).count())[0]?.['count'])

const ascending = (one: number, other: number) => one - other

/** Twenty calls at once, until there are five more than the bound lets through. */
async function expectBound(most: number, status: number, attempt: (n: number) => Promise<{ status: number }>) {
  const numbers = Array.from({ length: most + 5 }, (_, n) => n)
  const statuses: number[] = []
  for (let n = 0; n < numbers.length; n += 20) {
    const replies = await Promise.all(numbers.slice(n, n + 20).map(attempt))
    statuses.push(...replies.map((reply) => reply.status))
  }
  expect(statuses.toSorted(ascending)).toEqual(numbers.map((n) => (n < most ? 201 : status)))
}

async function ownedPlaces(kind: 'channel' | 'location') {
  const ada = await somebody()
  await expectBound(10, 409, () => ada.call('POST', `/${kind}`, { body: { name: 'Garden' } }))
  const [members, key] =
    kind === 'channel' ? ['channel_users', 'channelId'] : ['location_authorized_users', 'locationId']
  const mine = await db(members).where({ userId: ada.id }).pluck(key)
  expect(mine).toHaveLength(10)
  expect(await db(`${kind}s`).whereIn('id', mine)).toHaveLength(10)
  const refused = await ada.call('POST', `/${kind}`, { body: { name: 'Garden' } })
  expect(refused.body.data.reason).toBe('too-many-owned')
  // A person who accepts twice is in once.
  const bob = await somebody()
  const invite = await ada.invite({ inviteType: kind, targetObjectId: mine[0], inviteeId: bob.id })
  await Promise.all([1, 2, 3].map(() => bob.accept(invite.id)))
  expect(await countOf(members, { userId: bob.id })).toBe(1)
}

/** By table: fills it to its bound through the API, and sees what is old swept. */
const bounds: Record<string, () => Promise<void>> = {
  async users() {
    const headers = fromElsewhere()
    expect((await registers(account(), headers)).status).toBe(201)
    expectTooMany(await registers(account(), headers), 3600, 'registrations')
    const guests = fromElsewhere()
    const old = (await comeAsGuest(guests)).body.user.id
    expectTooMany(await comeAsGuest(guests), 3600, 'guestsPerNetwork')

    const ada = await somebody()
    const register = async () => {
      const link = await ada.invite({ inviteType: 'friend', maxUses: 100 })
      return call(server, 'POST', `/invite/${link.id}/accept`, {
        body: { passcode: link.passcode, register: account() },
        headers: guests
      })
    }
    // Over all links of the inviter, who makes two an hour here.
    for (let n = 0; n < 3; n++) {
      expect((await register()).status).toBe(201)
      await db('invites')
        .where({ userId: ada.id })
        .update({ createdAt: ago('2 hours') })
    }
    expectTooMany(await register(), 3600, 'registrationsByLink')

    const [back, user] = [(await comeAsGuest()).body.user.id, await somebody()]
    await db('users')
      .whereIn('id', [old, back, user.id])
      .update({ createdAt: ago('91 days') })
    await db('user_logins')
      .whereIn('userId', [old, user.id])
      .update({ createdAt: ago('91 days') })
    await sweep()
    const left = await db('users').whereIn('id', [old, back, user.id]).pluck('id')
    expect(new Set(left)).toEqual(new Set([back, user.id]))
  },

  async identity_providers() {
    const [one, headers] = [account(), fromElsewhere()]
    expect((await registers(one, headers)).status).toBe(201)
    const other = account()
    expectTooMany(await registers(other, headers), 3600, 'registrations')
    expect(await countOf('identity_providers', { token: one.email })).toBe(1)
    expect(await countOf('identity_providers', { token: other.email })).toBe(0)
  },

  async user_logins() {
    const [one, headers] = [account(), fromElsewhere()]
    await registers(one, headers)
    const { body } = await signsIn(one, headers)
    expectTooMany(await signsIn(one, headers), 900, 'loginsPerNetwork')
    const userId = body.user.id
    await db.raw(
      `insert into user_logins (id, "userId", "createdAt")
       select gen_random_uuid(), ?, clock_timestamp() + n * interval '1 millisecond' from generate_series(1, 150) n`,
      [userId]
    )
    await sweep()
    expect(await countOf('user_logins', { userId })).toBe(100)
    const newest = await db('user_logins').where({ userId }).orderBy('createdAt', 'desc').first()
    await db('user_logins')
      .where({ userId })
      .update({ createdAt: ago('366 days') })
    await db('user_logins')
      .where({ id: newest.id })
      .update({ createdAt: ago('365 days 12 hours') })
    await sweep()
    expect(await db('user_logins').where({ userId }).pluck('id')).toEqual([newest.id])
  },

  async scopes() {
    const { id: userId } = await somebody()
    await expectBound(1, 409, (n) =>
      boss.call('POST', '/scope', { body: { userId, type: `thing:verb-${'abcdef'[n]}` } })
    )
    expect(await countOf('scopes', { userId })).toBe(1)
  },

  async user_relationships() {
    const ada = await somebody()
    const { rows } = await db.raw(
      `insert into users (id, name, "inviteCode")
       select gen_random_uuid(), 'Somebody', gen_random_uuid()::text from generate_series(1, 105) returning id`
    )
    await expectBound(100, 409, (n) =>
      ada.call('POST', '/user-relationship', {
        body: { relatedUserId: rows[n].id, userRelationshipType: 'blocking' }
      })
    )
    expect(await countOf('user_relationships', { userId: ada.id })).toBe(100)
  },

  async account_tokens() {
    const [ada, bob] = [await somebody(), await somebody()]
    const ids = db('identity_providers').whereIn('userId', [ada.id, bob.id]).select('id')
    const mine = () => db('account_tokens').whereIn('identityProviderId', ids)
    const reset = () =>
      call(server, 'POST', '/password-reset', { body: { email: ada.email }, headers: fromElsewhere() })
    expect((await reset()).status).toBe(202)
    expectTooMany(await reset(), 3600, 'accountMessages')
    const verify = () => bob.call('POST', '/user/verify', { body: {}, headers: fromElsewhere() })
    expect((await verify()).status).toBe(202)
    expectTooMany(await verify(), 3600, 'accountMessages')
    await expect.poll(mine).toHaveLength(2)
    await mine()
      .where({ purpose: 'reset' })
      .update({ expiresAt: ago('1 second') })
    await sweep()
    expect((await mine()).map(({ purpose }) => purpose)).toEqual(['verify'])
  },

  async session_ends() {
    const ada = await somebody()
    for (const [oldPassword, password] of [
      [ada.password, 'the second password'],
      ['the second password', 'the third password']
    ]) {
      await ada.must('PATCH', `/user/${ada.id}`, { password, oldPassword })
    }
    expect(await countOf('session_ends', { userId: ada.id })).toBe(1)
  },

  channels: () => ownedPlaces('channel'),
  channel_users: () => ownedPlaces('channel'),
  locations: () => ownedPlaces('location'),
  location_authorized_users: () => ownedPlaces('location'),

  async instances() {
    const ada = await somebody()
    const { id: locationId } = await ada.location()
    await expectBound(10, 409, () => ada.call('POST', '/instance', { body: { locationId } }))
    expect(await countOf('instances', { userId: ada.id })).toBe(10)
  },

  async invites() {
    const ada = await somebody()
    await expectBound(2, 429, () => ada.call('POST', '/invite', { body: { inviteType: 'friend' } }))
    expect(await countOf('invites', { userId: ada.id })).toBe(2)
  },

  async invite_acceptances() {
    const [ada, bob, cleo] = [await somebody(), await somebody(), await somebody()]
    const link = await ada.bearerLink()
    const accept = (who: Person) => who.accept(link.id, { passcode: link.passcode })
    const statuses = [(await accept(bob)).status, (await accept(bob)).status, (await accept(cleo)).status]
    expect(statuses).toEqual([200, 200, 409])
    expect(await countOf('invite_acceptances', { inviteId: link.id })).toBe(1)
  },

  async invite_history() {
    const ada = await somebody()
    const link = await ada.bearerLink()
    const names = (await db('invites').columnInfo().then(Object.keys)).filter(
      (name) => !['id', 'deadline', 'recipientKey', 'createdAt'].includes(name)
    )
    const columns = names.map((name) => `"${name}"`).join(', ')
    // Half as many rows as she may change in an hour.
    await db.raw(
      `insert into invites (id, "createdAt", ${columns})
       select gen_random_uuid(), clock_timestamp() - interval '2 hours', ${columns} from invites, generate_series(1, 499)
       where id = ?`,
      [link.id]
    )
    const patch = () => ada.patch({ userId: ada.id }, { spawnType: 'spectate' })
    expect([(await patch()).body.length, (await patch()).body.length]).toEqual([500, 500])
    expectTooMany(await patch(), 3600, 'changesPerCaller')
    expectTooMany(
      await ada.call('PATCH', `/invite/${link.id}`, { body: { spawnType: 'spectate' } }),
      3600,
      'changesPerCaller'
    )

    const headers = fromElsewhere()
    const preview = () =>
      call(server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: link.passcode }, headers })
    const statuses = await Promise.all(Array.from({ length: 31 }, () => preview().then(({ status }) => status)))
    expect(statuses.toSorted(ascending)).toEqual([...Array.from({ length: 30 }, () => 200), 429])
    expectTooMany(await preview(), 3600, 'previewsPerNetwork')

    const lapsed = await ada.bearerLink()
    await db('invites')
      .where({ id: lapsed.id })
      .update({ expiresAt: ago('1 minute'), createdAt: ago('1 day') })
    const request = () =>
      call(server, 'POST', `/invite/${lapsed.id}/request`, { body: { passcode: lapsed.passcode }, headers })
    expect([(await request()).status, (await request()).status]).toEqual([202, 429])
    expect(await countOf('invite_history', { inviteId: lapsed.id, action: 'requested' })).toBe(1)

    await db.raw(
      `insert into invite_history ("inviteId", "userId", action) select ?, ?, 'patched' from generate_series(1, 2000)`,
      [link.id, ada.id]
    )
    const ids = () => db('invite_history').where({ inviteId: link.id }).orderBy('id').pluck('id')
    const all = await ids()
    await sweep()
    // Its creation, and the ends of the rest.
    expect(await ids()).toEqual([...all.slice(0, 501), ...all.slice(-500)])

    const bob = await somebody()
    const [ended, pending] = [await bob.invite({ inviteType: 'friend' }), await bob.invite({ inviteType: 'friend' })]
    await bob.must('DELETE', `/invite/${ended.id}`)
    await db('invite_history')
      .whereIn('inviteId', [ended.id, pending.id])
      .update({ createdAt: ago('366 days') })
    await sweep()
    expect(await db('invite_history').whereIn('inviteId', [ended.id, pending.id]).pluck('inviteId')).toEqual([
      pending.id
    ])
  },

  async outbox() {
    const body = { inviteType: 'friend', token: newAddress(), identityProviderType: 'email' }
    const inviters = await Promise.all(Array.from({ length: 6 }, () => somebody()))
    await expectBound(
      1,
      429,
      (n) => inviters[n]?.call('POST', '/invite', { body }) ?? Promise.reject(new Error('nobody'))
    )
    expect(await countOf('outbox', { recipient: body.token })).toBe(1)
    await expect.poll(() => countOf('outbox', { recipient: body.token, status: 'sent' })).toBe(1)
    await db('outbox')
      .where({ recipient: body.token })
      .update({ createdAt: ago('31 days') })
    await sweep()
    expect(await countOf('outbox', { recipient: body.token })).toBe(0)
  },

  async mail_stops() {
    const [ada, bob] = [await somebody(), await somebody()]
    const address = newAddress()
    await ada.invite({ inviteType: 'friend', token: address, identityProviderType: 'email' })
    const url = await stopUrlFor(server, address)
    const rows = () => countOf('mail_stops', { address: hashAddress(address) })
    const replies = await Promise.all(
      ['inviter', 'all', 'inviter', 'all', 'inviter'].map((stop) => post(url, `stop=${stop}`))
    )
    // Of a quota of one here, the embedded database and Postgres alike.
    expect(replies.map(({ status }) => status).toSorted(ascending)).toEqual([200, 429, 429, 429, 429])
    expect(await rows()).toBe(1)
    await db('mail_stops').insert({
      address: hashAddress(address),
      medium: 'email',
      inviterId: bob.id,
      reason: 'unsubscribed'
    })
    await db('users').where({ id: bob.id }).delete()
    expect(await rows()).toBe(1)
  },

  async idempotency_keys() {
    const [ada, bob] = [await somebody(), await somebody()]
    const invite = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    expect((await bob.accept(invite.id)).status).toBe(200)
    const accept = (key: number) =>
      bob.call('POST', `/invite/${invite.id}/accept`, { body: {}, headers: { 'idempotency-key': `key ${key}` } })
    const replies = await Promise.all(Array.from({ length: 15 }, (_, n) => accept(n)))
    const statuses = replies.map(({ status }) => status)
    expect(statuses.toSorted(ascending)).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429, 429, 429, 429])
    expectTooMany(await accept(99), 86_400, 'idempotencyKeys')
    // A key that is kept still gets its answer, which was not stored again.
    expect((await accept(statuses.indexOf(200))).status).toBe(200)
    const mine = { caller: `user:${bob.id}` }
    const rows = await db('idempotency_keys').where(mine)
    expect(rows.map(({ answer, status }) => [answer, status])).toEqual(rows.map(() => [null, 200]))
    await db('idempotency_keys')
      .where(mine)
      .update({ createdAt: ago('24 hours 1 minute') })
    expect((await accept(99)).status).toBe(200)
    await sweep()
    expect(await countOf('idempotency_keys', mine)).toBe(1)
  },

  async rate_limits() {
    const bob = await somebody()
    const guess = () => bob.accept(crypto.randomUUID(), { passcode: 'wrong' })
    expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([404, 404, 404])
    expectTooMany(await guess(), 3600, 'wrongPasscodesOfAll')
    const rows = () => db('rate_limits').where('key', 'like', `%user:${bob.id}%`)
    // The embedded database counts in memory.
    expect(await rows()).toHaveLength(onPostgres ? 3 : 0)
    await db('rate_limits').insert({ key: `old:user:${bob.id}`, points: 1, expire: Date.now() - 1000 })
    await sweep()
    expect(await rows()).toHaveLength(onPostgres ? 3 : 0)
  },

  async migrations() {
    expect((await call(server, 'GET', '/migrations')).status).toBe(404)
  },
  async migrations_lock() {
    expect(await countOf('migrations_lock', {})).toBe(1)
  }
}

const security = readFileSync(new URL('../SECURITY.md', import.meta.url), 'utf8')
const listed = [...security.matchAll(/^\| `(\w+)` \| .+ \| .+ \| .+ \|$/gm)].map(([, table]) => table ?? '')

describe('every table', () => {
  it('of the database is in SECURITY.md, once, and has an action here', async () => {
    const tables = await db('information_schema.tables').whereRaw('table_schema = current_schema()').pluck('table_name')
    expect(new Set(listed)).toEqual(new Set(tables))
    expect(listed).toHaveLength(tables.length)
    expect(new Set(Object.keys(bounds))).toEqual(new Set(tables))
  })

  it.each(Object.entries(bounds))('%s: grows to its bound, and what is old goes', async (_table, fill) => {
    await expect(fill()).resolves.toBeUndefined()
  })
})
