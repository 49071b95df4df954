// A start that cannot succeed: a sentence that names the setting to change, and the exit code 1; in production every
// line is JSON.
import { spawn } from 'node:child_process'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { reach } from '../src/database/reach.js'
import { createLogger } from '../src/telemetry/logger.js'
import { until } from './support/patience.js'
import { makeDatabase, onPostgres, startServer } from './support/server.js'
import { call, person } from './support/people.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const servers = new Set<Server>()
afterAll(() => {
  for (const server of servers) server.close()
})

const listenOn = async (server: Server, port = 0) => {
  servers.add(server)
  server.listen(port, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer()
  const port = await listenOn(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A Postgres that answers every client with this error. */
const refusing = (code: string) =>
  listenOn(
    createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mcanary of the database\0\0`)
        const header = Buffer.from('E....')
        header.writeInt32BE(4 + fields.length, 1)
        socket.end(Buffer.concat([header, fields]))
      })
    })
  )

function start(environment: Record<string, string>, args = ['--import', 'tsx', 'src/index.ts']) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      NODE_CONFIG_DIR: process.env['NODE_CONFIG_DIR'],
      NODE_ENV: 'development',
      PORT: '0',
      DATA_DIRECTORY: 'memory:',
      ...environment
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  return { said: () => said, ended, kill: () => child.kill('SIGKILL') }
}

const production = { NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(32), HOST: '127.0.0.1' }

/** Every line that a process wrote, as JSON. */
const linesOf = (said: string) =>
  said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function failure(environment: Record<string, string>) {
  const { said, ended } = start(environment)
  expect(await ended).toBe(1)
  expect(said()).not.toMatch(/canary|^\s+at /m)
  return said()
}

describe('a start', () => {
  it('with a malformed DATABASE_URL names it and gives a hint, and tells no password', async () => {
    const url = 'postgres://ada:canary#1@db.example.com/invites'
    expect(await failure({ DATABASE_URL: url })).toMatch(/DATABASE_URL: must be .* percent-encoded/)
    const [line, ...others] = linesOf(
      await failure({ ...production, PUBLIC_URL: 'https://example.com', DATABASE_URL: url })
    )
    expect(others).toEqual([])
    expect(line).toMatchObject({ level: 60, msg: expect.stringMatching(/DATABASE_URL: must be .* percent-encoded/) })
  })

  it('on a port in use names PORT', async () => {
    const port = await listenOn(createServer())
    const message = `PORT: ${port} is in use by another process: stop that one, or set another PORT, for example 3030`
    expect(await failure({ PORT: String(port), DEMO: 'off', HOST: '127.0.0.1' })).toContain(message)
    const lines = linesOf(await failure({ ...production, PORT: String(port) }))
    expect(lines.filter(({ level }) => level === 60)).toMatchObject([{ msg: message }])
    expect(lines.filter(({ msg }) => String(msg).startsWith('PUBLIC_URL is not set'))).toHaveLength(1)
    // It would make invites, and send none.
    expect(lines.filter(({ msg }) => String(msg).startsWith('NO CARRIER FOR E-MAIL'))).toMatchObject([{ level: 40 }])
    expect(new Set(lines.map(({ instance }) => typeof instance))).toEqual(new Set(['string']))
  })

  it('on an address of another machine names HOST', async () => {
    expect(await failure({ HOST: '192.0.2.1', DEMO: 'off' })).toMatch(
      /^HOST: 192\.0\.2\.1 is no address of this machine/m
    )
  })

  it('that the database refuses says so at once, in a sentence', async () => {
    const expected: [code: string, sentence: RegExp][] = [
      ['28P01', /^The database at 127\.0\.0\.1:\d+ refuses the password of user ada: correct DATABASE_URL/m],
      ['28000', /^The database at 127\.0\.0\.1:\d+ refuses user ada: /m],
      ['3D000', /^There is no database invites at 127\.0\.0\.1:\d+: create it, or correct DATABASE_URL/m]
    ]
    for (const [code, sentence] of expected) {
      const url = `postgres://ada:canary@127.0.0.1:${await refusing(code)}/invites`
      expect(await failure({ DATABASE_URL: url })).toMatch(sentence)
    }
    const url = `postgres://ada:canary@127.0.0.1:${await refusing('28P01')}/invites`
    expect(
      linesOf(await failure({ ...production, PUBLIC_URL: 'https://example.com', DATABASE_URL: url })).map(
        ({ level }) => level
      )
    ).toEqual([60])
  })
})

describe('a database that is away at the start', () => {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({ logLevel: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) })

  it('is waited for, with a line for each attempt, and then given up with a sentence', async () => {
    const port = await freePort()
    const reached = reach(`postgres://ada:canary@127.0.0.1:${port}/x`, logger, { waitMs: 1000, pauseMs: 100 })
    await expect(reached).rejects.toThrow(
      `The database at 127.0.0.1:${port} was away for 1 s: start it, or correct DATABASE_URL`
    )
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines)
      expect(line).toMatchObject({ level: 40, database: `127.0.0.1:${port}`, code: 'ECONNREFUSED' })
    expect(JSON.stringify(lines)).not.toContain('canary')
  })

  it('that is still starting is away, one that says nothing too', async () => {
    for (const port of [await refusing('57P03'), await listenOn(createServer(() => {}))]) {
      const reached = reach(`postgres://ada@127.0.0.1:${port}/x`, undefined, {
        waitMs: 300,
        pauseMs: 50,
        connectMs: 100
      })
      await expect(reached).rejects.toThrow(/was away for/)
    }
  })

  it.runIf(onPostgres)('and then comes: the service listens, without another start', async () => {
    const database = await makeDatabase()
    const port = await freePort()
    const url = new URL(database.url)
    const [host, realPort] = [url.hostname, Number(url.port || 5432)]
    url.host = `127.0.0.1:${port}`
    const { said, ended, kill } = start({ DATABASE_URL: url.href })
    try {
      await until(() => said().includes('the database is away'), 'the first attempt', 110_000)
      const { connect } = await import('node:net')
      const proxy = createServer((client) => {
        const upstream = connect(realPort, host)
        client.pipe(upstream).pipe(client)
        for (const end of [client, upstream]) end.on('error', () => {})
      })
      await listenOn(proxy, port)
      await until(() => said().includes('"listening"'), 'the start', 110_000)
      expect(said()).not.toContain('"level":60')
    } finally {
      kill()
      await ended
      await database.drop()
    }
  })
})

describe('the log', () => {
  it('names the process in each line and the caller of a request, and keeps health checks for debug', async () => {
    const heard: Record<string, unknown>[] = []
    const debug = createLogger({ logLevel: 'debug' }, { write: (line) => void heard.push(JSON.parse(line)) })
    const server = await startServer({}, debug)
    try {
      const ada = await person(server, 'Ada')
      await ada.call('GET', '/invite')
      await call(server, 'GET', '/health/live')
      await call(server, 'GET', '/health/ready')
      await fetch(`${server.url}/metrics`)
      await call(server, 'GET', '/nothing')
      const at = (path: string) => heard.filter((line) => line['msg'] === 'request' && line['path'] === path)
      expect(at('/invite')).toMatchObject([{ level: 30, status: 200, callerId: ada.id }])
      for (const path of ['/health/live', '/health/ready', '/metrics']) expect(at(path)).toMatchObject([{ level: 20 }])
      expect(at('/nothing')).toMatchObject([{ level: 30, status: 404 }])
      expect(at('/nothing')[0]).not.toHaveProperty('callerId')
      expect(new Set(heard.map(({ instance }) => instance)).size).toBe(1)
      expect(heard[0]?.['instance']).toMatch(/^\S+-\d+-\w+$/)
    } finally {
      await server.stop()
    }
  })
})
