// Short messages: the call to the operator's webhook, the meaning of its answers, and the text that a phone shows.
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { smsWebhook } from '../src/delivery/carriers/sms-webhook.js'
import { isShort, messagesOf } from '../src/delivery/short-text.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { locales } from '../src/words/catalogues.js'
import { call, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

interface Call {
  headers: IncomingMessage['headers']
  body: string
}
const calls: Call[] = []
type Answer = (response: ServerResponse, call: Call) => void
const ok: Answer = (response) => response.writeHead(202).end('{"queued":true}')
let answer = ok

/** The operator's gateway, a real server. */
const gateway = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    const received = { headers: request.headers, body }
    calls.push(received)
    answer(response, received)
  })
})
await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
afterAll(() => gateway.closeAllConnections())
afterAll(() => new Promise((resolve) => gateway.close(resolve)))
const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/send`

const key = Buffer.from('a secret for the tests of webhooks')
const webhookSecret = `whsec_${key.toString('base64')}`
// As an operator would have it: a host of common length, so that the links are as long as theirs.
const publicUrl = 'https://invites.example.com'
const server = await useServer({ mailFile: '', publicUrl, sms: { webhookUrl: url, webhookSecret } })
const { db } = server

beforeEach(() => {
  calls.length = 0
  answer = ok
})

const newNumber = () => `+4917${Math.floor(10_000_000 + Math.random() * 89_999_999)}`
const texted = (inviter: Person, more: object = {}) =>
  inviter.invite({ inviteType: 'friend', token: newNumber(), identityProviderType: 'sms', ...more })
const deliveryOf = async (who: Person, id: string) => (await who.must<Invite>('GET', `/invite/${id}`)).delivery
const historyOf = (who: Person, id: string) => who.must('GET', `/invite/${id}/history`)
const sent = () => calls.map(({ body }) => JSON.parse(body) as { type: string; id: string; to: string; text: string })
const textTo = async (number: string | null) => {
  await expect.poll(() => sent().some(({ to }) => to === number)).toBe(true)
  return sent().find(({ to }) => to === number)?.text ?? ''
}
const linkIn = (text: string) => /https:\/\/\S+/.exec(text)?.[0] ?? ''

describe('the webhook', () => {
  it('gets each message once, signed as Standard Webhooks say, with the id of the outbox row', async () => {
    const inviter = await person(server, 'Ada')
    const invite = await texted(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 1 })
    expect(calls).toHaveLength(1)
    const [{ headers, body }] = calls as [Call]
    const [row] = await db('outbox').where({ subjectId: invite.id })
    expect(JSON.parse(body)).toEqual({
      type: 'sms',
      id: row.id,
      to: invite.token,
      text: expect.stringContaining('Ada')
    })
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': row.id })
    const timestamp = String(headers['webhook-timestamp'])
    expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThan(60_000)
    const signature = createHmac('sha256', key).update(`${row.id}.${timestamp}.${body}`).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
  })

  it.each([
    [400, 'unknown number'],
    [404, ''],
    [410, 'gone']
  ])('fails a message for good by %i %j, and the inviter reads why', async (status, words) => {
    answer = (response) => response.writeHead(status).end(words)
    const inviter = await person(server)
    const invite = await texted(inviter)
    const failed = { status: 'failed', reason: 'rejected', attempts: 1 }
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject(failed)
    expect(calls).toHaveLength(1)
    const history = await historyOf(inviter, invite.id)
    expect(history.at(-1)).toMatchObject({ action: 'rejected', answer: `HTTP ${status} ${words}`.trim() })
  })

  it.each<[string, Answer, string]>([
    ['429', (response) => response.writeHead(429, { 'retry-after': '7200' }).end('slowly'), 'HTTP 429 slowly'],
    ['503', (response) => response.writeHead(503).end(), 'HTTP 503'],
    ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'HTTP 302'],
    ['no answer', (response) => response.destroy(), 'no answer']
  ])('makes a message wait by %s', async (name, how, words) => {
    answer = how
    const inviter = await person(server)
    const invite = await texted(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued', attempts: 1 })
    const [row] = await db('outbox')
      .where({ subjectId: invite.id })
      .select('status', db.raw(`extract(epoch from "nextAttemptAt" - clock_timestamp())::int as seconds`))
    expect(row.status).toBe('queued')
    expect(row.seconds).toBeGreaterThan(name === '429' ? 7100 : 0)
    expect((await historyOf(inviter, invite.id)).at(-1)).toMatchObject({ action: 'deferred', answer: words })
    answer = ok
    await db('outbox')
      .where({ subjectId: invite.id })
      .update({ nextAttemptAt: db.raw('clock_timestamp()') })
    server.app.get('outbox').wake()
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 2 })
    // The same message has the same id.
    expect(new Set(sent().map(({ id }) => id)).size).toBe(1)
  })

  it('has taken a message when it says so, even if the rest of its answer never comes', async () => {
    answer = (response) => response.writeHead(200, { 'content-length': '100' }).write('tak')
    const inviter = await person(server)
    const invite = await texted(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 1 })
    expect(calls).toHaveLength(1)
  })

  it('tells nothing of itself when it fails', async () => {
    answer = (response) => response.writeHead(500).end('Error at db.internal:5432')
    const inviter = await person(server)
    const invite = await texted(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued', attempts: 1 })
    expect((await historyOf(inviter, invite.id)).at(-1)).toMatchObject({ answer: 'HTTP 500' })
  })

  it('is given up on when it does not answer in time', async () => {
    answer = () => {}
    const carrier = smsWebhook({ webhookUrl: url, webhookSecret, patienceMs: 50 })
    const message = { id: crypto.randomUUID(), medium: 'sms', recipient: newNumber(), subject: '', text: 'x' } as const
    await expect(carrier.send(message)).rejects.toMatchObject({ answer: 'no answer', forGood: false })
  })

  it('tells the inviter no passcode, even when it repeats the message', async () => {
    answer = (response, { body }) => response.writeHead(400).end(`cannot send ${body}`)
    const inviter = await person(server)
    const invite = await texted(inviter)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'failed' })
    const passcode = linkIn(sent()[0]?.text ?? '').split('#')[1] ?? ''
    expect(passcode.length).toBeGreaterThan(20)
    const history = JSON.stringify(await historyOf(inviter, invite.id))
    expect(history).toContain('cannot send')
    expect(history).not.toContain(passcode)
  })
})

describe('a short message', () => {
  it('has a short link, which works as well as the long form', async () => {
    const inviter = await person(server, 'Ada')
    const channel = await inviter.channel('Tea room')
    const invite = await texted(inviter, { inviteType: 'channel', targetObjectId: channel.id })
    const text = await textTo(invite.token)
    const link = linkIn(text)
    expect(link).toMatch(/^https:\/\/invites\.example\.com\/i\/[\w-]{22}#[\w-]{32}$/)
    const [, id = '', passcode = ''] = /\/i\/([\w-]+)#([\w-]+)$/.exec(link) ?? []
    for (const either of [id, invite.id]) {
      const preview = await call(server, 'POST', `/invite/${either}/preview`, { body: { passcode } })
      expect([preview.status, preview.body.id]).toEqual([200, invite.id])
    }
    for (const wrong of [`${id.slice(0, -1)}B`, id.slice(1), `${id}A`]) {
      expect((await call(server, 'POST', `/invite/${wrong}/preview`, { body: { passcode } })).status).toBe(404)
    }
    const register = { name: 'Jo', email: `${crypto.randomUUID()}@example.com`, password: 'a long password' }
    const accepted = await call(server, 'POST', `/invite/${id}/accept`, { body: { passcode, register } })
    expect([accepted.status, accepted.body.invite.id]).toEqual([201, invite.id])
  })

  const names = {
    plain: ['Ada', 'Tea room'],
    latin: ['Zoë Łukasiewicz-Montgomery of the Northern Hills', 'Une très longue réunion de cœurs à l’œuvre'],
    other: ['محمد علي', '庭園の長い長い長い名前の部屋']
  } as const
  const window = { timed: true, startTime: '2098-01-31T08:05:00Z', endTime: '2098-12-01T00:00:00Z' }
  const kinds = locales.flatMap((locale) =>
    Object.keys(names).map((kind) => [locale, kind as keyof typeof names] as const)
  )

  it.each(kinds)(
    'in %s with %s names is one message in Latin letters, and at most three in others',
    async (locale, kind) => {
      const [inviterName, targetName] = names[kind]
      const inviter = await person(server, inviterName)
      const { id: targetObjectId } = await inviter.channel(targetName)
      const isLatin = kind !== 'other' && locale !== 'ja' && locale !== 'ar'
      for (const more of [{}, window, { inviteType: 'new-user', targetObjectId: null }]) {
        const invite = await texted(inviter, { inviteType: 'channel', targetObjectId, locale, ...more })
        const text = await textTo(invite.token)
        expect([text, messagesOf(text) <= (isLatin ? 1 : 3), isShort(text)]).toEqual([text, true, true])
        expect(text).toContain(linkIn(text))
        // A name that is cut keeps its beginning.
        expect(text.normalize('NFD').replace(/[\p{M}\u2068\u2069]/gu, '')).toContain(
          inviterName.slice(0, 2).replace('Łu', 'Lu')
        )
      }
    }
  )

  it('counts as phones do', () => {
    expect([messagesOf('a'.repeat(160)), messagesOf('a'.repeat(161)), messagesOf('a'.repeat(307))]).toEqual([1, 2, 3])
    expect([messagesOf('€'.repeat(80)), messagesOf('€'.repeat(81))]).toEqual([1, 2])
    expect([messagesOf('あ'.repeat(70)), messagesOf('あ'.repeat(71)), messagesOf('😀'.repeat(36))]).toEqual([1, 2, 2])
  })
})
