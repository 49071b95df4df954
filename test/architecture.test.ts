// The house: imports go down, files stay short, migrations go both ways, and only one process migrates.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { migrate, openDatabase } from '../src/database/database.js'
import { invites } from '../src/services/invite/invite.table.js'
import { users } from '../src/services/user/user.table.js'
import { reasons } from '../src/reasons.js'
import { makeDatabase, onPostgres } from './support/server.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => file.replaceAll('\\', '/'))
  .sort()
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')
const withoutComments = (file: string) => textOf(file).replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '')

/**
 * From the bottom up. A file's floor is the first whose pattern matches; it may import its own floor and those below.
 * The rooms of services/invite/ are floors of their own.
 */
const floors: [name: string, pattern: RegExp][] = [
  ['words', /^(reasons|errors|feathers)\.ts$|^words\//],
  ['schema', /^schema\//],
  ['settings', /^(settings|config)\.ts$/],
  ['tools', /^(database|telemetry|limits|openapi)\//],
  ['callers and delivery', /^(callers|delivery)\//],
  ['declarations', /^declarations\.ts$/],
  ['hooks', /^hooks\//],
  ['user', /^services\/user\//],
  ['lean services', /^services\/(?!invite\/|account\/|index\.ts)/],
  ['invite: table', /^services\/invite\/(invite\.table|delivery\.schema)\.ts$/],
  ['invite: types', /^services\/invite\/types\//],
  ['invite: limits', /^services\/invite\/limits\//],
  ['invite: filter', /^services\/invite\/(filter\/|invite\.policy\.ts)/],
  ['invite: view', /^services\/invite\/invite\.view\.ts$/],
  ['invite: rows', /^services\/invite\/rows\//],
  ['invite: delivery', /^services\/invite\/(delivery\/|(announce|publish)\.ts)/],
  ['invite: verbs', /^services\/invite\/(write|answer|stats)\//],
  ['invite', /^services\/invite\/invite\.(hooks|class|docs)\.ts$/],
  ['invite: front door', /^services\/invite\/invite\.ts$/],
  ['account', /^services\/account\//],
  ['services', /^services\/index\.ts$/],
  ['transports and pages', /^(rest|realtime|demo)\/|^pages\/(?!browser\/)/],
  // In the browser: of the floors below they take types, and the sentences.
  ['browser: kit', /^pages\/browser\/(kit\/|css\.d\.ts)/],
  ['browser: pages', /^pages\/browser\//],
  ['app', /^(app|client|client-session|deliveries|sweeper)\.ts$/],
  ['processes', /^((index|listen|process|worker)\.ts|commands\/)/]
]
const floorOf = (file: string) => floors.findIndex(([, pattern]) => pattern.test(file))
const nameOf = (file: string) => floors[floorOf(file)]?.[0]

/** The source file behind the name that an import has. */
const sourceOf = (name: string) =>
  [name.replace(/\.js$/, '.ts'), name.replace(/\.js$/, '.tsx')].find((file) => files.includes(file)) ?? name

/** Every import of another file, of types as well. */
const imports = (file: string): string[] =>
  [...textOf(file).matchAll(/^(?:import|export)\s+(?:[^'"]*?from\s+)?'(\.[^']+)'/gm)].map(([, path]) =>
    sourceOf(relative(src, join(src, dirname(file), path ?? '')))
  )

describe('the source', () => {
  it('has a place in the house for every file', () => {
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([])
    expect(files.length).toBeGreaterThan(100)
    // Each floor has somebody on it.
    expect(floors.filter((_, floor) => !files.some((file) => floorOf(file) === floor))).toEqual([])
  })

  it('imports downwards only, types as well', () => {
    const upwards = files.flatMap((file) =>
      imports(file)
        .filter((imported) => floorOf(imported) > floorOf(file))
        .map((imported) => `${file} (${nameOf(file)}) → ${imported} (${nameOf(imported)})`)
    )
    expect(upwards).toEqual([])
    // The check sees something: the front door imports what is behind it, and a type counts.
    expect(imports('services/invite/invite.ts')).toContain('services/invite/invite.class.ts')
    expect(imports('index.ts')).toContain('app.ts')
    expect(textOf('hooks/admins-only.ts')).toContain("import type { HookContext } from '../declarations.js'")
    expect(imports('hooks/admins-only.ts')).toContain('declarations.ts')
  })

  it('gives a browser nothing of the service but types and sentences', () => {
    const browser = files.filter((file) => file.startsWith('pages/browser/'))
    expect(browser.length).toBeGreaterThan(10)
    const values = browser.flatMap((file) =>
      [...textOf(file).matchAll(/^(?:import|export) (?!type )[^'"]*from '(\.[^']+)'/gm)]
        .map(([, path]) => sourceOf(relative(src, join(src, dirname(file), path ?? ''))))
        .filter((imported) => !imported.startsWith('pages/browser/'))
    )
    expect([...new Set(values)]).toEqual(['words/sentences.ts'])
    const elsewhere = files.filter((file) => !browser.includes(file))
    expect(elsewhere.filter((file) => imports(file).some((imported) => browser.includes(imported)))).toEqual([])
  })

  it('asks for no method that a browser of five years ago lacks', () => {
    const young =
      /\.at\(|hasOwn|structuredClone|randomUUID|findLast|toSorted|toReversed|Object\.groupBy|<dialog|AbortSignal\./
    expect(files.filter((file) => file.startsWith('pages/browser/') && young.test(withoutComments(file)))).toEqual([])
  })

  it('has no circles, types included', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const walk = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (done.has(file) || path.includes(file)) return
      for (const imported of imports(file)) walk(imported, [...path, file])
      done.add(file)
    }
    for (const file of files) walk(file, [])
    expect(circles).toEqual([])
  })

  it('has tools that know no service: delivery, the document, the transports, the sweeper', () => {
    const tools = files.filter((file) =>
      /^(delivery|openapi|callers|limits|hooks|realtime|rest)\/|^sweeper\.ts$/.test(file)
    )
    expect(tools.length).toBeGreaterThan(20)
    expect(tools.filter((file) => imports(file).some((imported) => imported.startsWith('services/')))).toEqual([])
  })

  it('has no two quotas of one name', () => {
    const names = files.flatMap((file) =>
      [...textOf(file).matchAll(/: Quota = \{\s*name: '(\w+)'/g)].map(([, name]) => name)
    )
    expect(names.length).toBeGreaterThan(6)
    expect(new Set(names).size).toBe(names.length)
  })

  it('has no SQL in hooks and no HTTP in verbs', () => {
    const verbs = files.filter((file) =>
      /^services\/invite\/(write|rows|limits|types)\/|^services\/invite\/answer\/(?!.*\.(class|docs)|passcode-params)/.test(
        file
      )
    )
    expect(verbs.length).toBeGreaterThan(30)
    for (const file of verbs) {
      expect([file, /\bctx\b|HookContext|params\.provider|from 'koa'|@feathersjs\/koa/.test(textOf(file))]).toEqual([
        file,
        false
      ])
    }
    const sql = /\b(select|insert into|update|delete from) .*\b(from|set|values|where)\b/i
    expect(files.filter((file) => file.startsWith('hooks/') && sql.test(withoutComments(file)))).toEqual([])
  })

  it('has no file over 180 lines, no suppression, no note of what is still to do', () => {
    for (const file of files) {
      const text = textOf(file)
      expect([file, text.split('\n').length <= 181]).toEqual([file, true])
      const suspects = text.match(
        // This pattern finds suppressions and open notes in src. It is not one of them.
        /\bas any\b|<any>|@ts-(ignore|expect-error|nocheck)|oxlint-disable|eslint-disable|\bTODO\b|\bFIXME\b/g
      )
      expect([file, suspects]).toEqual([file, null])
    }
  })

  /** A list names three fields of a table, with nothing between them but commas, quotes, aliases, types or values. */
  function listsIn(text: string, fields: readonly string[]): string[] {
    const name = `(?:\\w+\\.)?["'\`]?\\b(?:${fields.join('|')})\\b["'\`]?`
    const list = new RegExp(`${name}(?:(?: \\w+| ?\\??: [\\w.]+(?: \\| null)?)?[,;\\n]\\s*${name}){2,}`, 'g')
    return (text.match(list) ?? []).map((found) => found.replaceAll(/["'`]/g, '').replaceAll(/\s+/g, ' '))
  }

  it('lists the fields of invites and users in their tables and nowhere else, in SQL neither', () => {
    const tables = ['services/invite/invite.table.ts', 'services/user/user.table.ts']
    const lists = files
      .filter((file) => !tables.includes(file))
      .flatMap((file) =>
        [invites.stored, users.stored].flatMap((fields) =>
          listsIn(withoutComments(file), fields).map((list) => `${file}: ${list}`)
        )
      )
    expect(lists.sort()).toEqual([
      // The values of one query, on another table.
      'services/invite/answer/require-invitee.ts: userId, invite.identityProviderType, invite.token',
      // `delivery` in a reply is made of these hidden columns.
      'services/invite/invite.view.ts: deliveryStatus, deliveryReason, deliveryAttempts, lastAttemptAt',
      // A landing is made of these.
      'services/invite/types/membership.ts: inviteType, targetObjectId, spawnType, spawnDetails',
      // The columns whose values the statement makes.
      'services/invite/write/create-sql.ts: deliveryStatus, deliveryReason, createdAt, updatedAt',
      // The values that the server adds to a new row, each with its own expression. The compiler asks for them.
      'services/invite/write/new-invite.ts: id, recipient, makeAdminBy',
      'services/user/register.ts: id: userId, isGuest: user.isGuest, inviteCode'
    ])
    // The check sees lists of each form.
    for (const list of [
      `['timed', 'startTime', 'endTime']`,
      'const { timed, startTime, endTime } = invite',
      'i.timed, i."startTime", i."endTime"',
      'x(timed boolean, "startTime" timestamptz, "endTime" timestamptz)',
      '{ timed: row.timed, startTime: row.startTime, endTime: row.endTime }',
      'interface Times {\n  timed: boolean\n  startTime?: string | null\n  endTime?: string\n}'
    ]) {
      expect([list, listsIn(list, invites.stored).length]).toEqual([list, 1])
    }
  })

  it('names five fields of an invite side by side in its table only, whatever stands between them', () => {
    const shared = ['id', 'name', 'token', 'status', 'recipient', 'userId', 'createdAt', 'updatedAt']
    const own = new RegExp(`\\b(${invites.stored.filter((name) => !shared.includes(name)).join('|')})\\b`, 'g')
    const beside = files.filter((file) => {
      const lines = textOf(file).split('\n')
      const within = (at: number) =>
        new Set(
          lines
            .slice(at, at + 3)
            .join('\n')
            .match(own)
        ).size
      return lines.some((_, at) => within(at) >= 5)
    })
    // The words of reasons speak of fields, and one reason follows the other.
    expect(beside).toEqual(['reasons.ts', 'services/invite/invite.table.ts'])
  })

  it('uses every reason that it tells clients of', () => {
    const used = files
      .filter((file) => file !== 'reasons.ts')
      .map(textOf)
      .join('\n')
    expect(Object.keys(reasons).filter((reason) => !used.includes(`'${reason}'`))).toEqual([])
  })

  it('names every environment variable in config/, and reads none elsewhere', () => {
    const readers = files.filter((file) => /process\.env/.test(textOf(file)))
    // The page of the inviter shows a call that a program of the reader can make, with the token in its environment.
    const shown = 'pages/browser/invites/bulk/snippets/fetch.ts'
    expect(readers.filter((file) => file !== shown)).toEqual(['config.ts', 'process.ts'])
    // Beside the settings, which have their names in config/: the environment, and the place of config/.
    const named = /\{ (NODE_\w+): \w+ \}: NodeJS\.ProcessEnv/g
    expect([...textOf('config.ts').matchAll(named)].map(([, name]) => name)).toEqual(['NODE_CONFIG_DIR', 'NODE_ENV'])
    expect(textOf('config.ts').match(/process\.env\b.?/g)).toEqual(['process.env)', 'process.env)'])
  })
})

describe('migrations', () => {
  const opened = async () => {
    const made = onPostgres ? await makeDatabase() : undefined
    const database = await openDatabase({
      database: { url: made?.url ?? '', directory: 'memory:', poolSize: 4 }
    })
    return {
      ...database,
      url: made?.url ?? '',
      async close() {
        await database.close()
        await made?.drop()
      }
    }
  }

  it('go up, down and up again, and leave the same schema', async () => {
    const migrating = await opened()
    const { db } = migrating
    const schema = async () => {
      const { rows: columns } = await db.raw(
        `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
         where table_schema = 'public' and table_name not like 'migrations%' order by 1, 2`
      )
      const { rows: indexes } = await db.raw(
        `select indexdef from pg_indexes where schemaname = 'public' and tablename not like 'migrations%' order by 1`
      )
      const { rows: rules } = await db.raw(
        `select conname, pg_get_constraintdef(c.oid) as rule from pg_constraint c
         join pg_namespace n on n.oid = c.connamespace
         where n.nspname = 'public' and conrelid::regclass::text not like 'migrations%' order by 1, 2`
      )
      const { rows: routines } = await db.raw(
        `select p.proname, p.prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'public' order by 1`
      )
      const { rows: triggers } = await db.raw(
        `select pg_get_triggerdef(oid) as text from pg_trigger where not tgisinternal order by 1`
      )
      return { columns, indexes, rules, routines, triggers }
    }
    try {
      const migrated = await migrate(migrating)
      expect(migrated.length).toBeGreaterThan(3)
      const first = await schema()
      expect(first.columns.length).toBeGreaterThan(50)
      expect(await migrate(migrating)).toEqual([])
      const { migrationSource } = await import('../src/database/migrations.js')
      await db.migrate.rollback({ migrationSource, tableName: 'migrations' }, true)
      expect(await schema()).toEqual({ columns: [], indexes: [], rules: [], routines: [], triggers: [] })
      expect(await migrate(migrating)).toEqual(migrated)
      expect(await schema()).toEqual(first)
    } finally {
      await migrating.close()
    }
  }, 300_000)

  it.runIf(onPostgres)(
    'run in one of several processes that start at once',
    async () => {
      const migrating = await opened()
      const { db, url } = migrating
      const script = `
      import { openDatabase, migrate } from ${JSON.stringify(join(src, 'database/database.ts'))}
      const database = await openDatabase({ database: { url: ${JSON.stringify(url)}, directory: '', poolSize: 2 } })
      console.log('migrated', (await migrate(database)).length)
      await database.close()
      process.exit(0)`
      const run = () =>
        new Promise<string>((resolve) => {
          const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root })
          let said = ''
          child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
          child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
          child.once('close', () => resolve(said.trim()))
        })
      try {
        const said = await Promise.all([run(), run(), run()])
        const count = (await db('migrations')).length
        expect(count).toBeGreaterThan(3)
        expect(said.sort()).toEqual(['migrated 0', 'migrated 0', `migrated ${count}`].sort())
        expect(await db.schema.hasTable('invites')).toBe(true)
      } finally {
        await migrating.close()
      }
    },
    300_000
  )
})
