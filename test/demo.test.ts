// The first start as a newcomer sees it: a demo world, and a call that works when it is pasted into a shell.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config.js'
import { demonstrate, mayDemonstrate } from '../src/demo/demo.js'
import { documentedCall } from '../src/demo/introduction.js'
import { inviteKeys, inviteTypeNames, statuses, type Invite } from '../src/services/invite/invite.table.js'
import { call, person, signIn } from './support/people.js'
import { startServer, type TestServer } from './support/server.js'

const run = promisify(execFile)
const inBash = async (command: string) => (await run('bash', ['-c', command])).stdout

const directory = mkdtempSync(join(tmpdir(), 'invite-demo-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
/** Embedded, whichever database the other tests run on: there is no demo on another. */
const embedded = (name: string) => ({ demo: true, database: { url: '', directory: join(directory, name) } })
const inMemory = { demo: true, database: { url: '', directory: 'memory:' } }

const introductionOf = async (server: TestServer) => (await demonstrate(server.app))?.(server.url)
const curlOf = (text: string) => text.split('\n').find((line) => line.startsWith('curl ')) ?? ''
const loginsOf = (text: string) =>
  [...text.matchAll(/^ {2}(\S+) +(\S+@\S+)(?: +(\S+))?$/gm)].map(([, name, email, password]) => ({
    name,
    email: email ?? '',
    password
  }))

async function listOf(server: TestServer, token: string): Promise<Invite[]> {
  const everything = encodeURIComponent(JSON.stringify({ status: { $in: statuses } }))
  const reply = await call(server, 'GET', '/invite', { query: `filter=${everything}&$limit=100` }, token)
  return (reply.body as { data: Invite[] }).data
}

// Each starts a service or two of its own, which takes its time on a busy machine.
describe('the demo world', () => {
  it('has logins whose passwords work, and a call that answers what is documented when it is pasted', async () => {
    const server = await startServer(inMemory)
    try {
      const text = (await introductionOf(server)) ?? ''
      expect(text).toContain(`${server.url}/docs`)
      const logins = loginsOf(text)
      expect(logins.map(({ name }) => name)).toEqual(['Ada', 'Ben', 'Cleo', 'Dan'])
      expect(new Set(logins.map(({ password }) => password)).size).toBe(4)

      const curl = curlOf(text)
      expect(curl).toMatch(/filter=%7B%22/)
      const [status = '', body = ''] = (await inBash(`${curl} --silent --write-out '\\n%{http_code}'`))
        .split('\n')
        .toReversed()
      expect(status).toBe('200')
      const rows = JSON.parse(body) as Invite[]
      expect(rows).toHaveLength(2)
      for (const row of rows) {
        expect(Object.keys(row)).toEqual(inviteKeys)
        expect(row).toMatchObject({ spawnType: 'spectate', inviteType: 'channel', channelName: 'Garden club' })
        expect(row.user).toMatchObject({ name: 'Ada', lastLogin: { userId: row.userId, ipAddress: '127.0.0.1' } })
      }
      for (const { email, password } of logins) await signIn(server, email, password ?? '')
    } finally {
      await server.stop()
    }
  })

  it('names three addresses to begin with, and its own messages are in the mailbox, with links that work', async () => {
    const server = await startServer({ ...inMemory, mailFile: '', pages: { mailbox: true } })
    try {
      const text = (await introductionOf(server)) ?? ''
      const steps = [...text.matchAll(/^ {2}(\d)\. .* {2}(http\S+)$/gm)].map(([, step, url]) => [step, url])
      expect(steps).toEqual(
        ['/invites', '/dev/mailbox', '/docs'].map((path, at) => [String(at + 1), server.url + path])
      )
      for (const [, url = ''] of steps) expect([url, (await fetch(url)).status]).toEqual([url, 200])
      const messages = async () => {
        const reply = await call(server, 'GET', '/dev/mailbox/messages')
        return (reply.body as { data: { recipient: string; link: string }[] }).data
      }
      await expect
        .poll(async () => (await messages()).map(({ recipient }) => recipient), { timeout: 30_000 })
        .toEqual(expect.arrayContaining(['erin@example.com', 'finn@example.com']))
      for (const { link } of await messages()) expect(link.startsWith(`${server.url}/i/`)).toBe(true)
    } finally {
      await server.stop()
    }
  })

  it('names no address of a page that is switched off', async () => {
    const server = await startServer({ ...inMemory, pages: { inviter: false } })
    try {
      const text = (await introductionOf(server)) ?? ''
      expect(text.match(/^ {2}\d\. .*$/gm)).toEqual([expect.stringMatching(/^ {2}1\. .* {2}http\S+\/docs$/)])
    } finally {
      await server.stop()
    }
  })

  it('has invites of every type and every status', async () => {
    const server = await startServer(inMemory)
    try {
      const [ada] = loginsOf((await introductionOf(server)) ?? '')
      const { token } = await signIn(server, ada?.email ?? '', ada?.password ?? '')
      await expect
        .poll(async () => new Set((await listOf(server, token)).map(({ status }) => status)))
        .toEqual(new Set(statuses))
      const invites = await listOf(server, token)
      expect(new Set(invites.map(({ inviteType }) => inviteType))).toEqual(new Set(inviteTypeNames))
      expect(invites.find(({ maxUses }) => maxUses > 1)).toMatchObject({ uses: 1, token: null, inviteeId: null })
      expect(invites.some(({ user }) => user.name !== 'Ada')).toBe(true)
    } finally {
      await server.stop()
    }
  })

  it('is found again at the next start, with a call that works and without passwords', async () => {
    const first = await startServer(embedded('again'))
    const before = (await introductionOf(first)) ?? ''
    const { n } = (await first.db('invites').count('* as n').first()) as { n: number }
    await first.stop()

    const second = await startServer(embedded('again'))
    try {
      const after = (await introductionOf(second)) ?? ''
      expect(loginsOf(after)).toEqual(loginsOf(before).map((login) => ({ ...login, password: undefined })))
      expect(JSON.parse(await inBash(`${curlOf(after)} --silent`))).toHaveLength(2)
      expect(await second.db('invites').count('* as n').first()).toEqual({ n })
      const [ada] = loginsOf(before)
      await signIn(second, ada?.email ?? '', ada?.password ?? '')
    } finally {
      await second.stop()
    }
  })

  it('keeps no password in clear', async () => {
    const server = await startServer(inMemory)
    try {
      const logins = loginsOf((await introductionOf(server)) ?? '')
      const secrets = await server.db('identity_providers').pluck<string[]>('secret')
      expect(secrets.filter((secret) => secret?.startsWith('$argon2id$'))).toHaveLength(5)
      for (const { password } of logins) expect(JSON.stringify(secrets)).not.toContain(password)
    } finally {
      await server.stop()
    }
  })

  it('is not made where somebody has registered, nor taken for it', async () => {
    const server = await startServer(inMemory)
    try {
      const reply = await call(server, 'POST', '/user', {
        body: { name: 'Ada', email: 'ada@example.com', password: 'a password of some length' }
      })
      expect(reply.status).toBe(201)
      await signIn(server, 'ada@example.com', 'a password of some length')
      expect(await introductionOf(server)).toBeUndefined()
      expect(await server.db('invites')).toEqual([])
      expect(await server.db('users').pluck('name')).toEqual(expect.arrayContaining(['Administrator', 'Ada']))
    } finally {
      await server.stop()
    }
  })

  it('is made whole or not at all, and the service serves without', async () => {
    const server = await startServer({
      ...inMemory,
      admin: { email: 'dan@example.com', password: 'the admin password' }
    })
    try {
      // The administrator has the address of the last of the demo people: it fails after the others were made.
      expect(await introductionOf(server)).toBeUndefined()
      expect(await server.db('users').pluck('name')).toEqual(['Administrator'])
      await person(server, 'Somebody')
    } finally {
      await server.stop()
    }
  })
})

describe('where there is a demo', () => {
  const config = { ...loadConfig({ demo: true }), environment: 'development', production: false }

  it('is on the embedded database of a loopback host, outside production', () => {
    const hosts = ['127.0.0.1', '127.1.2.3', '::1', 'localhost']
    expect(hosts.filter((host) => mayDemonstrate({ ...config, host }))).toEqual(hosts)
  })

  it('is not where others can connect', () => {
    const hosts = ['0.0.0.0', '::', '192.168.1.2', '127.example.com', 'example.com', 'localhost.example.com']
    expect(hosts.filter((host) => mayDemonstrate({ ...config, host }))).toEqual([])
  })

  it('is not where its messages would leave this machine', () => {
    const mails = ['smtp://127.0.0.1:2525', 'smtp://localhost', 'smtps://mail.example.com', '']
    const local = mails.filter((smtpUrl) => mayDemonstrate({ ...config, mail: { ...config.mail, smtpUrl } }))
    expect(local).toEqual(['smtp://127.0.0.1:2525', 'smtp://localhost', ''])
    const sms = { webhookUrl: 'http://127.0.0.1/', webhookSecret: 'whsec_' }
    expect(mayDemonstrate({ ...config, sms })).toBe(false)
    expect(mayDemonstrate({ ...config, sms, mailFile: 'mail.txt' })).toBe(true)
  })

  it('is not in production, not on a Postgres, and not where it is turned off', () => {
    expect(mayDemonstrate({ ...config, production: true })).toBe(false)
    expect(mayDemonstrate({ ...config, demo: false })).toBe(false)
    const database = { ...config.database, url: 'postgres://somewhere/else' }
    expect(mayDemonstrate({ ...config, database })).toBe(false)
  })
})

describe('the documented call', () => {
  it('survives a shell, whatever the caller is called', async () => {
    const name = `O'Neil "%$(echo no)" \`x\` & é`
    const call = documentedCall({ url: 'http://127.0.0.1:1', caller: { name, token: 'a.b.c' } })
    const words = (await inBash(`printf '%s\\n' ${call.slice('curl '.length)}`)).trimEnd().split('\n')
    const url = new URL(words.find((word) => word.startsWith('http')) ?? '')
    expect(JSON.parse(url.searchParams.get('filter') ?? '')).toEqual({ inviteType: 'channel', user: { name } })
    expect(words.at(-1)).toBe('{"body":{"spawnType":"spectate"}}')
    expect(call).not.toContain('\n')
  })
})
