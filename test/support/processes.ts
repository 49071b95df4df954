// Real server processes on one Postgres, as they run in production: nothing in the test shares memory with them.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll } from 'vitest'
import { until } from './patience.js'
import { adminLogin, makeDatabase, openPool, passcodeIn } from './server.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface ServerProcess {
  url: string
  /** Its log so far. */
  log: () => string
  pid: number
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>
  /** SIGTERM, and the exit. */
  stop: () => Promise<void>
  /** SIGKILL, and the end. */
  kill: () => Promise<void>
}

/** Starts `src/index.ts` of `cwd` and waits until it listens. `env` is added to this process' own environment. */
export async function startProcess(env: Record<string, string>, cwd = root): Promise<ServerProcess> {
  const { child, ...running } = run('src/index.ts', env, cwd)
  return { ...running, url: await listening(child, running.log) }
}

/** Starts `src/worker.ts`, and does not wait. */
export function startWorker(env: Record<string, string>): Omit<ServerProcess, 'url'> {
  const { child: _, ...running } = run('src/worker.ts', env, root)
  return running
}

function run(file: string, env: Record<string, string>, cwd: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd,
    env: { ...process.env, NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    // Not at its exit: by now all that it logged has been read.
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const log = () => lines.join('')
  return {
    child,
    log,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    }
  }
}

/** The URL in the line that says where it listens. */
async function listening(child: ChildProcess, log: () => string): Promise<string> {
  const url = () => /"url":"(http:[^"]+)".*"msg":"listening"/.exec(log())?.[1]
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  await until(() => url() ?? hasEnded(), 'the start of a server', 110_000).catch(() => {})
  const found = url()
  if (found !== undefined) return found
  child.kill('SIGKILL')
  throw new Error(`the server did not start:\n${log()}`)
}

export interface Cluster {
  servers: ServerProcess[]
  /** The database behind them. */
  db: pg.Pool
  /** Waits for the message of an invite, whichever process sends it, and returns its passcode; `not` is an old one. */
  mailedPasscode: (inviteId: string, not?: string) => Promise<string>
  stop: () => Promise<void>
}

/** So many processes on a fresh database, stopped after the tests of the file. */
export async function useProcesses(count: number): Promise<Cluster> {
  const database = await makeDatabase()
  const directory = mkdtempSync(join(tmpdir(), 'invite-processes-'))
  const mailFile = join(directory, 'mail.txt')
  const env = {
    DATABASE_URL: database.url,
    MAIL_FILE: mailFile,
    ADMIN_EMAIL: adminLogin.email,
    ADMIN_PASSWORD: adminLogin.password
  }
  const servers = [await startProcess(env)]
  servers.push(...(await Promise.all(Array.from({ length: count - 1 }, () => startProcess(env)))))
  const db = openPool(database.url)
  const cluster: Cluster = {
    servers,
    db,
    mailedPasscode: (inviteId, not) =>
      until(
        () => existsSync(mailFile) && passcodeIn(readFileSync(mailFile, 'utf8'), inviteId, not),
        `the message of invite ${inviteId}`
      ),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
      await db.end()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    }
  }
  afterAll(() => cluster.stop())
  return cluster
}
