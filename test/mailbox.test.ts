// The mailbox of the developer: what would have been sent can be read on this machine, and nowhere else.
import { request } from 'node:http'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { describe, expect, it } from 'vitest'
import { loadConfig, type Config } from '../src/config.js'
import { mailboxFor } from '../src/deliveries.js'
import { Mailbox } from '../src/delivery/carriers/mailbox.js'
import type { Entry, Whole } from '../src/pages/mailbox-entry.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { call, newAddress, person } from './support/people.js'
import { until } from './support/patience.js'
import { startServer, useServer } from './support/server.js'

const server = await useServer({ pages: { mailbox: true }, mailFile: '', corsOrigins: ['https://app.example.com'] })
const page = '/dev/mailbox'
const list = `${page}/messages`
const raw = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${server.url}${path}`, { method, headers, redirect: 'manual' })

async function messagesTo(recipient: string): Promise<Entry[]> {
  const reply = await call(server, 'GET', list, { query: `to=${encodeURIComponent(recipient)}` })
  return (reply.body as { data: Entry[] }).data
}

/** Waits for the newest message to an address. */
const messageTo = (recipient: string): Promise<Entry> =>
  until(async () => (await messagesTo(recipient))[0], 'the message')

/** The status of an answer to a request with headers that `fetch` would not send. */
const statusFor = (path: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    request({ hostname, port, path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

const ada = await person(server, 'Ada')
const address = newAddress()
const invite = await ada.inviteAddress({ token: address })
const entry = await messageTo(address)

describe('a message that has no other carrier', () => {
  it('is in the mailbox, is sent for its inviter, and its link opens the preview', async () => {
    expect(entry).toEqual({
      id: expect.any(String),
      medium: 'email',
      recipient: address,
      subject: expect.stringContaining('Ada'),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      link: expect.stringMatching(new RegExp(`^${server.url}/i/${invite.id}#passcode=[\\w-]+$`)),
      number: expect.any(Number)
    })
    const passcode = entry.link?.split('passcode=')[1]
    const preview = await call(server, 'POST', `/invite/${invite.id}/preview`, { body: { passcode } })
    expect([preview.status, preview.body]).toMatchObject([200, { inviterName: 'Ada' }])
    await expect.poll(async () => (await ada.must<Invite>('GET', `/invite/${invite.id}`)).delivery?.status).toBe('sent')
    expect((await call(server, 'GET', '/health/ready')).body).toEqual({
      status: 'ok',
      carriers: { email: 'set', sms: 'set' }
    })
  })

  it('has its text, its HTML with its pictures, and its source as a mail program gets it', async () => {
    const { body: whole } = await call<Whole>(server, 'GET', `${list}/${entry.id}`)
    expect(whole).toMatchObject({ ...entry, html: true, files: [] })
    expect(whole.text).toContain(entry.link)
    expect(whole.headers.find(({ name }) => name === 'List-Unsubscribe')?.value).toMatch(/^<http.*>$/)

    const html = await raw(`${list}/${entry.id}/html`)
    expect(html.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:.*; sandbox allow-popups allow-popups-to-escape-sandbox$/
    )
    const text = await html.text()
    expect(text).toContain('<base target="_blank">')
    expect(text).toContain('src="data:image/png;base64,')
    expect(text).not.toContain('cid:')

    const source = await raw(`${list}/${entry.id}/raw`)
    expect(source.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(source.headers.get('content-security-policy')).toContain('sandbox')
    const mail = await simpleParser(await source.text())
    expect(mail).toMatchObject({ subject: entry.subject, messageId: `<${entry.id}@localhost>`, text: whole.text })
    expect(mail.date?.toISOString().slice(0, 19)).toBe(entry.at.slice(0, 19))
    expect(mail.attachments.map(({ contentType }) => contentType)).toEqual(['image/png'])
  })

  it('gives its calendar file as a download', async () => {
    const to = newAddress()
    await ada.inviteAddress({ token: to, timed: true, endTime: new Date(Date.now() + 3_600_000).toISOString() })
    const { id } = await messageTo(to)
    const { body: whole } = await call<Whole>(server, 'GET', `${list}/${id}`)
    expect(whole.files).toMatchObject([{ name: 'invite.ics' }])
    const file = await raw(`${list}/${id}/files/0`)
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="invite.ics"')
    const text = await file.text()
    expect(text).toContain('BEGIN:VCALENDAR')
    expect(Buffer.byteLength(text)).toBe(whole.files[0]?.bytes)
    expect((await raw(`${list}/${id}/files/1`)).status).toBe(404)
  })

  it('is a text message, too: a `+` in the query may be raw, and the source is the call to a webhook', async () => {
    const phone = '+4917055501'
    await ada.inviteAddress({ token: phone, identityProviderType: 'sms' })
    const { id, medium, link } = await messageTo(phone)
    const { body } = await call<{ data: Entry[] }>(server, 'GET', list, { query: `to=${phone}` })
    expect([medium, body.data.map((one) => one.id)]).toEqual(['sms', [id]])
    expect(link).toMatch(/#passcode=/)
    const { body: whole } = await call<Whole>(server, 'GET', `${list}/${id}`)
    expect(whole).toMatchObject({ html: false, headers: [] })
    expect(JSON.parse(await (await raw(`${list}/${id}/raw`)).text())).toEqual({
      type: 'sms',
      id,
      to: phone,
      text: whole.text
    })
    expect((await raw(`${list}/${id}/html`)).status).toBe(404)
  })

  it('is listed before earlier ones, and alone to who has seen those', async () => {
    const [before, after] = [newAddress(), newAddress()]
    await ada.inviteAddress({ token: before })
    const { number } = await messageTo(before)
    await ada.inviteAddress({ token: after })
    await messageTo(after)
    const { body } = await call<{ data: Entry[] }>(server, 'GET', list)
    expect(body.data.slice(0, 2).map(({ recipient }) => recipient)).toEqual([after, before])
    expect((await call<{ data: Entry[] }>(server, 'GET', list, { query: `after=${number}` })).body.data).toMatchObject([
      { recipient: after }
    ])
    expect(await messagesTo(after.toUpperCase())).toHaveLength(1)
    expect(await messagesTo(after.slice(1))).toEqual([])
  })

  it('has its link with the secret when it is about an account', async () => {
    const lost = await person(server, 'Lost')
    await call(server, 'POST', '/password-reset', { body: { email: lost.email } })
    await expect
      .poll(async () => (await messagesTo(lost.email)).map(({ link }) => link))
      .toEqual(expect.arrayContaining([expect.stringMatching(/\/reset#token=[\w-]+$/)]))
  })
})

describe('a query that is not right', () => {
  it.each(['after=x', 'after=-1', 'after=1&after=2', 'to=a&to=b', 'too=ada@example.com'])(
    '%s is 400',
    async (query) => {
      expect((await call(server, 'GET', list, { query })).status).toBe(400)
    }
  )

  it('finds no message, and no path below', async () => {
    const nobody = '018f7d0e-0000-7000-8000-000000000000'
    for (const path of [`${list}/${nobody}`, `${list}/${nobody}/raw`, `${list}/x`, `${page}/x`, `${list}/`]) {
      expect([path, (await raw(path)).status]).toEqual([path, 404])
    }
    expect((await raw(`${list}/${entry.id}/nothing`)).status).toBe(404)
  })
})

describe('the paths of the mailbox', () => {
  const paths = [page, `${page}/`, list, `${list}/${entry.id}`, `${list}/${entry.id}/html`, `${list}/${entry.id}/raw`]

  it.each(paths)('%s is copied nowhere, and read by no other origin', async (path) => {
    const reply = await raw(path, { origin: 'https://app.example.com' })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.headers.get('x-robots-tag')).toBe('noindex')
    expect(reply.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(reply.headers.get('access-control-allow-origin')).toBeNull()
    // The origin is one that the configuration admits everywhere else.
    expect(
      (await raw('/health/live', { origin: 'https://app.example.com' })).headers.get('access-control-allow-origin')
    ).toBe('https://app.example.com')
  })

  it.each(paths)('%s answers HEAD, and no method that could change something', async (path) => {
    expect([(await raw(path, {}, 'HEAD')).status, (await raw(path, {}, 'DELETE')).status]).toEqual([200, 405])
  })

  it.each(paths)('%s is there only under a name of this machine, and not for another one', async (path) => {
    for (const host of ['localhost', 'localhost:3030', '127.0.0.1:80', '127.9.9.9', '[::1]:3030', 'LOCALHOST:1']) {
      expect([host, await statusFor(path, { host })]).toEqual([host, 200])
    }
    const others = ['example.com', 'localhost.example.com', '127.example.com', '192.0.2.1:3030', '[::2]', 'localhost:x']
    for (const host of others) expect([host, await statusFor(path, { host })]).toEqual([host, 404])
    const host = '127.0.0.1:3030'
    expect(await statusFor(path, { host, 'x-forwarded-for': '203.0.113.9, 127.0.0.1' })).toBe(404)
    expect(await statusFor(path, { host, 'x-real-ip': '203.0.113.9' })).toBe(404)
    expect(await statusFor(path, { host, forwarded: 'for=203.0.113.9' })).toBe(404)
    expect(await statusFor(path, { host, 'x-forwarded-host': 'tunnel.example.com' })).toBe(404)
    expect(
      await statusFor(path, {
        host,
        'x-forwarded-for': '127.0.0.1, ::1, ::ffff:127.0.0.1',
        'x-forwarded-host': 'localhost:8080'
      })
    ).toBe(200)
  })

  it('are there for their own page alone; a link to the page works everywhere', async () => {
    const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    for (const path of paths) {
      const isPage = path === page || path === `${page}/`
      for (const site of ['cross-site', 'same-site']) {
        const statuses = await Promise.all([
          statusFor(path, { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }),
          statusFor(path, { 'sec-fetch-site': site, ...link }),
          statusFor(path, { 'sec-fetch-site': site, ...link, 'sec-fetch-dest': 'iframe' })
        ])
        expect([path, site, ...statuses]).toEqual([path, site, 404, isPage ? 200 : 404, 404])
      }
      expect(await statusFor(path, { 'sec-fetch-site': 'same-origin' })).toBe(200)
    }
  })
})

describe('the mailbox', () => {
  const config = { ...loadConfig({ pages: { mailbox: true } }), environment: 'development', production: false }
  const mediaOf = (more: Partial<Config>) => [...(mailboxFor({ ...config, ...more })?.media ?? [])]
  const smtp = { mail: { ...config.mail, smtpUrl: 'smtp://127.0.0.1:25', from: 'x@example.com' } }
  const sms = { sms: { webhookUrl: 'http://127.0.0.1/', webhookSecret: `whsec_${'x'.repeat(32)}` } }

  it('takes the media that have no other carrier, and all where they go into a file', () => {
    expect(mediaOf({})).toEqual(['email', 'sms'])
    expect(mediaOf(smtp)).toEqual(['sms'])
    expect(mediaOf(sms)).toEqual(['email'])
    expect(mediaOf({ ...smtp, ...sms })).toEqual([])
    expect(mediaOf({ ...smtp, ...sms, mailFile: 'mail.txt' })).toEqual(['email', 'sms'])
  })

  it('is not in production whatever is set, not where others can connect, and not where a worker sends', () => {
    expect(mediaOf({ production: true })).toEqual([])
    expect(mediaOf({ pages: { ...config.pages, mailbox: false } })).toEqual([])
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'example.com']) expect(mediaOf({ host })).toEqual([])
    expect(mediaOf({ delivery: { ...config.delivery, inProcess: false } })).toEqual([])
  })

  it('takes nothing from a database of another machine, whose messages another service may send', () => {
    const on = (url: string) => mediaOf({ database: { ...config.database, url } }).length
    expect(on('postgres://ada@127.0.0.1:5432/x')).toBe(2)
    expect(on('postgres://ada@localhost/x')).toBe(2)
    expect(on('postgres://ada@/x?host=/var/run/postgresql')).toBe(2)
    expect(on('postgres://ada@db.example.com/x')).toBe(0)
  })

  it('keeps the last 200, and a message that comes again once', async () => {
    const mailbox = new Mailbox({ media: new Set(['sms']), mail: config.mail, name: 'Invites' })
    const send = (id: string) => mailbox.send({ id, medium: 'sms', recipient: '+491', subject: id, text: id })
    for (let at = 1; at <= 205; at++) await send(`m${at}`)
    expect(mailbox.messages).toHaveLength(200)
    expect(mailbox.messages.map(({ number }) => number).at(0)).toBe(205)
    expect(mailbox.messages.at(-1)?.message.id).toBe('m6')
    expect(mailbox.find('m5')).toBeUndefined()
    await send('m100')
    expect(mailbox.messages).toHaveLength(200)
    expect(mailbox.messages[0]).toMatchObject({ number: 206, message: { id: 'm100' } })
    expect(mailbox.messages.filter(({ message }) => message.id === 'm100')).toHaveLength(1)
  })

  it('gets what goes into the file as well', async () => {
    const mailFile = join(mkdtempSync(join(tmpdir(), 'invite-mailbox-')), 'mail.txt')
    const other = await startServer({ pages: { mailbox: true }, mailFile })
    try {
      const bob = await person(other, 'Bob')
      const to = newAddress()
      await bob.inviteAddress({ token: to })
      const found = async () => {
        const { body } = await call<{ data: Entry[] }>(other, 'GET', list, { query: `to=${to}` })
        return body.data
      }
      await expect.poll(async () => (await found()).length).toBe(1)
      expect(existsSync(mailFile) && readFileSync(mailFile, 'utf8')).toContain((await found())[0]?.link)
    } finally {
      await other.stop()
    }
  })

  it('is a 404 where it is switched off, and nothing is sent there', async () => {
    const silent = await startServer({ mailFile: '' })
    try {
      const bob = await person(silent, 'Bob')
      expect((await bob.inviteAddress()).delivery).toMatchObject({ status: 'none', reason: 'no-carrier' })
      for (const path of [page, list]) expect((await fetch(`${silent.url}${path}`)).status).toBe(404)
    } finally {
      await silent.stop()
    }
  })
})

describe('the path /', () => {
  it('leads to the page of the inviter, by a relative address where none is configured', async () => {
    for (const method of ['GET', 'HEAD']) {
      const reply = await raw('/', {}, method)
      expect([reply.status, reply.headers.get('location')]).toEqual([302, 'invites'])
    }
    const post = await raw('/', {}, 'POST')
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('leads there by the public URL, and is a 404 without the page', async () => {
    const locations = async (overrides: Record<string, unknown>) => {
      const other = await startServer(overrides)
      try {
        const reply = await fetch(`${other.url}/`, { redirect: 'manual' })
        return [reply.status, reply.headers.get('location')]
      } finally {
        await other.stop()
      }
    }
    expect(await locations({ publicUrl: 'https://example.com/invites-service/' })).toEqual([
      302,
      'https://example.com/invites-service/invites'
    ])
    expect(await locations({ pages: { inviter: false } })).toEqual([404, null])
  })
})
