// One thing has one spelling: what people paste and type reaches the database, the other person and every comparison in
// the same form.
import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as spelling from '../src/schema/text.js'
import { down, up } from '../migrations/20261127200000_one_spelling.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { registerAdmin } from '../src/services/user/first-admin.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { startServer, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const password = 'a password of some length'
const harmless = { spawnType: 'spectate' }

const register = (body: object) => call(server, 'POST', '/user', { body: { name: 'Ada', password, ...body } })
const login = (email: string, typed = password) =>
  call(server, 'POST', '/authentication', { body: { strategy: 'local', email, password: typed } })
const toAddress = (token: string, identityProviderType = 'email') => ({
  inviteType: 'friend',
  token,
  identityProviderType
})
const mark = () => randomBytes(4).toString('hex')
const idsOf = ({ body }: { body: Invite[] }) => body.map(({ id }) => id)
const listed = async (who: Person, query: string) =>
  (await who.must<{ data: Invite[] }>('GET', `/invite?${query}`)).data.map(({ id }) => id)

describe('an address', () => {
  it('is stored and compared without the blanks around it, in lower case', async () => {
    const email = newAddress()
    expect((await register({ email: `\t${email.toUpperCase()}\u00a0` })).status).toBe(201)
    expect(await server.db('identity_providers').where({ token: email })).toHaveLength(1)
    expect((await register({ email: `${email}\n` })).status).toBe(409)
    for (const typed of [` ${email}`, `${email}\u00a0`, `\ufeff${email}`, `\u202a${email}\u202c`]) {
      expect([typed, (await login(typed)).status]).toEqual([typed, 201])
    }
  })

  it('is one recipient in each spelling, for e-mail and for phones', async () => {
    const ada = await person(server)
    const phone = `+49170${Math.floor(Math.random() * 9e6 + 1e6)}`
    for (const [address, medium] of [
      [newAddress(), 'email'],
      [phone, 'sms']
    ] as const) {
      const invite = await ada.invite(toAddress(` ${address}\r\n`, medium))
      expect(invite.token).toBe(address)
      const twin = await ada.call('POST', '/invite', { body: toAddress(`${address.toUpperCase()}\u200b`, medium) })
      expect([twin.status, twin.body.data.reason]).toEqual([409, 'twin'])
      expect(idsOf(await ada.patch({ token: ` ${address}` }, harmless))).toEqual([invite.id])
      expect(idsOf(await ada.patch({ token: { $in: [`${address}\t`, null] } }, harmless))).toEqual([invite.id])
      expect(idsOf(await ada.patch({ id: invite.id }, { token: `${address} `, ...harmless }))).toEqual([invite.id])
    }
  })

  it('at an internationalised domain is its ASCII form, in the message too', async () => {
    const ada = await person(server)
    const name = `mia.${mark()}`
    const [wide, ascii] = [`${name}@GRÜN.example.com`, `${name}@xn--grn-ioa.example.com`]
    const invite = await ada.invite(toAddress(wide))
    expect(invite.token).toBe(ascii)
    await server.mailedPasscode(invite.id)
    expect(server.mail()).toContain(ascii)
    for (const token of [wide, ascii, wide.normalize('NFD')]) {
      expect((await ada.call('POST', '/invite', { body: toAddress(token) })).status).toBe(409)
      expect(idsOf(await ada.patch({ token }, harmless))).toEqual([invite.id])
      expect(await listed(ada, `search=${encodeURIComponent(token)}`)).toEqual([invite.id])
    }
    expect(idsOf(await ada.patch({ token: { $like: `${name}@grün.%` } }, harmless))).toEqual([])
    expect(idsOf(await ada.patch({ token: { $like: '%@grün.example.com' } }, harmless))).toEqual([invite.id])
    for (const bad of ['mia@grün.example.com/x', 'mia@grün%41.example.com', 'mía@example.com', 'mia@１２７.0.0.1']) {
      expect([bad, (await ada.call('POST', '/invite', { body: toAddress(bad) })).status]).toEqual([bad, 400])
    }
  })

  it('is one address in the settings too', async () => {
    const own = await startServer({ recipientDomains: ['GRÜN.example.com'] })
    try {
      const ada = await person(own)
      const invite = (token: string) => ada.call('POST', '/invite', { body: toAddress(token) })
      expect((await invite('a@grün.example.com')).status).toBe(201)
      expect((await invite('b@xn--grn-ioa.example.com')).status).toBe(201)
      expect((await invite('c@example.com')).body.data.reason).toBe('domain-not-allowed')
      const email = newAddress()
      await registerAdmin({ db: own.db, logger: own.app.get('logger'), admin: { email: ` ${email} `, password } })
      expect(await own.db('identity_providers').where({ token: email, verified: true })).toHaveLength(1)
    } finally {
      await own.stop()
    }
  })

  it('is the address of who registers at an invite', async () => {
    const ada = await person(server)
    const email = newAddress()
    const invite = await ada.invite(toAddress(email))
    const passcode = await server.mailedPasscode(invite.id)
    const reply = await call(server, 'POST', `/invite/${invite.id}/accept`, {
      body: {
        passcode: ` ${passcode}\n`,
        register: { name: ' Bea\u200b ', password, email: `${email.toUpperCase()} ` }
      }
    })
    expect([reply.status, reply.body.invite.invitee?.name]).toEqual([201, 'Bea'])
    expect(await server.db('identity_providers').where({ token: email, verified: true })).toHaveLength(1)
  })
})

describe('a name', () => {
  const kept = [
    '👩‍🚀 Kim',
    '🏳️‍🌈',
    '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
    '❤️‍🔥',
    '🧑🏻‍🤝‍🧑🏿',
    '1️⃣',
    'می‌خواهم',
    'അനില്‍',
    'ශ්‍රී',
    '葛\u{e0100}',
    '⠁⠀⠃',
    '\u{1f388}'.repeat(100)
  ]
  const taken: [typed: string, name: string][] = [
    ['\u200bLena\u200e', 'Lena'],
    ['\ufeffOtto', 'Otto'],
    ['A\u200dlice', 'Alice'],
    ['Le\ufe0fna\ufe0f', 'Lena'],
    ['Ju\u00adlia', 'Julia'],
    ['\u202eEve\u2069', 'Eve'],
    ['Zoe\u034f\u0308\u00a0', 'Zoë'],
    ['Hi \u{1f44b}\u{e0068}\u{e0069}\u{e007f}', 'Hi \u{1f44b}'],
    ['\u2800Bo\n', 'Bo']
  ]

  it('loses what nobody sees, and keeps what shapes a word or an emoji', async () => {
    const ada = await person(server)
    for (const [typed, name] of [...kept.map((one): [string, string] => [one, one]), ...taken]) {
      expect([typed, (await ada.must('PATCH', `/user/${ada.id}`, { name: typed })).name]).toEqual([typed, name])
      expect((await ada.channel(typed)).name).toBe(name)
      expect((await ada.location(typed)).name).toBe(name)
      expect(await server.db('users').where({ id: ada.id, name })).toHaveLength(1)
    }
  })

  it('that shows nothing, or has a control character, is refused with words that say so', async () => {
    const ada = await person(server)
    const refused = async (name: string) => {
      for (const [method, path] of [
        ['POST', '/channel'],
        ['POST', '/location'],
        ['PATCH', `/user/${ada.id}`]
      ] as const) {
        const { status, body } = await ada.call(method, path, { body: { name } })
        expect([path, status]).toEqual([path, 400])
        return body.data.errors
      }
    }
    for (const name of [
      '',
      ...Array.from(' \u3164\uffa0\u2800\u00ad\u034f\u180e\u200d\ufe0f\u{e0067}\u{1d159}'),
      '\u115f\u1160',
      '\u200b\u200b',
      ' \u2060 '
    ]) {
      const message = 'must have at least one character that shows something'
      expect([name, await refused(name)]).toEqual([name, [{ path: 'name', message }]])
    }
    for (const [name, point] of [
      ['Ada\u0007', 'U+0007'],
      ['Ada\nBcc: x', 'U+000A'],
      ['Ada\u2028x', 'U+2028'],
      ['Ada\u0085', 'U+0085']
    ] as const) {
      expect(await refused(name)).toEqual([{ path: 'name', message: expect.stringContaining(point) }])
    }
    expect((await ada.call('POST', '/channel', { body: { name: '\u{1f388}'.repeat(101) } })).status).toBe(400)
  })

  it('is found in every spelling, by filters, patterns and searches', async () => {
    const nfd = `Zoe\u0308 ${mark()}`
    const zoe = await person(server, nfd)
    expect(zoe.name).toBe(nfd.normalize('NFC'))
    const channel = await zoe.channel(`Nai\u0308ve ${nfd}`)
    const bob = await person(server)
    const { id } = await zoe.invite({ inviteType: 'channel', targetObjectId: channel.id, inviteeId: bob.id })
    for (const name of [nfd, nfd.normalize('NFC'), ` ${nfd}\u200b`]) {
      for (const filter of [
        { user: { name } },
        { user: { name: { $in: [name] } } },
        { channelName: `\u200bNai\u0308ve ${nfd}` },
        { user: { name: { $like: `${nfd}%` } } },
        { user: { name: { $ilike: `%${nfd.toUpperCase()}` } } }
      ]) {
        expect([filter, idsOf(await zoe.patch(filter, harmless))]).toEqual([filter, [id]])
      }
      expect(idsOf(await zoe.patch({ user: { name: { $ne: name } } }, harmless))).toEqual([])
      for (const search of [name, ` nai\u0308ve `, `\t${name}\n`]) {
        expect([search, await listed(zoe, `search=${encodeURIComponent(search)}`)]).toEqual([search, [id]])
      }
    }
    // The space in a pattern counts: without it, this one would match everybody.
    expect(idsOf(await zoe.patch({ user: { name: { $like: '% ' } } }, harmless))).toEqual([])
  })

  it('and every other text has a spelling that is its own spelling', () => {
    const signs =
      'ae\u0308\u200b\u200d\u200c\ufe0f\u094dकب\u2800 \n\u3164üK@.１。\u0344\u{1f3f4}\u{e0067}\u{e007f}\u{1f680}\u{e0100}'
    const piece = fc.constantFrom(...Array.from(signs))
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' })
    )
    const { address, addressPart, asciiDomain, bare, composed, inviteCode, name, password: secret, search } = spelling
    for (const spell of [address, addressPart, asciiDomain, bare, composed, inviteCode, name, secret, search]) {
      const again = (typed: string) => {
        expect(spell(spell(typed))).toBe(spell(typed))
      }
      fc.assert(fc.property(text, again), { numRuns: 2000 })
    }
  })
})

describe('a password', () => {
  it('opens from every keyboard, and is counted in its one spelling', async () => {
    const email = newAddress()
    const typed = 'M\u00fcsli-T\u00f6rtchen-47'
    expect((await register({ email, password: typed })).status).toBe(201)
    for (const same of [typed, typed.normalize('NFD'), typed.replace('47', '\uff14\uff17')]) {
      expect((await login(email, same)).status).toBe(201)
    }
    expect((await login(email, 'Musli-Tortchen-47')).status).toBe(401)
    expect((await register({ email: newAddress(), password: 'o\u0308'.repeat(7) })).status).toBe(400)
    const long = newAddress()
    expect((await register({ email: long, password: 'ö'.repeat(256) })).status).toBe(201)
    expect((await login(long, 'o\u0308'.repeat(256))).status).toBe(201)
    expect((await login(long, 'ö'.repeat(257))).status).toBe(400)
  })

  it('of an account that was made before still opens as it was typed', async () => {
    const email = newAddress()
    expect((await register({ email })).status).toBe(201)
    const typed = 'mu\u0308sli tortchen'
    await server
      .db('identity_providers')
      .where({ token: email })
      .update({ secret: await hash(typed) })
    expect((await login(email, typed)).status).toBe(201)
    expect((await login(email, typed.normalize('NFC'))).status).toBe(401)
  })
})

describe('a passcode', () => {
  it('pasted with white space is the passcode, and one key of a repeated call', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const link = await ada.bearerLink({ maxUses: 2 })
    for (const pasted of [' x', 'x\n', 'x\r\n', '\tx', 'x\u00a0', 'x ', 'x\u200b']) {
      const passcode = pasted.replace('x', link.passcode)
      expect((await bob.call('POST', `/invite/${link.id}/preview`, { body: { passcode } })).status).toBe(200)
    }
    const headers = { 'idempotency-key': mark() }
    const register = { name: 'Cleo', password, email: newAddress() }
    const accept = (passcode: string) =>
      call(server, 'POST', `/invite/${link.id}/accept`, { headers, body: { passcode, register } })
    expect((await accept(link.passcode)).status).toBe(201)
    const replay = await accept(` ${link.passcode}\n`)
    expect([replay.status, replay.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    const mailed = await ada.inviteAddress()
    const passcode = ` ${await server.mailedPasscode(mailed.id)} `
    expect((await call(server, 'POST', `/invite/${mailed.id}/decline`, { body: { passcode } })).status).toBe(200)
  })

  it('of white space alone is no guess', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const link = await ada.bearerLink()
    for (let n = 0; n < 7; n++) {
      for (const path of ['preview', 'accept', 'decline']) {
        const { status } = await bob.call('POST', `/invite/${link.id}/${path}`, { body: { passcode: ' \u00a0\n' } })
        expect([path, status]).toEqual([path, 400])
      }
    }
    expect((await bob.accept(link.id, { passcode: link.passcode })).status).toBe(200)
  })
})

describe('an invite code', () => {
  it('is found in groups and in any case, and only as a whole', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const { inviteCode: code } = await ada.must('GET', `/user/${ada.id}`)
    const find = async (typed: string) =>
      (await bob.must<{ id: string }[]>('GET', `/user?inviteCode=${encodeURIComponent(typed)}`)).map(({ id }) => id)
    const grouped = `${code.slice(0, 5)}-${code.slice(5)}`
    for (const typed of [
      code,
      code.toLowerCase(),
      ` ${code}\n`,
      grouped,
      grouped.toLowerCase().replace('-', ' \u2011 ')
    ]) {
      expect([typed, await find(typed)]).toEqual([typed, [ada.id]])
    }
    expect(await find(code.slice(0, 9))).toEqual([])
    const invite = await ada.inviteAddress()
    expect(idsOf(await ada.patch({ user: { inviteCode: grouped.toLowerCase() } }, harmless))).toEqual([invite.id])
  })
})

describe('an id', () => {
  it('in capitals is the same id in every body and query', async () => {
    const [ada, bob, boss] = await Promise.all([person(server), person(server), admin(server)])
    const [channel, location] = await Promise.all([ada.channel(), ada.location()])
    const up = (id: string) => id.toUpperCase()
    const instance = await ada.must('POST', '/instance', { locationId: up(location.id) })
    expect(instance.locationId).toBe(location.id)
    for (const [path, place] of [
      ['/channel-user?channelId=', channel.id],
      ['/location-authorized-user?locationId=', location.id]
    ] as const) {
      expect((await ada.must('GET', path + up(place))).total).toBe(1)
    }
    const scope = await boss.must('POST', '/scope', { userId: up(bob.id), type: 'user:read' })
    expect(scope.userId).toBe(bob.id)
    expect((await boss.must('GET', `/scope?userId=${up(bob.id)}`)).data).toEqual([scope])
    const blocking = (relatedUserId: string) => ({ relatedUserId, userRelationshipType: 'blocking' })
    const self = await ada.call('POST', '/user-relationship', { body: blocking(up(ada.id)) })
    expect([self.status, self.body.data.reason]).toEqual([400, 'oneself'])

    const body = { inviteType: 'instance', targetObjectId: up(instance.id), inviteeId: up(bob.id) }
    const invite = await ada.invite(body)
    expect([invite.targetObjectId, invite.inviteeId]).toEqual([instance.id, bob.id])
    const socket = await SocketClient.open(server, ada.token)
    const twin = await socket.call('create', 'invite', [{ inviteType: 'friend', inviteeId: bob.id }, body], {})
    expect([twin.status, twin.body.data.errors[0].path]).toEqual([409, '1'])
    socket.close()
    const same = { userId: up(ada.id), inviteeId: up(bob.id), targetObjectId: up(instance.id) }
    const filter = { id: { $in: [up(invite.id)] }, user: { id: up(ada.id) }, inviteeId: up(bob.id) }
    expect(idsOf(await ada.patch(filter, same))).toEqual([invite.id])
    expect(await server.db('invites').where({ id: invite.id, targetObjectId: instance.id })).toHaveLength(1)

    const blocked = await ada.must('POST', '/user-relationship', blocking(up(bob.id)))
    expect(blocked.relatedUserId).toBe(bob.id)
    expect((await ada.must('GET', `/user-relationship?relatedUserId=${up(bob.id)}`)).data).toEqual([blocked])
  })
})

describe('a condition that no row can meet', () => {
  const wrong: [path: string, value: unknown][] = [
    ['token', 'not an address'],
    ['token', ''],
    ['token', '15550137123'],
    ['maxUses', 0],
    ['maxUses', 1_000_001],
    ['uses', -1],
    ['user.name', '\u3164'],
    ['user.name', 'x'.repeat(101)],
    ['invitee.name', 'a\nb'],
    ['channelName', ' '],
    ['user.inviteCode', '--'],
    ['user.lastLogin.userAgent', 'x'.repeat(501)],
    ['inviteType', 'party'],
    ['spawnType', 'throne'],
    ['id', 'abc'],
    ['createdAt', '1969-01-01T00:00:00Z']
  ]
  const at = (path: string, value: unknown): Record<string, unknown> =>
    path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>

  it('is refused, where it excepts as where it selects, and changes nothing', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    for (const [path, value] of wrong) {
      for (const condition of [value, { $ne: value }, { $in: [null, value] }, { $nin: [value] }]) {
        const reply = await ada.patch({ userId: ada.id, ...at(path, condition) }, harmless)
        expect([path, condition, reply.status, reply.body.data?.reason]).toEqual([path, condition, 400, 'invalid'])
        expect(reply.body.data.errors[0].path.startsWith(`filter.${path}`)).toBe(true)
      }
    }
    expect(await ada.must('GET', `/invite/${id}`)).toMatchObject({ updatedAt, spawnType: null })
  })

  it('is refused where a raw plus has become a space, with the way to write it', async () => {
    const ada = await person(server)
    const token = `rosa+club.${mark()}@example.com`
    const invite = await ada.invite(toAddress(token))
    const go = (query: string) => ada.call('PATCH', '/invite', { query, body: harmless })
    for (const query of [
      `filter={"token":{"$ne":"${token}"}}`,
      `filter[token]=${token}`,
      `token[$nin][]=${token}`,
      'token[$ne]=+15550137123'
    ]) {
      const { status, body } = await go(query)
      expect([query, status, body.message]).toEqual([query, 400, expect.stringContaining('%2B')])
    }
    expect(idsOf(await go(`token=${encodeURIComponent(token)}`))).toEqual([invite.id])
  })

  it('is no range, no pattern and no null', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress()
    for (const condition of [
      { token: { $ilike: '%@EXAMPLE.%' } },
      { token: { $gt: '' } },
      { maxUses: { $gt: 0, $lt: 2_000_000 } },
      { uses: { $gte: -1 } },
      { inviteeId: null },
      { channelName: null },
      { startTime: { $in: [null] } },
      { user: { name: { $gte: '' } } }
    ]) {
      expect([condition, idsOf(await ada.patch({ id, ...condition }, harmless))]).toEqual([condition, [id]])
    }
  })
})

describe('names that were stored before', () => {
  it('get their one spelling, unless nothing would be left', async () => {
    const [zoe, blank, plain] = await Promise.all([person(server), person(server), person(server)])
    const channel = await zoe.channel()
    const rename = (table: string, id: string, name: string) => server.db(table).where({ id }).update({ name })
    await rename('users', zoe.id, ' Zoe\u0308\u200b')
    await rename('users', blank.id, '\u3164')
    await rename('channels', channel.id, 'Garden ')
    await up(server.db)
    const nameIn = async (table: string, id: string) => (await server.db(table).where({ id }).first('name'))?.name
    expect(await nameIn('users', zoe.id)).toBe('Zoë')
    expect(await nameIn('users', blank.id)).toBe('\u3164')
    expect(await nameIn('users', plain.id)).toBe(plain.name)
    expect(await nameIn('channels', channel.id)).toBe('Garden')
    await down()
    await up(server.db)
    expect(await nameIn('users', zoe.id)).toBe('Zoë')
  })
})
