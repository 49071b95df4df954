// The process: it refuses to start without what it needs, and ends gracefully when it is told to.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { startMailServer } from './support/mail-server.js'
import { person } from './support/people.js'
import { makeDatabase, onPostgres, openPool } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'invite-stop-'))
const database = onPostgres ? await makeDatabase() : undefined
const children = new Set<ChildProcess>()
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await database?.drop()
  rmSync(directory, { recursive: true, force: true })
})

function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/index.ts'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      NODE_CONFIG_DIR: process.env['NODE_CONFIG_DIR'],
      NODE_ENV: 'development',
      PORT: '0',
      DEMO: 'off',
      RATE_LIMIT_FACTOR: '10000',
      DATA_DIRECTORY: join(directory, 'data'),
      ...(database && { DATABASE_URL: database.url }),
      ...environment
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  children.add(child)
  const said = { text: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.text += chunk.toString()))
  const ended = new Promise<number | string | null>((resolve) => {
    // Not at its exit: by now all that it said has been read.
    child.once('close', (code, signal) => {
      children.delete(child)
      resolve(code ?? signal)
    })
  })
  return { child, said, ended }
}

const within = <T>(work: Promise<T>, ms: number) =>
  Promise.race([work, new Promise<'too late'>((resolve) => setTimeout(() => resolve('too late'), ms))])

/** The address that the log says, once it listens. */
async function listening(said: { text: string }) {
  await expect.poll(() => said.text, { timeout: 110_000, interval: 50 }).toMatch(/"listening"/)
  const url = /"url":"(http:[^"]+)"/.exec(said.text)?.[1]
  if (url === undefined) throw new Error(said.text)
  return { url }
}

it('ends with 0 soon after SIGTERM, with an open websocket and a keep-alive client', async () => {
  const { child, said, ended } = start({})
  const server = await listening(said)
  const ada = await person(server, 'Ada')
  const socket = await SocketClient.open(server, ada.token)
  const dropped = new Promise((resolve) => socket.socket.once('disconnect', resolve))
  const agent = new Agent({ keepAlive: true })
  await new Promise<void>((resolve, reject) => {
    get(`${server.url}/health/live`, { agent }, (response) => {
      response.resume()
      response.once('end', () => resolve())
    }).once('error', reject)
  })
  expect(Object.values(agent.freeSockets)).toHaveLength(1)
  const { id } = await ada.inviteAddress()
  // A call that is running when the signal comes is answered: its body is still to come, its head has arrived.
  const body = JSON.stringify({ spawnType: 'spectate' })
  const running = request(`${server.url}/invite/${id}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${ada.token}`,
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue'
    }
  })
  const answered = new Promise<number | undefined>((resolve, reject) => {
    running.once('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    running.once('error', reject)
  })
  const arrived = new Promise((resolve) => running.once('continue', resolve))
  running.flushHeaders()
  await arrived
  child.kill('SIGTERM')
  await dropped
  // Under npm a Ctrl-C arrives twice: further signals end nothing that the first one lets finish.
  child.kill('SIGTERM')
  child.kill('SIGINT')
  child.kill('SIGINT')
  running.end(body)
  expect(await answered).toBe(200)
  // Nine seconds at most by its own clock, the rest is this machine's; a connection that is kept may stay open for 65.
  expect(await within(ended, 30_000)).toBe(0)
  agent.destroy()
  socket.close()
  await expect(fetch(`${server.url}/health/live`)).rejects.toThrow('fetch failed')
}, 300_000)

it('refuses to start in production without a secret of 32 bytes, and says why, not what', async () => {
  const [none, short] = [
    start({ NODE_ENV: 'production' }),
    start({ NODE_ENV: 'production', AUTH_SECRET: 'short-canary' })
  ]
  for (const { said, ended } of [none, short]) {
    expect(await within(ended, 110_000)).toBe(1)
    expect(said.text).toContain('AUTH_SECRET')
    expect(said.text).not.toContain('canary')
    expect(said.text).not.toContain('    at ')
  }
}, 300_000)

it.runIf(onPostgres)('lets the mail on its way arrive once, and writes that it did', async () => {
  const mails = await startMailServer()
  let isAsked = false
  mails.behaviour.data = async () => {
    isAsked = true
    // Longer than a stop without calls takes.
    await new Promise((resolve) => setTimeout(resolve, 3500))
    return undefined
  }
  const { child, said, ended } = start({ SMTP_URL: mails.url, MAIL_FROM: 'invites@example.com' })
  const inviter = await person(await listening(said))
  const { id } = await inviter.inviteAddress()
  await expect.poll(() => isAsked, { timeout: 110_000 }).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  const db = openPool(database?.url ?? '')
  const { rows } = await db.query('select status, attempts from outbox where "subjectId" = $1', [id])
  await db.end()
  await mails.close()
  expect(rows).toEqual([{ status: 'sent', attempts: 1 }])
  expect(mails.received).toHaveLength(1)
})
