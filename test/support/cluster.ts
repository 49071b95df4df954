// A Postgres of one's own: to be stopped, frozen and filled while a server process uses it, and nobody else.
import { execFile, execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { afterAll } from 'vitest'
import { startProcess, type ServerProcess } from './processes.js'
import { adminLogin, onPostgres, openPool } from './server.js'

const execute = promisify(execFile)

/** FAULT_FULL=1 runs each fault at its full length. */
export const full = process.env['FAULT_FULL'] === '1'

/** Where initdb and pg_ctl are, if anywhere. */
function findBinaries(): string | undefined {
  const candidates: string[] = []
  try {
    candidates.push(execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim())
  } catch {
    // Debian installs it with the headers only.
  }
  const debian = '/usr/lib/postgresql'
  if (existsSync(debian)) candidates.push(...readdirSync(debian).map((version) => join(debian, version, 'bin')))
  return candidates.find((directory) => existsSync(join(directory, 'initdb')))
}

const binaries = findBinaries()

/** Postgres refuses to run as root: then it runs as the user that its package made. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

const owner = unprivileged()

/** Why faults of Postgres cannot be tried here; undefined where they can. */
export const whyNoCluster = !process.env['TEST_DATABASE_URL']
  ? 'there is no TEST_DATABASE_URL'
  : binaries === undefined
    ? 'there is no initdb on this machine'
    : process.getuid?.() === 0 && owner === undefined
      ? 'initdb refuses to run as root, and there is no user postgres'
      : undefined

/** On the project for Postgres, where a cluster can be made; says aloud where not. */
export function canHaveCluster(what: string): boolean {
  if (whyNoCluster !== undefined) console.warn(`${what}: skipped, because ${whyNoCluster}.`)
  return onPostgres && whyNoCluster === undefined
}

/**
 * A port that nobody listens on, and that no connection gets for its own end, as it might get one that the system gave:
 * those are above. It must still be free when a Postgres that was stopped is started again.
 */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true))
      server.once('error', () => resolve(false))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

const run = (binary: string, ...args: string[]) =>
  execute(join(binaries ?? '', binary), args, { ...owner, cwd: '/', timeout: 60_000 })

/** The parent of a process; undefined when there is no such process. */
const parentOf = (pid: number) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

export class PrivatePostgres {
  private constructor(
    readonly directory: string,
    private readonly port: number
  ) {}

  get url() {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`
  }

  /** Makes a cluster in `parent`, and starts it. */
  static async create(parent = tmpdir()): Promise<PrivatePostgres> {
    const directory = mkdtempSync(join(parent, 'invite-cluster-'))
    if (owner) chownSync(directory, owner.uid, owner.gid)
    const data = join(directory, 'data')
    await run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--wal-segsize=4')
    const cluster = new PrivatePostgres(directory, await freePort())
    await cluster.start()
    return cluster
  }

  private get data() {
    return join(this.directory, 'data')
  }

  async start(): Promise<void> {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c min_wal_size=8MB -c max_wal_size=32MB`
    // The server keeps what it inherits: without a file of its own, this call would never see the end of its output.
    await execute(
      'sh',
      [
        '-c',
        '"$0" "$@" >/dev/null 2>&1',
        join(binaries ?? '', 'pg_ctl'),
        '-D',
        this.data,
        '-w',
        '-l',
        join(this.directory, 'log'),
        '-o',
        options,
        'start'
      ],
      { ...owner, cwd: '/' }
    )
  }

  get isRunning(): boolean {
    return existsSync(join(this.data, 'postmaster.pid')) && parentOf(this.postmaster) !== undefined
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (this.isRunning) await run('pg_ctl', '-D', this.data, '-w', '-m', mode, 'stop')
  }

  private get postmaster(): number {
    return Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0])
  }

  private childrenOf(postmaster: number): number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && parentOf(pid) === postmaster)
  }

  private signal(signal: NodeJS.Signals, pids: number[]): void {
    for (const pid of pids) {
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended since it was listed.
      }
    }
  }

  /** SIGSTOP to all of it: connections stay open, and say nothing. */
  freeze(): void {
    const { postmaster } = this
    // First who makes the others: no child is born after they have been counted.
    this.signal('SIGSTOP', [postmaster])
    this.signal('SIGSTOP', this.childrenOf(postmaster))
  }

  thaw(): void {
    const { postmaster } = this
    this.signal('SIGCONT', [...this.childrenOf(postmaster), postmaster])
  }

  /** How many of its connections have been sent something that their process has not read. */
  unread(): number {
    const local = `0100007F:${this.port.toString(16).toUpperCase().padStart(4, '0')}`
    const established = '01'
    return readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, address, , state, queues]) => {
        const received = Number.parseInt(queues?.split(':')[1] ?? '0', 16)
        return address === local && state === established && received > 0
      }).length
  }

  log(): string {
    return readFileSync(join(this.directory, 'log'), 'utf8')
  }

  async remove(): Promise<void> {
    if (this.isRunning) {
      this.thaw()
      await this.stop('immediate')
    }
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export interface FaultyWorld {
  postgres: PrivatePostgres
  server: ServerProcess
  /** To look at what really happened, and to make things go wrong. */
  db: pg.Pool
  environment: Record<string, string>
}

/** A server process on a cluster of its own, both ended after the tests of the file. */
export async function useFaultyWorld(more: Record<string, string> = {}, parent?: string): Promise<FaultyWorld> {
  const postgres = await PrivatePostgres.create(parent)
  const environment = {
    DATABASE_URL: postgres.url,
    DATABASE_POOL_SIZE: '5',
    ADMIN_EMAIL: adminLogin.email,
    ADMIN_PASSWORD: adminLogin.password,
    ...more
  }
  const db = openPool(postgres.url, 4)
  const world = { postgres, server: await startProcess(environment), db, environment }
  afterAll(async () => {
    await world.server.kill()
    await db.end()
    await postgres.remove()
  })
  return world
}

/** A way to a Postgres on which the end of a connection arrives so much later than what was said before it. */
export async function lateClosing(databaseUrl: string, ms: number): Promise<{ url: string; close: () => void }> {
  const { hostname, port } = new URL(databaseUrl)
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect(Number(port), hostname)
    client.pipe(upstream)
    upstream.pipe(client, { end: false })
    upstream.once('close', () => setTimeout(() => client.destroy(), ms).unref())
    for (const end of [client, upstream]) end.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return { url: url.href, close: () => void server.close() }
}

/** A small file system in memory, or undefined where mounting is not permitted. */
export function mountSmall(megabytes: number): { path: string; unmount: () => void } | undefined {
  const path = mkdtempSync(join(tmpdir(), 'invite-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmSync(path, { recursive: true, force: true })
    return undefined
  }
  mkdirSync(join(path, 'data'), { mode: 0o777 })
  return {
    path,
    unmount: () => {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' })
      rmSync(path, { recursive: true, force: true })
    }
  }
}
