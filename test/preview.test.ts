// A preview tells its reader for whom the invite is, whether it is open, and how the reader stands to it. Its answer
// agrees with what accept, decline and a registration then do.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { admin, call, guest, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { expectTooMany } from './support/too-many.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()
const { db } = server

const preview = (id: string, passcode: string, who?: Person, headers: Record<string, string> = {}) =>
  call(server, 'POST', `/invite/${id}/preview`, { body: { passcode }, headers }, who?.token)

/** An invite by mail or text message, and its passcode. */
async function mailed(inviter: Person, token: string, more: object = {}) {
  const identityProviderType = token.startsWith('+') ? 'sms' : 'email'
  const invite = await inviter.invite({ inviteType: 'friend', token, identityProviderType, ...more })
  return { ...invite, passcode: await server.mailedPasscode(invite.id) }
}

const people = () => Promise.all([person(server, 'Ada'), person(server, 'Bob'), person(server, 'Cy')])
const register = () => ({ name: 'Newcomer', email: newAddress(), password: 'a password of some length' })
const block = (who: Person, whom: Person) =>
  who.must('POST', '/user-relationship', { relatedUserId: whom.id, userRelationshipType: 'blocking' })

describe('a preview of a link', () => {
  it('has these keys in this order, and tells nothing of who invites but the name', async () => {
    const [ada] = await people()
    const link = await ada.bearerLink()
    const { text, body } = await preview(link.id, link.passcode)
    expect(text).toBe(
      JSON.stringify({
        id: link.id,
        inviteType: 'channel',
        inviterName: 'Ada',
        targetName: link.channelName,
        startTime: null,
        endTime: null,
        expiresAt: link.expiresAt,
        recipient: 'bearer',
        recipientHint: null,
        canDecline: false,
        open: true,
        now: body.now,
        registration: true,
        you: null
      })
    )
    for (const secret of [link.passcode, ada.id, ada.email]) expect(text).not.toContain(secret)
    expect(new Date(body.now).toISOString()).toBe(body.now)
    const { rows } = await db.raw('select clock_timestamp()::timestamptz(3) as now')
    expect(Math.abs(Date.parse(rows[0].now) - Date.parse(body.now))).toBeLessThan(5000)
  })

  it('knows its inviter from those who may take it, guests as well', async () => {
    const [ada, bob] = await people()
    const [boss, visitor] = await Promise.all([admin(server), guest(server)])
    const link = await ada.bearerLink({ maxUses: 9 })
    const told = await Promise.all([ada, bob, boss, visitor].map((who) => preview(link.id, link.passcode, who)))
    expect(told.map(({ body }) => body.you)).toEqual(['inviter', 'invitee', 'invitee', 'invitee'])
    const statuses = []
    for (const who of [ada, bob, boss, visitor]) {
      statuses.push((await who.accept(link.id, { passcode: link.passcode })).status)
    }
    expect(statuses).toEqual([403, 200, 200, 200])
    expect(
      (await call(server, 'POST', `/invite/${link.id}/decline`, { body: { passcode: link.passcode } })).status
    ).toBe(403)
  })

  it('is for no user where it makes an account, and for no user whom the inviter blocks', async () => {
    const [ada, bob, cy] = await people()
    const visitor = await guest(server)
    const newcomers = await ada.invite({ inviteType: 'new-user', maxUses: 2 })
    const passcode = String(newcomers.passcode)
    for (const who of [bob, visitor]) {
      const { body } = await preview(newcomers.id, passcode, who)
      expect([body.you, body.registration]).toEqual(['other', true])
      expect((await who.accept(newcomers.id, { passcode })).body.data.reason).toBe('account-exists')
    }
    expect((await preview(newcomers.id, passcode, ada)).body.you).toBe('inviter')
    const joined = await call(server, 'POST', `/invite/${newcomers.id}/accept`, {
      body: { passcode, register: register() }
    })
    expect(joined.status).toBe(201)

    const link = await ada.bearerLink()
    await block(ada, cy)
    expect((await preview(link.id, link.passcode, cy)).body.you).toBe('other')
    expect((await cy.accept(link.id, { passcode: link.passcode })).status).toBe(404)
    await block(bob, ada)
    expect((await preview(link.id, link.passcode, bob)).status).toBe(404)
    expect((await preview(link.id, link.passcode)).status).toBe(200)
  })

  it('says whether its window has begun', async () => {
    const [ada, bob] = await people()
    const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
    const early = await ada.bearerLink({ timed: true, startTime: at(600), endTime: at(1200) })
    const now = await ada.bearerLink({ timed: true, startTime: at(-600), endTime: at(1200) })
    const endless = await ada.bearerLink({ startTime: at(600), endTime: at(1200) })
    const told = await Promise.all([early, now, endless].map(({ id, passcode }) => preview(id, passcode, bob)))
    expect(told.map(({ body }) => [body.open, body.you])).toEqual([
      [false, 'invitee'],
      [true, 'invitee'],
      [true, 'invitee']
    ])
    expect((await bob.accept(early.id, { passcode: early.passcode })).status).toBe(410)
  })
})

describe('a preview of an invite to an address', () => {
  it('knows the account that has verified the address: it accepts, and no account can be made', async () => {
    const [ada, bob, cy] = await people()
    const boss = await admin(server)
    await verifyAddress(server, bob)
    const invite = await mailed(ada, bob.email)
    for (const [who, you] of [
      [undefined, null],
      [ada, 'inviter'],
      [bob, 'invitee'],
      [cy, 'other'],
      [boss, 'other']
    ] as const) {
      const { body, text } = await preview(invite.id, invite.passcode, who)
      expect([body.recipient, body.canDecline, body.registration, body.you]).toEqual(['email', true, false, you])
      expect(text).not.toContain(bob.email)
    }
    const accept = (body: object, who?: Person) =>
      call(server, 'POST', `/invite/${invite.id}/accept`, { body: { passcode: invite.passcode, ...body } }, who?.token)
    const { email: _, ...newcomer } = register()
    expect((await accept({ register: newcomer })).status).toBe(401)
    expect([(await accept({}, cy)).status, (await accept({}, boss)).status, (await accept({}, ada)).status]).toEqual([
      403, 403, 403
    ])
    expect((await accept({}, bob)).status).toBe(200)
  })

  it('knows an account that has the address unverified, and changes nothing of it', async () => {
    const [ada, bob] = await people()
    const invite = await mailed(ada, bob.email)
    const { body } = await preview(invite.id, invite.passcode, bob)
    expect([body.registration, body.you]).toEqual([true, 'invitee'])
    expect(await db('identity_providers').where({ userId: bob.id, verified: true })).toEqual([])
    // The mailed passcode alone makes it so.
    expect((await bob.accept(invite.id)).status).toBe(404)
    expect((await bob.accept(invite.id, { passcode: invite.passcode })).status).toBe(200)
  })

  it('is declined by who holds it, as it says', async () => {
    const [ada] = await people()
    const invite = await mailed(ada, newAddress())
    expect((await preview(invite.id, invite.passcode)).body.canDecline).toBe(true)
    const declined = await call(server, 'POST', `/invite/${invite.id}/decline`, { body: { passcode: invite.passcode } })
    expect(declined.status).toBe(200)
    const late = await preview(invite.id, invite.passcode)
    expect([late.status, late.body.data.reason]).toEqual([409, 'declined'])
  })

  it('does not exist when the owner of the address blocks the inviter', async () => {
    const [ada, bob, cy] = await people()
    await verifyAddress(server, bob)
    const invite = await mailed(ada, bob.email)
    await block(bob, ada)
    for (const who of [undefined, bob, cy]) expect((await preview(invite.id, invite.passcode, who)).status).toBe(404)
  })

  it.each([
    ['ivy.long-name@example.com', 'i•••@e•••.com'],
    ['i@example.com', '•••@e•••.com'],
    ['ivy@x.com', 'i•••@•••.com'],
    ['q@z.de', '•••@•••.de'],
    ['ivy@mail.example.co.uk', 'i•••@m•••.uk'],
    ['ivy@grün.example.com', 'i•••@g•••.com'],
    ['ivy@über.example', 'i•••@ü•••.example'],
    ['ivy@中.example', 'i•••@•••.example'],
    ['ivy@xn--80ak6aa92e.xn--p1ai', 'i•••@а•••.рф'],
    ['+4917012345689', '+49•••89'],
    ['+123456789', '+12•••89'],
    ['+12345678', '+12•••78'],
    ['+1234567', '+12•••']
  ])('shows %s as %s', async (token, hint) => {
    const ada = await person(server)
    const invite = await mailed(ada, token)
    const { body } = await preview(invite.id, invite.passcode)
    expect([body.recipient, body.recipientHint]).toEqual([token.startsWith('+') ? 'sms' : 'email', hint])
  })
})

describe('the token beside a passcode', () => {
  it.each([
    ['garbage', 'Bearer garbage'],
    ['no scheme', 'garbage'],
    ['another scheme', 'Basic YTpi'],
    ['two words', 'Bearer a b'],
    ['an empty one', 'Bearer ']
  ])('is ignored when it is %s', async (_what, authorization) => {
    const [ada] = await people()
    const link = await ada.bearerLink()
    const reply = await preview(link.id, link.passcode, undefined, { authorization })
    expect([reply.status, reply.body.you]).toEqual([200, null])
    expect(reply.headers.get('www-authenticate')).toBeNull()
    // An unknown path and a body that is wrong are judged as without a token.
    const wrong = await call(server, 'POST', `/invite/${link.id}/preview`, { body: {}, headers: { authorization } })
    expect(wrong.status).toBe(400)
  })

  it('is ignored when its user is gone, over a socket that they opened before as well', async () => {
    const [ada, bob] = await people()
    const link = await ada.bearerLink()
    const client = await SocketClient.open(server, bob.token)
    const overSocket = () => client.call('create', `invite/${link.id}/preview`, { passcode: link.passcode }, {})
    expect((await overSocket()).body.you).toBe('invitee')
    await db('users').where({ id: bob.id }).del()
    server.app.get('callers').forget(bob.id)
    const [rest, socket] = [await preview(link.id, link.passcode, bob), await overSocket()]
    expect([rest.status, rest.body.you, socket.status, socket.body.you]).toEqual([200, null, 200, null])
    client.close()
  })

  it('is looked at over sockets as over REST', async () => {
    const [ada, bob] = await people()
    const link = await ada.bearerLink()
    for (const [token, you] of [
      [ada.token, 'inviter'],
      [bob.token, 'invitee'],
      [undefined, null]
    ] as const) {
      const client = await SocketClient.open(server, token)
      const { body } = await client.call('create', `invite/${link.id}/preview`, { passcode: link.passcode }, {})
      expect(body.you).toBe(you)
      client.close()
    }
  })

  it('says who looked, in the history, and who guessed: a bad one counts for the network', async () => {
    const [ada, bob] = await people()
    const link = await ada.bearerLink()
    await preview(link.id, link.passcode, bob)
    await preview(link.id, link.passcode, undefined, { authorization: 'Bearer garbage' })
    const history = await ada.must<{ action: string; userId: string | null }[]>('GET', `/invite/${link.id}/history`)
    expect(history.filter(({ action }) => action === 'previewed').map(({ userId }) => userId)).toEqual([bob.id, null])

    for (let n = 0; n < 5; n++) expect((await preview(link.id, 'wrong', bob)).status).toBe(404)
    expectTooMany(await preview(link.id, link.passcode, bob), 900, 'wrongPasscodes')
    // The count is that of accept.
    expectTooMany(await bob.accept(link.id, { passcode: link.passcode }), 900, 'wrongPasscodes')
    expect((await preview(link.id, link.passcode)).status).toBe(200)
    const garbage = { authorization: 'Bearer garbage' }
    for (let n = 0; n < 5; n++) expect((await preview(link.id, 'wrong', undefined, garbage)).status).toBe(404)
    expectTooMany(await preview(link.id, link.passcode), 900, 'wrongPasscodes')
  })

  it('leaves an unknown invite unknown', async () => {
    const [ada] = await people()
    const replies = [await preview(randomUUID(), 'wrong', ada), await preview(randomUUID(), 'wrong')]
    expect(replies.map(({ status }) => status)).toEqual([404, 404])
  })
})
