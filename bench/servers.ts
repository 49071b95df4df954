// The servers that are compared, each a child process as its users would start it.
import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import type { Dialect } from './scenarios.js'

export const serverNames = ['limit', 'service', 'fastify', 'stock', 'cluster', 'before'] as const
export type ServerName = (typeof serverNames)[number]

export const secret = randomBytes(32).toString('base64url')

/** Compiled, all of them: what a loader would add at start is nobody's to carry. */
const programs: Record<ServerName, { file: string; dialect: Dialect }> = {
  limit: { file: 'dist/bench/limit.js', dialect: 'filter' },
  service: { file: 'dist/src/index.js', dialect: 'filter' },
  fastify: { file: 'dist/bench/fastify.js', dialect: 'filter' },
  stock: { file: 'dist/bench/stock/index.js', dialect: 'plain' },
  cluster: { file: 'dist/bench/cluster.js', dialect: 'filter' },
  // Built by before.ts, which says where.
  before: { file: '', dialect: 'filter' }
}

/** Where the older version of the service is, once it is built. */
export function useBefore(directory: string): void {
  programs.before.file = `${directory}/dist/src/index.js`
}

export interface RunningServer {
  name: ServerName
  dialect: Dialect
  pid: number
  port: number
  stop: () => Promise<void>
}

/** A bench that is interrupted leaves nobody behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill()
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Every server refuses a caller without a token, so 401 says that it is there. */
async function untilItAnswers(child: ChildProcess, port: number, name: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`)
    const status = await fetch(`http://127.0.0.1:${port}/invite`).then(
      (reply) => reply.status,
      () => 0
    )
    if (status === 401) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${name} does not answer`)
}

export async function startServer(name: ServerName, databaseUrl: string, processes = 1): Promise<RunningServer> {
  const { file, dialect } = programs[name]
  const port = await freePort()
  const child = fork(file, {
    // The service writes a line a request, as in production; where the lines go costs the same for a file.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      AUTH_SECRET: secret,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_POOL_SIZE: '10',
      RATE_LIMIT_FACTOR: process.env['RATE_LIMIT_FACTOR'] ?? '10000',
      BENCH_PROCESSES: String(processes)
    }
  })
  running.add(child)
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
  )
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  }
  try {
    await untilItAnswers(child, port, name)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return { name, dialect, pid: child.pid ?? 0, port, stop }
}
