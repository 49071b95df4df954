// The npm scripts: what takes data away asks first, what watches sees every kind of save, and the tests see no settings
// of whoever runs them.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { migrate, openDatabase } from '../src/database/database.js'
import { until } from './support/patience.js'
import { makeDatabase, onPostgres } from './support/server.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'invite-commands-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Starts a program; its whole process group ends with `kill`, because npm does not pass every signal on. */
function start(file: string, args: string[], env: Record<string, string | undefined>, cwd = root) {
  const child = spawn(file, args, { cwd, env: { PATH: process.env['PATH'], HOME: directory, ...env }, detached: true })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  return { said: () => said, ended, kill: () => process.kill(-(child.pid ?? 0), 'SIGKILL') }
}

/** A checkout of its own, without what git does not keep. */
function copyOf(name: string): string {
  const to = join(directory, name)
  cpSync(root, to, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.git|\.data|dist)$|\/config\/local[^/]*$/.test(path)
  })
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
  return to
}

describe('npm run migrate:rollback', () => {
  it('takes back one migration, and none from a database with rows unless it is told to', async () => {
    const made = onPostgres ? await makeDatabase() : undefined
    const data = join(directory, 'data')
    const config = { database: { url: made?.url ?? '', directory: data, poolSize: 2 } }
    const environment = {
      NODE_CONFIG_DIR: process.env['NODE_CONFIG_DIR'],
      DATABASE_URL: made?.url ?? '',
      DATA_DIRECTORY: data
    }
    const rollBack = async (...args: string[]) => {
      const { said, ended } = start('npm', ['run', 'migrate:rollback', ...args], environment)
      return { code: await ended, said: said() }
    }
    const look = async () => {
      const database = await openDatabase(config)
      try {
        const hasRun = await database.db.schema.hasTable('migrations')
        const names: { name: string }[] = hasRun ? await database.db('migrations').orderBy('id') : []
        return {
          migrations: names.map(({ name }) => name),
          users: (await database.db('users')).length
        }
      } finally {
        await database.close()
      }
    }
    try {
      const database = await openDatabase(config)
      const all = await migrate(database)
      await database.db.raw(`insert into users (id, name, "inviteCode") values (gen_random_uuid(), 'Ada', 'ABCDEFGH')`)
      await database.close()

      const refused = await rollBack()
      expect([refused.code, refused.said]).toEqual([
        1,
        expect.stringMatching(/^Nothing was changed: there are rows in users, /m)
      ])
      expect(refused.said).not.toMatch(/^\s+at /m)
      expect(await look()).toEqual({ migrations: all, users: 1 })

      const done = await rollBack('--', '--yes')
      expect([done.code, done.said]).toEqual([0, expect.stringContaining(`Taken back: ${all.at(-1)}`)])
      expect(await look()).toEqual({ migrations: all.slice(0, -1), users: 1 })
    } finally {
      await made?.drop()
    }
  }, 600_000)
})

describe.runIf(!onPostgres)('npm run dev', () => {
  it('starts again when a file is saved, also by an editor that writes another file and renames it', async () => {
    const copy = copyOf('dev')
    const environment = { PORT: '0', DATA_DIRECTORY: 'memory:', DEMO: 'off' }
    const { said, kill, ended } = start('npm', ['run', 'dev'], environment, copy)
    const starts = () => said().match(/"msg":"listening"/g)?.length ?? 0
    try {
      await until(() => starts() === 1, 'the first start', 200_000)
      const saved = ['src/reasons.ts', 'config/default.json', 'migrations/20261123100000_people.ts']
      for (const [index, file] of saved.entries()) {
        const path = join(copy, file)
        writeFileSync(`${path}.tmp`, `${readFileSync(path, 'utf8')}\n`)
        renameSync(`${path}.tmp`, path)
        await until(() => starts() === index + 2, `a start after ${file} was saved`, 200_000)
      }
      expect(starts()).toBe(saved.length + 1)
    } finally {
      kill()
      await ended
    }
  }, 900_000)
})

describe.runIf(!onPostgres)('the tests', () => {
  it('pass whatever the shell exports, and whatever stands in config/local.json', async () => {
    const copy = copyOf('hostile')
    const local = {
      port: 1,
      patchCap: 1,
      demo: true,
      logLevel: 'debug',
      database: { url: 'postgres://127.0.0.1:1/none' }
    }
    for (const name of ['local', 'local-test', 'local-development', 'local-production']) {
      writeFileSync(join(copy, `config/${name}.json`), JSON.stringify(local))
    }
    writeFileSync(
      join(copy, 'test/probe.test.ts'),
      `import { expect, it } from 'vitest'
      import { startProcess } from './support/processes.js'
      import { useServer } from './support/server.js'
      const server = await useServer()
      it('is what it is', async () => {
        expect(server.config).toMatchObject({ patchCap: 1000, demo: false, environment: 'test', guests: true })
        const other = await startProcess({ DATA_DIRECTORY: 'memory:' })
        expect((await fetch(other.url + '/health/ready')).status).toBe(200)
        await other.stop()
      })`
    )
    const hostile = {
      NODE_ENV: 'production',
      PORT: 'none',
      HOST: '192.0.2.1',
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      AUTH_SECRET: 'short',
      LOG_LEVEL: 'loud',
      GUESTS: 'perhaps',
      NODE_CONFIG_DIR: '/nowhere',
      DEMO: 'on'
    }
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = [vitest, 'run', '--maxWorkers=1', 'test/config.test.ts', 'test/probe.test.ts']
    const { said, ended } = start(process.execPath, args, hostile, copy)
    expect([await ended, said()]).toEqual([0, expect.stringMatching(/Test Files .*2 passed/)])
  }, 900_000)
})
