// Delivery: what is queued by the transaction that creates or resends is taken to a carrier, tried again when that
// fails, once, and never for an invite that has ended.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { sweeps } from '../src/app.js'
import type { Carrier, Message, MessageKind, Outcome, OutboxEntry } from '../src/delivery/message.js'
import { enqueue } from '../src/delivery/outbox.js'
import { DeliveryWorker, type DeliveryOptions } from '../src/delivery/worker.js'
import { inviteMessages } from '../src/services/invite/delivery/compose.js'
import { plainName } from '../src/words/plain-name.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { Sweeper } from '../src/sweeper.js'
import { admin, call, newAddress, person, type Person } from './support/people.js'
import { onPostgres, useServer } from './support/server.js'

// Its own worker rests, so that each test sends with a carrier that does what the test is about.
const server = await useServer()
const { db } = server
const resting = server.app.get('outbox') as DeliveryWorker
await resting.stop()

const workers: DeliveryWorker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
  // The next test's carrier must not get the messages that this one leaves queued.
  await db('outbox').where({ status: 'queued' }).update({ status: 'failed' })
})

/** A worker as the service runs it. It looks again only when it is woken. */
function work(carrier: Carrier): DeliveryWorker {
  const [logger, tokens] = [server.app.get('logger'), server.app.get('tokens')]
  const invites = inviteMessages({
    key: tokens.keyFor('delivery'),
    stopKey: tokens.keyFor('unsubscribe'),
    publicUrl: () => server.url,
    defaultLocale: 'en',
    timeZone: 'UTC'
  })
  return begin({ db, logger, carriers: { email: carrier, sms: carrier }, kinds: [invites] })
}

function begin(options: DeliveryOptions): DeliveryWorker {
  const worker = new DeliveryWorker({ pollMs: 3_600_000, ...options })
  workers.push(worker)
  worker.start()
  return worker
}

/** Keeps what it is given; fails the first times. */
function recording(failures = 0) {
  const sent: Message[] = []
  let calls = 0
  const carrier: Carrier = {
    async send(message) {
      calls += 1
      if (calls <= failures) throw new Error('450 mailbox busy')
      sent.push(message)
      return undefined
    }
  }
  return { carrier, sent, calls: () => calls }
}

const mailed = (inviter: Person, more: object = {}) =>
  inviter.invite({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email', ...more })
const message = (inviteId: string) => db('outbox').where({ subjectId: inviteId }).orderBy('createdAt').orderBy('id')
const deliveryOf = async (who: Person, id: string) => (await who.must<Invite>('GET', `/invite/${id}`)).delivery
const isDue = (inviteId: string) =>
  db('outbox')
    .where({ subjectId: inviteId, status: 'queued' })
    .update({ nextAttemptAt: db.raw(`clock_timestamp() - interval '1 second'`) })
const passcodeIn = ({ text }: Pick<Message, 'text'>) => /#passcode=([\w-]+)/.exec(text)?.[1] ?? ''
/** A time as a message tells it. */
const inWords = (time: string | null) => {
  const months = 'January February March April May June July August September October November December'.split(' ')
  const date = new Date(time ?? '')
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} at ${date.toISOString().slice(11, 16)} UTC`
}

/** The same in a short message: with the year only when it is another one. */
const shortly = (time: string | null) => {
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec'.split(' ')
  const date = new Date(time ?? '')
  const year = date.getUTCFullYear() === new Date().getUTCFullYear() ? '' : ` ${date.getUTCFullYear()}`
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}${year}, ${date.toISOString().slice(11, 16)} UTC`
}

/** As eagerly as a mail program can be: schemes, hosts of two words, hosts after an `@`, folders of other machines. */
const autolink =
  /[a-z][a-z\d+.-]*:\/\/\S+|(?:mailto|tel|javascript):\S+|\S+@\S+|\+?(?:\d[\s().-]*){9,}|\\\\\S+|[\p{L}\p{N}-]+[.․。．｡][\p{L}\p{N}]\S*/iu
const misleading = [
  'Win today at https://prize.example.com/now',
  'www.example.com',
  'example.com',
  'HTTP://EXAMPLE.COM',
  'prize.example.com:8080/now?x=1#y',
  'bob@example.com',
  'bob@localhost',
  'mailto:bob@example.com',
  'tel:+490000000',
  'ftp://10.0.0.1/',
  '10.0.0.1',
  'пример.рф',
  'bücher.example',
  'example。com',
  'example．com',
  'example｡com',
  'https：//example。com',
  'a.b.c.d.example',
  '(example.com)',
  '“x.example”',
  'javascript:alert(1)',
  '\\\\server\\share',
  'https:\\\\example.com',
  '🎁.ws',
  'file:///etc',
  'example﹒com',
  'Call +1 (900) 555-0199 now',
  '0900 555 01 99'
]
const ordinary = [
  'Ada',
  'J. R. Smith',
  'Dr. Who',
  'Anne-Marie',
  'O’Neil',
  "O'Neil",
  'AC/DC',
  'Smith, John Jr.',
  'Wait...',
  'Acme Inc., Ltd.',
  'Club: the first',
  'At 12:30',
  'Me @ home',
  '@ada',
  'Straße 1/2',
  '王小明',
  'محمد علي',
  '👩‍🚀 Kim',
  '50 % off: never',
  'Summer 2026-12-05',
  'Room 1234567'
]

const actions = (inviteId: string) => db('invite_history').where({ inviteId }).orderBy('id').pluck('action')

describe('a message', () => {
  it('goes from queued to sent, and carries the link, whose passcode is in no table', async () => {
    const inviter = await person(server, 'Ada')
    const channel = await inviter.channel('Tea room')
    const invite = await mailed(inviter, { inviteType: 'channel', targetObjectId: channel.id })
    expect(invite.delivery).toEqual({ status: 'queued', reason: null, attempts: 0, lastAttemptAt: null })
    const { carrier, sent } = recording()
    work(carrier)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 1 })
    expect(sent).toHaveLength(1)
    const [only] = sent
    expect(only).toMatchObject({ medium: 'email', recipient: invite.token })
    expect(only?.subject).toContain('Ada invites you to the channel “Tea room”')
    const passcode = only ? passcodeIn(only) : ''
    expect(only?.text).toContain(`${server.url}/i/${invite.id}#passcode=${passcode}`)
    expect((await call(server, 'POST', `/invite/${invite.id}/preview`, { body: { passcode } })).status).toBe(200)
    const tables = await Promise.all(['invites', 'outbox', 'invite_history'].map((table) => db(table)))
    expect(JSON.stringify(tables)).not.toContain(passcode)
    expect(await message(invite.id)).toMatchObject([{ status: 'sent', attempts: 1 }])
    expect(await actions(invite.id)).toEqual(['created', 'delivered', 'previewed'])
  })

  it('to a phone is short, and one line', async () => {
    const inviter = await person(server, 'Ada')
    const number = `+4917${Math.floor(10_000_000 + Math.random() * 89_999_999)}`
    const invite = await mailed(inviter, { token: number, identityProviderType: 'sms' })
    const { carrier, sent } = recording()
    work(carrier)
    await expect.poll(() => sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ medium: 'sms', recipient: number })
    const shortId = Buffer.from(invite.id.replaceAll('-', ''), 'hex').toString('base64url')
    const link = `${server.url}/i/${shortId}#${passcodeIn({ text: sent[0]?.link ?? '' })}`
    expect(sent[0]?.text).toBe(`Ada invites you to be friends: ${link} (until ${shortly(invite.expiresAt)})`)
  })

  it.each(['email', 'sms'])(
    'by %s says until when the invite is good, and from when if it opens later',
    async (medium) => {
      const inviter = await person(server)
      const token = medium === 'sms' ? `+4917${Math.floor(10_000_000 + Math.random() * 89_999_999)}` : newAddress()
      const to = { token, identityProviderType: medium }
      const tells = medium === 'sms' ? shortly : inWords
      const { carrier, sent } = recording()
      const worker = work(carrier)
      const textOf = async ({ id }: Invite) => {
        worker.wake()
        await expect.poll(() => message(id)).toMatchObject([{ status: 'sent' }])
        const [{ recipient }] = await message(id)
        return sent.findLast((one) => one.recipient === recipient)?.text
      }
      const expiresAt = new Date(Date.now() + 20 * 86_400_000).toISOString()
      expect(await textOf(await mailed(inviter, { ...to, expiresAt }))).toContain(`until ${tells(expiresAt)}`)
      const window = { timed: true, startTime: '2098-01-31T08:05:59.999Z', endTime: '2098-12-01T00:00:00+02:00' }
      const { id: targetObjectId } = await inviter.channel()
      const timed = await mailed(inviter, { ...to, ...window, inviteType: 'channel', targetObjectId })
      expect(await textOf(timed)).toContain(
        medium === 'sms'
          ? '(31 Jan 2098, 08:05 - 30 Nov 2098, 22:00 UTC)'
          : 'from 31 January 2098 at 08:05 UTC until 30 November 2098 at 22:00 UTC'
      )
      const { endTime } = window
      const open = await mailed(inviter, {
        ...to,
        timed: true,
        endTime,
        inviteType: 'channel',
        targetObjectId: (await inviter.channel()).id
      })
      expect(await textOf(open)).toContain(`until ${tells('2098-11-30T22:00:00.000Z')}`)
    }
  )

  it.each(misleading)('shows the name %j without a link, in subject and text', async (name) => {
    const inviter = await person(server)
    await inviter.must('PATCH', `/user/${inviter.id}`, { name })
    const { id: targetObjectId } = await inviter.channel(name)
    const { carrier, sent } = recording()
    const worker = work(carrier)
    for (const token of [newAddress(), `+4917${Math.floor(10_000_000 + Math.random() * 89_999_999)}`]) {
      const identityProviderType = token.startsWith('+') ? 'sms' : 'email'
      const invite = await mailed(inviter, { inviteType: 'channel', targetObjectId, token, identityProviderType })
      worker.wake()
      await expect.poll(() => message(invite.id)).toMatchObject([{ status: 'sent' }])
      const { subject = '', text = '' } = sent.find((one) => one.recipient === token) ?? {}
      expect(subject.match(autolink)).toBeNull()
      // The invite's own link is the only one, and in an e-mail the one that stops such messages.
      const own =
        identityProviderType === 'email' ? [`${server.url}/i/`, `${server.url}/unsubscribe/`] : [`${server.url}/i/`]
      expect(text.match(new RegExp(autolink, 'gi'))).toEqual(own.map((start) => expect.stringContaining(start)))
      // Every letter of the name is still there; a short message may have no room for all.
      const times = identityProviderType === 'email' ? 2 : 0
      const letters = (said: string) => said.replace(/[\s,().-]/g, '')
      expect(letters(text).split(letters(name)).length - 1).toBeGreaterThanOrEqual(times)
    }
  })

  it.each(ordinary)('shows the name %j as it is', (name) => {
    expect(plainName(name)).toBe(name)
  })

  it('that the carrier refuses stays queued, is tried again later, and is sent then', async () => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    const { carrier, sent, calls } = recording(2)
    const worker = work(carrier)
    for (const attempts of [1, 2]) {
      await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued', attempts })
      const [row] = await message(invite.id)
      expect([row.status, row.attempts, row.nextAttemptAt > new Date().toISOString()]).toEqual([
        'queued',
        attempts,
        true
      ])
      worker.wake()
      await isDue(invite.id)
      worker.wake()
    }
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 3 })
    expect([calls(), sent.length]).toEqual([3, 1])
    expect(await actions(invite.id)).toEqual(['created', 'deferred', 'deferred', 'delivered'])
  })

  it('is given up after fifteen attempts, and a resend begins anew', async () => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    await db('outbox').where({ subjectId: invite.id }).update({ attempts: 14 })
    const { carrier, sent, calls } = recording(1)
    const worker = work(carrier)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'failed' })
    await isDue(invite.id)
    worker.wake()
    await worker.stop()
    expect([calls(), sent.length]).toEqual([1, 0])
    expect(await actions(invite.id)).toEqual(['created', 'gave-up'])

    const resent = await inviter.must<Invite>('POST', `/invite/${invite.id}/resend`, {})
    expect(resent.delivery?.status).toBe('queued')
    work(carrier)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent' })
    expect(sent).toHaveLength(1)
  })

  it('never touches updatedAt, so that what somebody has read can still be patched', async () => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    const { carrier } = recording()
    work(carrier)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent' })
    const read = await inviter.must<Invite>('GET', `/invite/${invite.id}`)
    expect(read.updatedAt).toBe(invite.updatedAt)
    expect(Date.parse(read.delivery?.lastAttemptAt ?? '')).toBeGreaterThanOrEqual(Date.parse(invite.createdAt))
    const patched = await inviter.patch({ id: invite.id, updatedAt: invite.updatedAt }, { spawnType: 'spectate' })
    expect(patched.body).toHaveLength(1)
  })

  it('is seen on its way by inviter and administrators, by nobody else', async () => {
    const [inviter, owner, boss] = await Promise.all([person(server), person(server), admin(server)])
    await db('identity_providers').where({ userId: owner.id }).update({ verified: true })
    const invite = await mailed(inviter, { token: owner.email })
    expect(await deliveryOf(boss, invite.id)).toMatchObject({ status: 'queued' })
    await expect.poll(() => owner.call('GET', `/invite/${invite.id}`)).toMatchObject({ status: 200 })
    expect(await deliveryOf(owner, invite.id)).toBeNull()
    const { id } = await inviter.bearerLink()
    expect(await deliveryOf(inviter, id)).toEqual({ status: 'none', reason: null, attempts: 0, lastAttemptAt: null })
  })
})

describe('a message is not sent', () => {
  it.each([
    ['revoked', (inviter: Person, id: string) => inviter.must('DELETE', `/invite/${id}`)],
    ['revoked by a filter', (inviter: Person) => inviter.must('DELETE', `/invite?userId=${inviter.id}`)],
    [
      'expired',
      async (_inviter: Person, id: string) => {
        await db('invites')
          .where({ id })
          .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 second'`) })
      }
    ],
    ['removed', (_inviter: Person, id: string) => db('invites').where({ id }).delete()]
  ])('for an invite that was %s before', async (_name, end) => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    await end(inviter, invite.id)
    const { carrier, calls } = recording()
    work(carrier)
    await expect.poll(() => message(invite.id)).toMatchObject([{ status: 'superseded', attempts: 0 }])
    expect(calls()).toBe(0)
    expect((await actions(invite.id)).includes('delivered')).toBe(false)
    const left = () => db('invites').where({ id: invite.id }).pluck('deliveryStatus')
    await expect.poll(left).not.toContain('queued')
  })

  it('with a passcode that a resend has killed: only the new one is', async () => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    await inviter.must('POST', `/invite/${invite.id}/resend`, {})
    const { carrier, sent } = recording()
    work(carrier)
    await expect.poll(() => message(invite.id)).toMatchObject([{ status: 'superseded' }, { status: 'sent' }])
    expect(sent).toHaveLength(1)
    const passcode = sent[0] ? passcodeIn(sent[0]) : ''
    expect((await call(server, 'POST', `/invite/${invite.id}/preview`, { body: { passcode } })).status).toBe(200)
  })

  it('for a creation that was refused', async () => {
    const inviter = await person(server)
    const good = { inviteType: 'friend', token: newAddress(), identityProviderType: 'email' }
    const reply = await inviter.call('POST', '/invite', { body: [good, { ...good, inviteType: 'channel' }] })
    expect(reply.status).toBe(400)
    const twins = await inviter.call('POST', '/invite', { body: [good, good] })
    expect(twins.status).toBe(409)
    expect(await db('outbox').where({ recipient: good.token })).toEqual([])
  })

  it('twice by workers that look at once', async () => {
    const inviter = await person(server)
    const data = Array.from({ length: 20 }, () => ({
      inviteType: 'friend',
      token: newAddress(),
      identityProviderType: 'email'
    }))
    const made = await inviter.must<Invite[]>('POST', '/invite', data)
    const { carrier, sent } = recording()
    for (const _ of [1, 2, 3]) work(carrier)
    await expect.poll(() => sent.length).toBe(20)
    await Promise.all(workers.map((worker) => worker.stop()))
    expect(new Set(sent.map(({ recipient }) => recipient))).toEqual(new Set(made.map(({ token }) => token)))
    expect(sent).toHaveLength(20)
  })
})

describe('a carrier that takes its time', () => {
  /** Sends when it is told to. */
  function slow() {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const sent: Message[] = []
    const carrier: Carrier = {
      async send(one) {
        sent.push(one)
        if (sent.length === 1) await finished
      }
    }
    return { carrier, sent, finish }
  }

  it('keeps nobody waiting, and no other worker sends its message meanwhile', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await mailed(inviter)
    const { carrier, sent, finish } = slow()
    work(carrier)
    await expect.poll(() => sent).toHaveLength(1)
    // The embedded database has one connection, which a worker must not hold now.
    const other = await inviter.inviteToChannel(invitee)
    expect((await invitee.accept(other.id)).status).toBe(200)
    expect(await deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued', attempts: 0 })
    const second = work(carrier)
    await second.stop()
    expect(sent).toHaveLength(1)
    finish()
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 1 })
  })

  it('does not speak for a resend that came meanwhile', async () => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    const { carrier, sent, finish } = slow()
    const worker = work(carrier)
    await expect.poll(() => sent).toHaveLength(1)
    await inviter.must('POST', `/invite/${invite.id}/resend`, {})
    void worker.stop()
    finish()
    await expect.poll(() => message(invite.id)).toMatchObject([{ status: 'sent' }, { status: 'queued' }])
    expect(await deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued' })
    work(carrier)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent' })
    expect(sent).toHaveLength(2)
  })

  it('and dies leaves its message to the next worker, at the end of its lease', async () => {
    const inviter = await person(server)
    const invite = await mailed(inviter)
    const dead = slow()
    const worker = work(dead.carrier)
    await expect.poll(() => dead.sent).toHaveLength(1)
    const { carrier, sent } = recording()
    const next = work(carrier)
    await expect
      .poll(async () => (await message(invite.id))[0].nextAttemptAt > new Date(Date.now() + 30_000).toISOString())
      .toBe(true)
    expect(sent).toEqual([])
    await isDue(invite.id)
    next.wake()
    await expect.poll(() => sent).toHaveLength(1)
    dead.finish()
    await worker.stop()
  })
})

describe('a message of another kind', () => {
  const logger = server.app.get('logger')
  const greeting = (more: Partial<OutboxEntry> = {}): OutboxEntry => ({
    kind: 'greeting',
    medium: 'email',
    recipient: newAddress(),
    subjectId: crypto.randomUUID(),
    payload: { name: 'Ada' },
    ...more
  })
  /** A kind that another service might own. It keeps the outcomes that it is told. */
  function greetings() {
    const outcomes: Outcome['status'][] = []
    const kind: MessageKind = {
      name: 'greeting',
      compose: async (_db, { payload }) => {
        const { name } = payload as { name: string }
        return name === 'gone' ? 'superseded' : { subject: 'Hello', text: `Hello ${name}` }
      },
      settle: async (_trx, _row, outcome) => void outcomes.push(outcome.status)
    }
    return { kind, outcomes }
  }
  const statusOf = (recipient: string) => db('outbox').where({ recipient }).select('status', 'attempts')

  it('is composed and settled by the owner of its kind', async () => {
    const { kind, outcomes } = greetings()
    const { carrier, sent } = recording(1)
    const [first, gone] = [greeting(), greeting({ payload: { name: 'gone' } })]
    await enqueue(db, first)
    const worker = begin({ db, logger, carriers: { email: carrier }, kinds: [kind] })
    await expect.poll(() => statusOf(first.recipient)).toEqual([{ status: 'queued', attempts: 1 }])
    await isDue(first.subjectId)
    worker.wake()
    await expect.poll(() => statusOf(first.recipient)).toEqual([{ status: 'sent', attempts: 2 }])
    await enqueue(db, gone)
    worker.wake()
    await expect.poll(() => statusOf(gone.recipient)).toEqual([{ status: 'superseded', attempts: 0 }])
    expect(sent).toMatchObject([{ medium: 'email', recipient: first.recipient, subject: 'Hello', text: 'Hello Ada' }])
    expect(outcomes).toEqual(['queued', 'sent', 'superseded'])
  })

  it('stays queued and untouched while its medium has no carrier, or its kind no owner', async () => {
    const { carrier, sent } = recording()
    const waiting = [greeting({ medium: 'sms' }), greeting({ kind: 'unknown' })]
    for (const one of waiting) await enqueue(db, one)
    const recipients = waiting.map(({ recipient }) => recipient)
    const rows = () => db('outbox').whereIn('recipient', recipients).orderBy('id')
    const before = await rows()
    expect(before).toMatchObject([{ status: 'queued' }, { status: 'queued' }])
    const later = greeting()
    await enqueue(db, later)
    const worker = begin({ db, logger, carriers: { email: carrier }, kinds: [greetings().kind] })
    await expect.poll(() => statusOf(later.recipient)).toEqual([{ status: 'sent', attempts: 1 }])
    await worker.stop()
    expect(await rows()).toEqual(before)
    expect(sent).toHaveLength(1)
  })
})

describe('without a carrier', async () => {
  const silent = await useServer({ mailFile: '' })
  const queuedFor = (recipient: string | null) => silent.db('outbox').where({ recipient: recipient ?? '' })

  it('the service is ready, and says so', async () => {
    expect((await call(silent, 'GET', '/health/ready')).body).toEqual({
      status: 'ok',
      carriers: { email: 'none', sms: 'none' }
    })
    expect((await call(server, 'GET', '/health/ready')).body.carriers).toEqual({ email: 'set', sms: 'set' })
  })

  it('no message is queued, and the delivery says so; a resend queues one when there is a carrier', async () => {
    const inviter = await person(silent)
    const channel = await inviter.channel()
    const invite = await mailed(inviter, { inviteType: 'channel', targetObjectId: channel.id })
    const none = { status: 'none', reason: 'no-carrier', attempts: 0, lastAttemptAt: null }
    expect([invite.passcode, invite.delivery]).toEqual([null, none])
    const resent = await inviter.must<Invite>('POST', `/invite/${invite.id}/resend`, {})
    expect(resent.delivery).toEqual(none)
    expect(await queuedFor(invite.token)).toEqual([])

    // As if the service had been started again, with a carrier.
    const outbox = silent.app.get('outbox')
    const { carries } = outbox
    outbox.carries = () => true
    await silent.db('invites').where({ id: invite.id }).update({ resentAt: null })
    const again = await inviter.must<Invite>('POST', `/invite/${invite.id}/resend`, {})
    outbox.carries = carries
    expect(again.delivery).toEqual({ ...none, status: 'queued', reason: null })
    expect(await queuedFor(invite.token)).toMatchObject([{ status: 'queued', subjectId: invite.id }])
  })
})

describe('a message that has waited for more than seven days', () => {
  it('is not sent any more: it has failed, and so has the delivery', async () => {
    const inviter = await person(server)
    const [old, young] = [await mailed(inviter), await mailed(inviter)]
    const age = (id: string, text: string) =>
      db('outbox')
        .where({ subjectId: id })
        .update({ createdAt: db.raw(`clock_timestamp() - interval '${text}'`) })
    await age(old.id, '7 days 1 minute')
    await age(young.id, '6 days 23 hours')
    const { carrier, sent } = recording()
    work(carrier)
    await expect.poll(() => deliveryOf(inviter, young.id)).toMatchObject({ status: 'sent' })
    expect(sent.map(({ recipient }) => recipient)).toEqual([young.token])
    await new Sweeper(server.app.get('logger'), sweeps(db, resting)).sweep()
    expect(await message(old.id)).toMatchObject([{ status: 'failed', attempts: 0 }])
    expect(await deliveryOf(inviter, old.id)).toEqual({
      status: 'failed',
      reason: 'gave-up',
      attempts: 0,
      lastAttemptAt: null
    })
    expect((await inviter.must<Invite>('POST', `/invite/${old.id}/resend`, {})).delivery?.status).toBe('queued')
  })
})

describe('with MAIL_FILE', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'invite-mail-'))
  const mailFile = join(directory, 'not there yet', 'mail.txt')
  const mailing = await useServer({ mailFile })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('what could not be written is written when it can be', async () => {
    const inviter = await person(mailing)
    const invite = await mailed(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued', attempts: 1 })
    expect(existsSync(mailFile)).toBe(false)
    mkdirSync(dirname(mailFile))
    await mailing
      .db('outbox')
      .where({ subjectId: invite.id })
      .update({ nextAttemptAt: mailing.db.raw(`clock_timestamp() - interval '1 second'`) })
    await mailed(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 2 })
    const text = readFileSync(mailFile, 'utf8')
    const [row] = await mailing.db('outbox').where({ subjectId: invite.id })
    expect(text).toContain(`Message-Id: <${row.id}>`)
    expect(text).toContain(`To: ${invite.token}`)
    expect(text.match(new RegExp(`/i/${invite.id}#passcode=`, 'g'))).toHaveLength(1)
  })
})

describe('the sweeper', () => {
  it('writes down what has expired, forgets old answers and messages, and keeps those that are still to be sent', async () => {
    const inviter = await person(server)
    const [expired, waiting] = [await mailed(inviter), await mailed(inviter)]
    await db('invites')
      .where({ id: expired.id })
      .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 second'`) })
    const key = { caller: `user:${inviter.id}`, path: 'invite', bodyHash: '', answer: '{}', status: 201 }
    await db('idempotency_keys').insert([
      { ...key, key: 'old', createdAt: db.raw(`clock_timestamp() - interval '25 hours'`) },
      { ...key, key: 'young' }
    ])
    await db('outbox')
      .where({ subjectId: expired.id })
      .update({ status: 'sent', createdAt: db.raw(`clock_timestamp() - interval '31 days'`) })

    const sweeper = new Sweeper(server.app.get('logger'), sweeps(db, resting))
    await Promise.all([sweeper.sweep(), sweeper.sweep()])
    expect(await db('invites').where({ id: expired.id }).first('status')).toEqual({ status: 'expired' })
    expect(await actions(expired.id)).toEqual(['created', 'expired'])
    expect(await actions(waiting.id)).toEqual(['created'])
    expect(await db('idempotency_keys').where({ caller: key.caller }).pluck('key')).toEqual(['young'])
    const kept = await db('outbox').whereIn('subjectId', [expired.id, waiting.id])
    expect(kept.map(({ subjectId, status }) => [subjectId, status])).toEqual([[waiting.id, 'queued']])
  })

  it.runIf(onPostgres)('waits for nobody: what somebody is at stays for the next time', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const invite = await inviter.inviteToChannel(invitee)
    await db('invites')
      .where({ id: invite.id })
      .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 second'`) })
    const lock = await db.transaction()
    await lock.raw('select 1 from invites where id = ? for update', [invite.id])
    const sweeper = new Sweeper(server.app.get('logger'), sweeps(db, resting))
    await sweeper.sweep()
    expect((await db('invites').where({ id: invite.id }).first('status')).status).toBe('pending')
    await lock.rollback()
    await sweeper.sweep()
    expect((await db('invites').where({ id: invite.id }).first('status')).status).toBe('expired')
  })
})
