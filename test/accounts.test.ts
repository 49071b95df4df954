// Accounts: an address is verified by mail, a password is changed or recovered, and that ends sessions.
import type { DeliveryWorker } from '../src/delivery/worker.js'
import { describe, expect, it } from 'vitest'
import { until } from './support/patience.js'
import { admin, call, guest, newAddress, person, signIn, type Person } from './support/people.js'
import { keepSecret } from './support/secrets.js'
import { startServer, useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { expectTooMany } from './support/too-many.js'

const server = await useServer()
const { db } = server
const boss = await admin(server)
const fresh = 'a fresh password of some length'

/** The messages with a link of a purpose to an address, oldest first. */
const linksTo = (address: string, purpose: 'verify' | 'reset') =>
  server
    .mail()
    .split(/^Message-Id: /m)
    .filter((message) => message.includes(`To: ${address}\n`))
    .flatMap((message) => new RegExp(`/${purpose}#token=([\\w-]+)`).exec(message)?.[1] ?? [])

/** Waits for the `nth` link, and returns its token. */
async function tokenTo(address: string, purpose: 'verify' | 'reset', nth = 1): Promise<string> {
  const token = await until(() => linksTo(address, purpose)[nth - 1], `link ${nth} to ${purpose}`)
  keepSecret(token)
  return token
}

const ask = (email: string) => call(server, 'POST', '/password-reset', { body: { email } })
const confirm = (token: string, password = fresh) =>
  call(server, 'POST', '/password-reset/confirm', { body: { token, password } })
const login = (email: string, password: string) =>
  call(server, 'POST', '/authentication', { body: { strategy: 'local', email, password } })
const change = (who: Person, oldPassword = who.password, password = fresh) =>
  who.call('PATCH', `/user/${who.id}`, { body: { password, oldPassword } })
const isIn = async (who: Person) => (await who.call('GET', '/invite')).status === 200

describe('the verification of an address', () => {
  it('makes its account the invitee, and ends invites to make an account there, once', async () => {
    const ada = await person(server, 'Ada')
    const friend = { inviteType: 'friend', token: ada.email, identityProviderType: 'email' }
    const [invite, newcomer] = [await boss.invite(friend), await boss.invite({ ...friend, inviteType: 'new-user' })]
    const received = async () => (await ada.must('GET', '/invite')).data.map(({ id }: { id: string }) => id)
    expect(await received()).toEqual([])

    const asked = await ada.call('POST', '/user/verify', { body: {} })
    expect([asked.status, asked.body]).toEqual([202, { status: 'queued' }])
    const token = await tokenTo(ada.email, 'verify')
    expect(token).toHaveLength(43)
    expect(await db('account_tokens').where({ hash: Buffer.from(token) })).toEqual([])

    const done = await ada.call('POST', '/user/verify', { body: { token } })
    expect([done.status, done.body.id, done.body.inviteCode === null]).toEqual([200, ada.id, false])
    expect(await received()).toEqual([invite.id])
    expect((await db('invites').where({ id: newcomer.id }).first()).status).toBe('revoked')
    expect(await db('invite_history').where({ inviteId: newcomer.id }).pluck('action')).toContain('superseded')
    expect((await ada.call('POST', '/user/verify', { body: { token } })).body.data.reason).toBe('link-ended')
    const again = await ada.call('POST', '/user/verify', { body: {} })
    expect([again.status, again.body.data.reason]).toEqual([409, 'already'])
  })

  it('tells the inviters of ended invites', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const invite = await bob.invite({ inviteType: 'new-user', token: ada.email, identityProviderType: 'email' })
    const socket = await SocketClient.open(server, bob.token)
    const removed: string[] = []
    socket.socket.on('invite removed', ({ id }: { id: string }) => removed.push(id))
    await ada.must('POST', '/user/verify', {})
    await ada.must('POST', '/user/verify', { token: await tokenTo(ada.email, 'verify') })
    await expect.poll(() => removed).toEqual([invite.id])
    socket.close()
  })

  it('is done by a holder of the token as well, who sees no private field', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    for (const who of [undefined, bob.token]) {
      await db('identity_providers').where({ userId: ada.id }).update({ verified: false })
      await ada.must('POST', '/user/verify', {})
      const token = await tokenTo(ada.email, 'verify', who ? 2 : 1)
      const { status, body } = await call(server, 'POST', '/user/verify', { body: { token } }, who)
      expect([status, body.name, body.inviteCode, body.lastLogin]).toEqual([200, 'Ada', null, null])
    }
  })

  it('asked again ends the older link; an expired one is bad', async () => {
    const ada = await person(server, 'Ada')
    await ada.must('POST', '/user/verify', {})
    const older = await tokenTo(ada.email, 'verify')
    await ada.must('POST', '/user/verify', {})
    const newer = await tokenTo(ada.email, 'verify', 2)
    expect((await ada.call('POST', '/user/verify', { body: { token: older } })).status).toBe(410)
    const mine = () =>
      db('account_tokens').whereIn(
        'identityProviderId',
        db('identity_providers').where({ userId: ada.id }).select('id')
      )
    expect(await mine()).toHaveLength(1)
    await mine().update({ expiresAt: db.raw(`clock_timestamp() - interval '1 s'`) })
    expect((await ada.call('POST', '/user/verify', { body: { token: newer } })).status).toBe(410)
    expect((await confirm(newer)).status).toBe(410)
    const { verified } = await db('identity_providers').where({ userId: ada.id }).first()
    expect(verified).toBe(false)
  })

  it('is refused to guests, to nobody, and where no carrier takes e-mail', async () => {
    const visitor = await guest(server)
    const refused = await visitor.call('POST', '/user/verify', { body: {} })
    expect([refused.status, refused.body.data.reason]).toEqual([403, 'not-for-guests'])
    expect((await call(server, 'POST', '/user/verify', { body: {} })).status).toBe(401)
    expect((await call(server, 'POST', '/user/verify', { body: {} }, 'bad')).status).toBe(401)
    const ada = await person(server, 'Ada')
    await db('identity_providers').where({ userId: ada.id }).delete()
    const without = await ada.call('POST', '/user/verify', { body: {} })
    expect([without.status, without.body.data.reason]).toEqual([409, 'no-address'])
    expect((await change(ada)).body.data.reason).toBe('no-password')

    const silent = await startServer({ mailFile: '' })
    try {
      const bob = await person(silent, 'Bob')
      const told = await bob.call('POST', '/user/verify', { body: {} })
      expect([told.status, told.body.data.reason]).toEqual([409, 'no-carrier'])
      const hushed = await call(silent, 'POST', '/password-reset', { body: { email: bob.email } })
      expect([hushed.status, hushed.body]).toEqual([202, { status: 'queued' }])
      expect(await silent.db('outbox')).toEqual([])
    } finally {
      await silent.stop()
    }
  })
})

describe('the recovery of a password', () => {
  it('works once, verifies the address, and ends every session; the old password is wrong', async () => {
    const ada = await person(server, 'Ada')
    const other = await signIn(server, ada.email, ada.password)
    expect((await ask(ada.email.toUpperCase())).status).toBe(202)
    const token = await tokenTo(ada.email, 'reset')
    expect(await isIn(ada)).toBe(true)
    const done = await confirm(token)
    expect([done.status, done.body.id, done.body.inviteCode]).toEqual([200, ada.id, null])
    expect([await isIn(ada), await isIn(other)]).toEqual([false, false])
    expect((await login(ada.email, ada.password)).status).toBe(401)
    expect(await isIn(await signIn(server, ada.email, fresh))).toBe(true)
    const again = await confirm(token, 'yet another password')
    expect([again.status, again.body.data.reason]).toEqual([410, 'link-ended'])
    const { verified, secret } = await db('identity_providers').where({ userId: ada.id }).first()
    expect([verified, secret.startsWith('$argon2id$')]).toEqual([true, true])
  })

  it('gives one answer for all addresses, mails only those with an account, and keeps no wish', async () => {
    const [ada, nobody] = [await person(server, 'Ada'), newAddress()]
    const [known, unknown] = [await ask(ada.email), await ask(nobody)]
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text])
    await tokenTo(ada.email, 'reset')
    await expect.poll(() => db('outbox').where({ kind: 'reset-wish' })).toEqual([])
    expect(await db('outbox').where({ recipient: nobody })).toEqual([])
    expect(server.mail()).not.toContain(nobody)
    expect((await call(server, 'POST', '/password-reset', { body: { email: 'nobody' } })).status).toBe(400)
    expect((await confirm('G'.repeat(43))).body.data.reason).toBe('link-ended')
  })

  it('is over when the password changes while the wish still waits for the worker', async () => {
    const worker = server.app.get('outbox') as DeliveryWorker
    const ada = await person(server, 'Ada')
    await worker.stop()
    await ask(ada.email)
    await ada.must('PATCH', `/user/${ada.id}`, { password: fresh, oldPassword: ada.password })
    worker.start()
    await expect.poll(() => server.db('outbox').where({ recipient: ada.email })).toEqual([])
    expect(server.mail()).not.toContain(`To: ${ada.email}`)
  })

  it('by two calls at once with one token succeeds once', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await person(server, 'Ada')
      await ask(ada.email)
      const token = await tokenTo(ada.email, 'reset')
      const replies = await Promise.all([1, 2, 3].map((n) => confirm(token, `${fresh} ${n}`)))
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(replies.filter(({ status }) => status === 410)).toHaveLength(2)
      const winner = replies.findIndex(({ status }) => status === 200) + 1
      expect((await login(ada.email, `${fresh} ${winner}`)).status).toBe(201)
    }
  })

  it('at the moment of a change leaves one password, and no session of another', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await person(server, 'Ada')
      await ask(ada.email)
      const token = await tokenTo(ada.email, 'reset')
      const [reset, changed] = await Promise.all([
        confirm(token, `${fresh} 1`),
        change(ada, ada.password, `${fresh} 2`)
      ])
      // A change also ends the links of resets, and a reset the old password.
      const isReset = reset.status === 200
      expect([reset.status, changed.status]).toEqual(isReset ? [200, changed.status] : [410, 200])
      expect(isReset ? [401, 403] : [200]).toContain(changed.status)
      const [one, two] = [await login(ada.email, `${fresh} 1`), await login(ada.email, `${fresh} 2`)]
      expect([one.status, two.status]).toEqual(reset.status === 200 ? [201, 401] : [401, 201])
      expect(await isIn(ada)).toBe(changed.status === 200)
    }
  })

  it('at the moment of a login with the old password leaves that login no session', async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await person(server, 'Ada')
      await ask(ada.email)
      const token = await tokenTo(ada.email, 'reset')
      const [, ...logins] = await Promise.all([
        confirm(token),
        ...[1, 2, 3, 4].map(() => login(ada.email, ada.password))
      ])
      for (const { status, body } of logins) {
        if (status !== 201) continue
        expect((await call(server, 'GET', '/invite', {}, body.accessToken)).status).toBe(401)
      }
    }
  })

  it('is limited by address and by network, for known and unknown addresses alike', async () => {
    const strict = await startServer({ rateLimitFactor: 0.2, trustedProxies: ['127.0.0.1'] })
    try {
      const from = (ip: string, path: string, body: object) =>
        call(strict, 'POST', path, { body, headers: { 'x-forwarded-for': ip } })
      const ada = await person(strict, 'Ada')
      for (const email of [ada.email, newAddress()]) {
        expect((await from('203.0.113.1', '/password-reset', { email })).status).toBe(202)
        expectTooMany(await from('203.0.113.2', '/password-reset', { email }), 3600, 'accountMessages')
      }
      const many = await Promise.all(
        Array.from({ length: 10 }, () => from('203.0.113.3', '/password-reset', { email: newAddress() }))
      )
      expect(many.filter(({ status }) => status === 202)).toHaveLength(6)
      const guess = () => from('203.0.113.4', '/password-reset/confirm', { token: 'wrong', password: fresh })
      const guesses = await Promise.all(Array.from({ length: 8 }, guess))
      expect(guesses.filter(({ status }) => status === 410)).toHaveLength(6)
      expectTooMany(await guess(), 3600, 'wrongLinks')
      // Links of both kinds count together.
      expectTooMany(await ada.call('POST', '/user/verify', { body: {} }), 3600, 'accountMessages')
    } finally {
      await strict.stop()
    }
  })
})

describe('a new password', () => {
  it('asks for the old one, and ends every session but the one that made it', async () => {
    const ada = await person(server, 'Ada')
    const other = await signIn(server, ada.email, ada.password)
    const wrong = await change(ada, 'not the old password')
    expect([wrong.status, wrong.body.data.reason]).toEqual([403, 'wrong-old-password'])
    for (const body of [{ password: fresh }, { oldPassword: ada.password }, { password: 'short', oldPassword: 'x' }]) {
      expect((await ada.call('PATCH', `/user/${ada.id}`, { body })).status).toBe(400)
    }
    expect(await isIn(other)).toBe(true)
    const { body } = await ada.call('PATCH', `/user/${ada.id}`, {
      body: { name: 'Adele', password: fresh, oldPassword: ada.password }
    })
    expect([body.name, Object.keys(body)]).toEqual(['Adele', Object.keys(await ada.must('GET', `/user/${ada.id}`))])
    expect([await isIn(ada), await isIn(other)]).toEqual([true, false])
    expect((await login(ada.email, ada.password)).status).toBe(401)
    const third = await signIn(server, ada.email, fresh)
    expect(await isIn(third)).toBe(true)
    // The session that stayed ends with the next change of another one.
    expect((await change(third, fresh, 'the third password')).status).toBe(200)
    expect([await isIn(ada), await isIn(third)]).toEqual([false, true])
    expect(await db('session_ends').where({ userId: ada.id })).toHaveLength(1)
  })

  it('changes nothing when the old one is wrong, and ends links of resets when it is right', async () => {
    const ada = await person(server, 'Ada')
    await ask(ada.email)
    const token = await tokenTo(ada.email, 'reset')
    const body = { name: 'Adele', password: fresh, oldPassword: 'wrong' }
    expect((await ada.call('PATCH', `/user/${ada.id}`, { body })).status).toBe(403)
    expect((await ada.must('GET', `/user/${ada.id}`)).name).toBe('Ada')
    expect((await change(ada)).status).toBe(200)
    expect((await confirm(token)).status).toBe(410)
  })

  it('is compared in NFKC', async () => {
    const ada = await person(server, 'Ada')
    expect((await change(ada, ada.password, 'Ａ\u0065\u0301 very long password')).status).toBe(200)
    expect((await change(ada, 'A\u00e9 very long password', fresh)).status).toBe(200)
  })

  it('is refused after ten wrong old ones, and to guests', async () => {
    const strict = await startServer({ rateLimitFactor: 0.2 })
    try {
      const ada = await person(strict, 'Ada')
      expect((await change(ada, 'wrong')).status).toBe(403)
      expect((await change(ada, 'wrong')).status).toBe(403)
      expectTooMany(await change(ada), 900, 'wrongOldPasswords')
    } finally {
      await strict.stop()
    }
    expect((await change(await guest(server), 'none at all')).body.data.reason).toBe('not-for-guests')
  })
})

describe('the sockets of sessions that end', () => {
  it('hear stale and no more events, and their calls are 401; the one that made the change goes on', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const other = await signIn(server, ada.email, ada.password)
    const [mine, theirs] = [await SocketClient.open(server, ada.token), await SocketClient.open(server, other.token)]
    const heard: string[] = []
    let stale = 0
    theirs.socket.on('invite created', () => heard.push('theirs')).on('stale', () => (stale += 1))
    mine.socket.on('invite created', () => heard.push('mine')).on('stale', () => heard.push('stale'))
    const body = { password: fresh, oldPassword: ada.password }
    expect((await mine.call('patch', 'user', ada.id, body, {})).status).toBe(200)
    await expect.poll(() => stale).toBe(1)
    await bob.inviteToChannel(ada)
    await expect.poll(() => heard).toEqual(['mine'])
    const refused = await theirs.call('find', 'invite', {})
    expect([refused.status, refused.body.data.reason]).toEqual([401, 'bad-token'])
    expect((await mine.call('find', 'invite', {})).status).toBe(200)
    // A reset ends the session that was kept as well; a new sign-in on the same socket works.
    await ask(ada.email)
    await confirm(await tokenTo(ada.email, 'reset'), 'the third password')
    await expect.poll(() => heard).toEqual(['mine', 'stale'])
    expect((await mine.call('find', 'invite', {})).status).toBe(401)
    expect((await mine.signIn((await signIn(server, ada.email, 'the third password')).token)).status).toBe(200)
    expect((await mine.call('find', 'invite', {})).status).toBe(200)
    mine.close()
    theirs.close()
  })

  it('hear it when another process made the change, and when their user is gone', async () => {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const [one, two] = [await SocketClient.open(server, ada.token), await SocketClient.open(server, bob.token)]
    const stale: string[] = []
    one.socket.on('stale', () => stale.push('Ada'))
    two.socket.on('stale', () => stale.push('Bob'))
    await db('session_ends').insert({ userId: ada.id, endedAt: db.raw('clock_timestamp()') })
    await expect.poll(() => stale).toEqual(['Ada'])
    await db('users').where({ id: bob.id }).delete()
    await expect.poll(() => stale).toEqual(['Ada', 'Bob'])
    one.close()
    two.close()
  })
})
