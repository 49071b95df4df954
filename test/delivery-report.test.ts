// What a provider reports later of a message that it had taken: the inviter reads it, and the address is left alone.
import { describe, expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import type { Invite } from '../src/services/invite/invite.table.js'
import { hashAddress } from '../src/services/invite/delivery/stop-list.js'
import { call, newAddress, person, type Person } from './support/people.js'
import { startServer, useServer } from './support/server.js'
import { messagesTo } from './support/stops.js'

const secret = `whsec_${Buffer.from('a shared secret of thirty bytes').toString('base64')}`
const server = await useServer({ deliveryReportSecret: secret, rateLimitFactor: 100 })
const { db } = server
const webhook = new Webhook(secret)
let reports = 0

interface Sent {
  at?: Date
  by?: Webhook
  id?: string
  /** Replaces what was signed. */
  body?: string
  headers?: Record<string, string>
}
function report(
  data: unknown,
  { at = new Date(), by = webhook, id = `msg_${(reports += 1)}`, body, headers }: Sent = {}
) {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return call(server, 'POST', '/delivery-report', {
    body: body ?? text,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': by.sign(id, at, text),
      ...headers
    }
  })
}

const to = (token: string) => ({ inviteType: 'friend', token, identityProviderType: 'email' })
const read = (who: Person, { id }: Invite) => who.must<Invite>('GET', `/invite/${id}`)
const historyOf = async (who: Person, { id }: Invite): Promise<{ action: string; answer: string | null }[]> =>
  who.must('GET', `/invite/${id}/history`)
const stopsOf = (address: string) => db('mail_stops').where({ address: hashAddress(address) })

/** An invitation that a carrier has taken, and its Message-ID. */
async function sent() {
  const ada = await person(server, 'Ada')
  const address = newAddress()
  const invite = await ada.invite(to(address))
  await expect.poll(async () => (await read(ada, invite)).delivery?.status).toBe('sent')
  const { id } = await db('outbox').where({ subjectId: invite.id }).first()
  return { ada, address, invite: await read(ada, invite), id, messageId: `<${id}@example.com>` }
}

describe('a report', () => {
  it.each(['bounced', 'complained'] as const)(
    'that a message %s is told to the inviter once, and stops invitations to the address',
    async (event) => {
      const { ada, address, invite, messageId, id } = await sent()
      const answer = '550 5.1.1 No such user here'
      const first = await report({ messageId, event, answer })
      expect([first.status, first.body]).toEqual([200, { applied: true }])
      const { delivery, updatedAt } = await read(ada, invite)
      expect(delivery).toEqual({ ...invite.delivery, status: 'failed', reason: event })
      expect(updatedAt).toBe(invite.updatedAt)

      for (const again of [messageId, id]) {
        expect((await report({ messageId: again, event, answer })).body).toEqual({ applied: false })
      }
      const history = await historyOf(ada, invite)
      expect(history.map(({ action, answer: said }) => [action, said])).toEqual([
        ['created', null],
        ['delivered', null],
        [event, answer]
      ])
      expect(await stopsOf(address)).toMatchObject([{ inviterId: null, reason: event }])

      const bob = await person(server, 'Bob')
      const later = await bob.invite(to(address))
      await expect.poll(async () => (await read(bob, later)).delivery?.reason).toBe('suppressed')
      expect(messagesTo(server, address)).toBe(1)
    }
  )

  it('twenty times at once is one report', async () => {
    const { ada, invite, messageId } = await sent()
    const body = { messageId, event: 'bounced' }
    const replies = await Promise.all(Array.from({ length: 20 }, () => report(body, { id: 'msg_same' })))
    expect(replies.filter((reply) => reply.body.applied)).toHaveLength(1)
    expect((await historyOf(ada, invite)).filter(({ action }) => action === 'bounced')).toHaveLength(1)
  })

  it('of an earlier message does not touch the delivery of the one sent later', async () => {
    const { ada, address, invite, messageId } = await sent()
    await ada.must('POST', `/invite/${invite.id}/resend`, {})
    await expect.poll(async () => (await read(ada, invite)).delivery?.attempts).toBe(2)
    expect((await report({ messageId, event: 'complained' })).body).toEqual({ applied: true })
    expect((await read(ada, invite)).delivery).toMatchObject({ status: 'sent', reason: null })
    expect((await historyOf(ada, invite)).at(-1)?.action).toBe('complained')
    expect(await stopsOf(address)).toHaveLength(1)
  })

  it('of a delivery or a delay changes nothing, nor does one of an unknown message', async () => {
    const { ada, invite, messageId } = await sent()
    const unknown = crypto.randomUUID()
    for (const body of [
      { messageId, event: 'delivered' },
      { messageId, event: 'deferred' },
      { messageId: unknown, event: 'bounced' },
      { messageId: 'x', event: 'bounced' }
    ]) {
      const reply = await report(body)
      expect([body, reply.status, reply.body]).toEqual([body, 200, { applied: false }])
    }
    expect(await read(ada, invite)).toEqual(invite)
  })

  it('that comes before the worker has written the outcome is asked for again', async () => {
    const { id } = await sent()
    await db('outbox')
      .where({ id })
      .update({ status: 'queued', nextAttemptAt: new Date(Date.now() + 3_600_000) })
    const early = await report({ messageId: id, event: 'bounced' })
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1'])
    await db('outbox').where({ id }).update({ status: 'sent' })
    expect((await report({ messageId: id, event: 'bounced' })).body).toEqual({ applied: true })
  })

  it('of an invite that is gone still stops invitations to the address', async () => {
    const { ada, address, messageId } = await sent()
    await db('users').where({ id: ada.id }).delete()
    expect((await report({ messageId, event: 'bounced' })).body).toEqual({ applied: true })
    expect(await stopsOf(address)).toHaveLength(1)
  })

  it('tells no secret in its answer: no link, no passcode, no address, and one short line', async () => {
    const { ada, invite, messageId } = await sent()
    const passcode = await server.mailedPasscode(invite.id)
    const other = newAddress()
    const answer = `550 <${other}>:\r\n rejected\u202e, see ${server.url}/i/${invite.id}#passcode=${passcode} or ${passcode} ${'so '.repeat(300)}`
    expect((await report({ messageId, event: 'bounced', answer })).status).toBe(200)
    const told = (await historyOf(ada, invite)).at(-1)?.answer ?? ''
    expect(told).toMatch(/^550 <…>: rejected , see … or … so so/)
    expect(told.length).toBeLessThanOrEqual(200)
  })
})

describe('the path of reports', () => {
  it('is closed without a good signature of these bytes, of this moment', async () => {
    const { ada, invite, messageId } = await sent()
    const data = { messageId, event: 'bounced' }
    const minutes = (n: number) => new Date(Date.now() + n * 60_000)
    const other = new Webhook(`whsec_${Buffer.alloc(32, 7).toString('base64')}`)
    const bad: Sent[] = [
      { by: other },
      { at: minutes(-6) },
      { at: minutes(6) },
      { body: JSON.stringify({ ...data, event: 'complained' }) },
      { headers: { 'webhook-id': 'another' } },
      { headers: { 'webhook-timestamp': 'now' } },
      { headers: { 'webhook-signature': '' } },
      { headers: { 'webhook-signature': 'v1' } },
      { headers: { 'webhook-signature': 'v2,AAAA' } }
    ]
    for (const wrong of bad) {
      const reply = await report(data, wrong)
      expect([wrong, reply.status, reply.body.data.reason]).toEqual([wrong, 401, 'bad-signature'])
    }
    expect((await call(server, 'POST', '/delivery-report', { body: data })).status).toBe(401)
    expect(await read(ada, invite)).toEqual(invite)
  })

  it('refuses what is no report, and other methods', async () => {
    const { messageId } = await sent()
    for (const body of [
      '{',
      '[]',
      '',
      { messageId },
      { event: 'bounced' },
      { messageId, event: 'opened' },
      { messageId, event: 'bounced', more: 1 },
      { messageId, event: 'bounced', answer: 'x\u0000' }
    ]) {
      expect([body, (await report(body)).status]).toEqual([body, 400])
    }
    expect((await report({ messageId }, { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await report({ messageId, event: 'bounced', answer: 'x'.repeat(70_000) })).status).toBe(413)
    const read = await call(server, 'GET', '/delivery-report')
    expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('is not there without a secret', async () => {
    const own = await startServer()
    try {
      expect((await call(own, 'POST', '/delivery-report', { body: {} })).status).toBe(404)
    } finally {
      await own.stop()
    }
  })
})
