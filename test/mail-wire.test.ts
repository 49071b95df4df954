// The wire of e-mail: servers that hang, are slow, refuse the service, or are not those that they should be; TLS; DKIM.
import { execFile } from 'node:child_process'
import { createHash, createVerify, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { smtp } from '../src/delivery/carriers/smtp.js'
import { contentOf } from '../src/delivery/letter.js'
import { NotSent, type Carrier, type Message } from '../src/delivery/message.js'
import { mailbox, smtpServer, type MailSettings } from '../src/schema/mail-settings.js'
import { Words } from '../src/words/words.js'
import { selfSigned } from './support/certificate.js'
import { startMailServer, startRawServer } from './support/mail-server.js'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})
const ending = <T extends { close?: () => Promise<void> }>(thing: T): T => {
  ends.unshift(async () => thing.close?.())
  return thing
}

/** Short, so that a test does not wait for a minute. */
const patience = { connect: 500, silence: 500, whole: 1500 }

const settings = (smtpUrl: string, more: Partial<MailSettings> = {}): MailSettings => ({
  smtpUrl,
  smtpTls: 'auto',
  from: 'Invites <invites@example.com>',
  replyTo: '',
  dkimDomain: '',
  dkimSelector: '',
  dkimKeyFile: '',
  ...more
})
const carrierTo = (url: string, more: Partial<MailSettings> = {}): Carrier =>
  ending(smtp(settings(url, more), 5, patience))

const words = Words.in(['en'])
const link = `https://invites.example.com/i/x#passcode=${'p'.repeat(32)}`
const message = (id = '01a205fc-448b-71f0-bee6-34513f15e77c'): Message => ({
  id,
  medium: 'email',
  recipient: 'ivy@example.org',
  ...contentOf({
    words,
    subject: 'Ada invites you',
    heading: 'Ada invites you',
    body: ['The invite is good until tomorrow.'],
    action: { label: 'Open the invite', url: link },
    notes: ['You do not know Ada?'],
    stop: { label: 'Stop these messages', url: `https://invites.example.com/stop/${'s'.repeat(120)}` }
  })
})

async function failure(carrier: Carrier): Promise<NotSent> {
  try {
    await carrier.send(message())
  } catch (error) {
    if (error instanceof NotSent) return error
    throw error
  }
  throw new Error('the message was sent')
}

/** A server that answers each line as `answer` says; undefined is silence. */
const talking = async (greeting: string, answer: (line: string, socket: Socket) => string | undefined) =>
  ending(
    await startRawServer((socket) => {
      if (greeting) socket.write(`${greeting}\r\n`)
      socket.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString('latin1').split('\r\n').filter(Boolean)) {
          const said = answer(line, socket)
          if (said !== undefined) socket.write(`${said}\r\n`)
        }
      })
    })
  )

const usual = (line: string) => (/^DATA/i.test(line) ? '354 go on' : line === '.' ? '250 queued' : '250 ok')

describe('the message is tried again later when the server', () => {
  it.each([
    ['does not greet', '', usual],
    ['hangs after the greeting', '220 hello', () => undefined],
    ['hangs at the recipient', '220 hello', (line: string) => (line.startsWith('RCPT') ? undefined : usual(line))],
    [
      'hangs at the end of the message',
      '220 hello',
      (line: string) => (line === '.' ? undefined : /^(?:EHLO|MAIL|RCPT|DATA)/.test(line) ? usual(line) : undefined)
    ]
  ])('%s', async (_which, greeting, answer) => {
    const { url } = await talking(greeting, answer)
    const { forGood, answer: told } = await failure(carrierTo(url))
    expect([forGood, told]).toEqual([false, expect.stringMatching(/^The mail server did not answer in time\./)])
  })

  it('says something now and then, but never comes to an end', async () => {
    const timers = new Set<NodeJS.Timeout>()
    const { url } = await talking('220 hello', (line, socket) => {
      if (!line.startsWith('MAIL')) return usual(line)
      timers.add(setInterval(() => socket.write('250-wait\r\n'), 100))
      return undefined
    })
    const began = performance.now()
    const { forGood, answer } = await failure(carrierTo(url))
    for (const timer of timers) clearInterval(timer)
    expect([forGood, answer]).toEqual([false, 'The mail server did not answer in time.'])
    expect(performance.now() - began).toBeGreaterThan(1200)
  })

  it.each([
    ['closes before its greeting', (socket: Socket) => void socket.destroy()],
    ['refuses the service with 554', (socket: Socket) => void socket.end('554 5.7.1 We do not know you\r\n')],
    ['is busy with 421', (socket: Socket) => void socket.end('421 4.7.0 Too many\r\n')],
    ['speaks another protocol', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')]
  ])('%s', async (_which, talk) => {
    const { url } = ending(await startRawServer(talk))
    const { forGood, answer } = await failure(carrierTo(url))
    expect([forGood, answer]).toEqual([false, expect.stringMatching(/^The connection to the mail server failed\./)])
    expect(answer).not.toMatch(/127\.0\.0\.1|localhost/)
  })

  it('refuses the connection', async () => {
    const { url, close } = await startRawServer(() => {})
    await close()
    const { forGood, answer } = await failure(carrierTo(url))
    expect([forGood, answer]).toEqual([false, 'The connection to the mail server failed. (CONN ECONNREFUSED)'])
  })

  it('refuses the sign-in of the service, and nothing tells the account', async () => {
    const server = ending(
      await startMailServer({
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: ({ username }, _session, done) =>
          done(Object.assign(new Error(`5.7.8 ${username} canary-password`), { responseCode: 535 }))
      })
    )
    const url = server.url.replace('//', '//canary-user:canary%2Dpassword@')
    const error = await failure(carrierTo(url))
    const { forGood, answer } = error
    expect([forGood, answer]).toEqual([false, 'The mail server refused the sign-in of this service. (AUTH PLAIN 535)'])
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('canary')
  })

  it('wants a sign-in that the service has not', async () => {
    const server = ending(await startMailServer({ authOptional: false, allowInsecureAuth: true }))
    expect((await failure(carrierTo(server.url))).forGood).toBe(false)
  })
})

describe('a connection', () => {
  it('carries many messages, and one that the server has closed meanwhile costs no attempt', async () => {
    let connections = 0
    let closed = 0
    const server = ending(
      await startMailServer({
        onConnect: (_session, done) => {
          connections += 1
          done()
        },
        onClose: () => (closed += 1),
        socketTimeout: 200
      })
    )
    const carrier = carrierTo(server.url)
    for (const id of ['a', 'b', 'c']) expect(await carrier.send(message(id))).toMatch(/^250 /)
    expect([connections, server.received.length]).toEqual([1, 3])
    await expect.poll(() => closed).toBe(1)
    await carrier.send(message('d'))
    expect(connections).toBe(2)
    expect(server.received.at(-1)?.parsed.messageId).toBe('<d@example.com>')
  })

  it('signs in with the account of the URL, percent-encoded', async () => {
    const seen: (string | undefined | null)[] = []
    const server = ending(
      await startMailServer({
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: ({ username, password }, _session, done) => {
          seen.push(username, password)
          done(null, { user: username })
        }
      })
    )
    await carrierTo(server.url.replace('//', '//a%40b:c%23d%2Fe@')).send(message())
    expect(seen).toEqual(['a@b', 'c#d/e'])
  })
})

describe('List-Unsubscribe', () => {
  it('names the URL in one piece, with one click, and only where there is one', async () => {
    const server = ending(await startMailServer())
    const carrier = carrierTo(server.url)
    const all = message()
    await carrier.send(all)
    const { unsubscribe: _none, ...without } = all
    await carrier.send(without)
    const [first, second] = server.received
    expect(first?.raw).toContain(`\r\nList-Unsubscribe: <${all.unsubscribe}>\r\n`)
    expect(first?.raw).toContain('\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n')
    expect(second?.raw).not.toContain('List-Unsubscribe')
  })
})

const own = selfSigned()
const other = selfSigned('DNS:other.example.com')
afterAll(() => {
  own?.remove()
  other?.remove()
})

if (!own || !other) {
  it('TLS is skipped: no openssl makes a certificate', () => expect(own ?? other).toBeUndefined())
} else {
  const tls = { key: own.key, cert: own.cert }
  const unencrypted = 'No secure connection to the mail server was possible.'

  describe('TLS', () => {
    it('is used on loopback where the server offers it, whatever its certificate', async () => {
      const server = ending(await startMailServer(tls))
      await carrierTo(server.url).send(message())
      expect(server.received).toMatchObject([{ secure: true }])
    })

    it('is required where the operator says so: no message and no password go without it', async () => {
      const heard: string[] = []
      const server = ending(
        await startMailServer({
          disabledCommands: ['STARTTLS'],
          allowInsecureAuth: true,
          onAuth: ({ username }, _session, done) => {
            heard.push(username ?? '')
            done(null, { user: username })
          }
        })
      )
      const error = await failure(carrierTo(server.url.replace('//', '//user:pass@'), { smtpTls: 'required' }))
      expect([error.forGood, (error.answer ?? '').startsWith(unencrypted)]).toEqual([false, true])
      expect([heard, server.received]).toEqual([[], []])
    })

    it('with a certificate of nobody is refused where it is required, from the start as well', async () => {
      const starting = ending(await startMailServer(tls))
      const secure = ending(await startMailServer({ ...tls, secure: true }))
      const urls = [starting.url, secure.url.replace('smtp:', 'smtps:')]
      for (const url of urls) {
        const error = await failure(carrierTo(url, { smtpTls: 'required' }))
        expect([url.slice(0, 5), error.forGood]).toEqual([url.slice(0, 5), false])
        expect(String(error.cause)).toContain('self-signed certificate')
        expect(error.answer).not.toContain('self-signed certificate')
      }
      expect([...starting.received, ...secure.received]).toEqual([])
    })

    /** Node reads NODE_EXTRA_CA_CERTS when it starts. */
    async function sendFromProcess(url: string, ca: string): Promise<string> {
      const root = fileURLToPath(new URL('..', import.meta.url))
      const script = `
        import { smtp } from './src/delivery/carriers/smtp.ts'
        const carrier = smtp(${JSON.stringify(settings(url, { smtpTls: 'required' }))}, 5)
        const message = { id: 'x', medium: 'email', recipient: 'ivy@example.org', subject: 'x', text: 'x' }
        console.log(await carrier.send(message).catch((error) => error.answer + ' ' + error.cause))
        await carrier.close()`
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', script],
        { cwd: root, env: { ...process.env, NODE_EXTRA_CA_CERTS: ca } }
      )
      return stdout
    }

    it('with a certificate that the operator trusts carries the message, of another name not', async () => {
      const good = ending(await startMailServer(tls))
      const secure = ending(await startMailServer({ ...tls, secure: true }))
      const wrong = ending(await startMailServer({ key: other.key, cert: other.cert }))
      const local = (url: string) => url.replace('127.0.0.1', 'localhost')
      expect(await sendFromProcess(local(good.url), own.file)).toMatch(/^250 /)
      expect(await sendFromProcess(local(secure.url).replace('smtp:', 'smtps:'), own.file)).toMatch(/^250 /)
      expect(await sendFromProcess(local(wrong.url), other.file)).toMatch(/No secure connection.*altnames/)
      expect([good.received[0]?.secure, secure.received.length, wrong.received.length]).toEqual([true, 1, 0])
    })
  })
}

describe('DKIM', () => {
  /** The header and the body as RFC 6376 canonicalises them with relaxed/relaxed. */
  const relaxedField = (field: string) => {
    const at = field.indexOf(':')
    const value = field
      .slice(at + 1)
      .replaceAll('\r\n', '')
      .replaceAll(/[ \t]+/g, ' ')
      .trim()
    return `${field.slice(0, at).toLowerCase().trim()}:${value}`
  }
  const relaxedBody = (body: string) =>
    `${body
      .split('\r\n')
      .map((line) => line.replaceAll(/[ \t]+/g, ' ').replace(/ $/, ''))
      .join('\r\n')
      .replace(/(?:\r\n)+$/, '')}\r\n`

  it('signs each message for the configured domain, the link to stop as well', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const directory = mkdtempSync(join(tmpdir(), 'dkim-'))
    const dkimKeyFile = join(directory, 'key.pem')
    writeFileSync(dkimKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const server = ending(await startMailServer())
    await carrierTo(server.url, { dkimDomain: 'example.com', dkimSelector: 's1', dkimKeyFile }).send(message())
    rmSync(directory, { recursive: true })
    const raw = server.received[0]?.raw ?? ''
    const end = raw.indexOf('\r\n\r\n')
    const fields = raw.slice(0, end).split(/\r\n(?![ \t])/)
    const signature = fields.find((field) => /^dkim-signature:/i.test(field)) ?? ''
    const tags = new Map(
      relaxedField(signature)
        .slice('dkim-signature:'.length)
        .split(/; */)
        .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1).replaceAll(' ', '')])
    )
    expect([tags.get('d'), tags.get('s'), tags.get('c')]).toEqual(['example.com', 's1', 'relaxed/relaxed'])
    const body = relaxedBody(raw.slice(end + 4))
    expect(tags.get('bh')).toBe(createHash('sha256').update(body, 'latin1').digest('base64'))
    const signed = (tags.get('h') ?? '').split(':').map((name) => name.toLowerCase())
    expect(signed).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post'])
    )
    const covered = signed.flatMap((name) => {
      const field = fields.find((one) => one.toLowerCase().startsWith(`${name}:`))
      return field === undefined ? [] : [relaxedField(field)]
    })
    const bare = relaxedField(signature).replace(/(; ?b=)[^;]*/, '$1')
    const verify = createVerify('sha256').update([...covered, bare].join('\r\n'), 'latin1')
    expect(verify.verify(publicKey, tags.get('b') ?? '', 'base64')).toBe(true)
  })
})

describe('the settings of e-mail', () => {
  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp://mail.example.com/?tls.rejectUnauthorized=false',
    'smtp://mail.example.com/path',
    'smtp://:pass@mail.example.com',
    'smtp://a%zz:b@mail.example.com',
    'smtp://mail.example.com:99999'
  ])('take no server from %j', (url) => {
    expect(smtpServer(url)).toBeUndefined()
  })

  it('take a server from a URL, and one sender from a text', () => {
    expect(smtpServer('smtps://a:b@[::1]:465')).toEqual({
      host: '::1',
      port: 465,
      secure: true,
      auth: { user: 'a', pass: 'b' }
    })
    expect(mailbox('"A, B" <a@example.com>')).toEqual({ name: 'A, B', address: 'a@example.com' })
    for (const text of ['', 'Ada', 'a@example.com, b@example.com', 'a@example.com\r\nBcc: b@example.com', '<>']) {
      expect([text, mailbox(text)]).toEqual([text, undefined])
    }
  })
})
