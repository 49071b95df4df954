// The house: imports go down, files stay short, migrations go both ways, and only one process migrates.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { migrate, openDatabase } from '../src/database/database.js'
import { makeDatabase, onPostgres } from './support/server.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'))
  .sort()
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')

/** From the bottom up. A file's layer is the first whose pattern matches; it may import its own layer and those below. */
const layers: [name: string, pattern: RegExp][] = [
  ['words', /^(errors|config|formats|feathers|query-string)\.ts$/],
  ['shapes', /\.schema\.ts$|^services\/paging\.ts$|^validation\.ts$|^rest\/query-string\.ts$/],
  [
    'tools',
    /^database\/|^delivery\/(carrier|mail-file)\.ts$|^(logger|quotas|overload|retry)\.ts$|^authentication\/(tokens|callers|secret)\.ts$/
  ],
  ['hooks', /^hooks\/|^rest\/body\.ts$/],
  ['verbs', /^services\/.*\/|^services\/place\.ts$|^authentication\/admin\.ts$/],
  // What goes on in the background runs verbs, as services do.
  ['services', /^(authentication|delivery)\/|^services\/index\.ts$/],
  ['assembly', /^(rest|realtime|health|metrics|openapi|demo|web)\//],
  ['app', /^(app|listen|client)\.ts$/],
  ['index', /^index\.ts$/]
]
const layerOf = (file: string) => layers.findIndex(([, pattern]) => pattern.test(file))

/** What a file imports to run; types alone bind nobody. */
function imports(file: string): string[] {
  return [...textOf(file).matchAll(/^(?:import|export)\s+(?!type\b)([^'"]*?from\s+)?'(\.[^']+)'/gm)]
    .filter(([, names]) => !/^\{(\s*type\s+\w+\s*,?)+\s*\}\s*from\s*$/.test(names ?? ''))
    .map(([, , path]) => relative(src, join(src, dirname(file), path ?? '')).replace(/\.js$/, '.ts'))
}

describe('the source', () => {
  it('has a place in the house for every file', () => {
    expect(files.filter((file) => file !== 'declarations.ts' && layerOf(file) < 0)).toEqual([])
    expect(files.length).toBeGreaterThan(50)
  })

  it('imports downwards only', () => {
    const upwards = files.flatMap((file) =>
      imports(file)
        .filter((imported) => layerOf(imported) > layerOf(file))
        .map((imported) => `${file} (${layers[layerOf(file)]?.[0]}) → ${imported} (${layers[layerOf(imported)]?.[0]})`)
    )
    expect(upwards).toEqual([])
    // The check sees something: the front door imports what is behind it.
    expect(imports('services/invite/invite.ts')).toContain('services/invite/invite.class.ts')
    expect(imports('index.ts')).toContain('app.ts')
  })

  it('has no circles, but for types', () => {
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

  it('has no SQL in hooks and no HTTP in verbs', () => {
    const verbs = files.filter((file) =>
      /^services\/invite\/(accept|close|create|find|patch|preview|resend)\.ts$/.test(file)
    )
    expect(verbs.length).toBe(7)
    for (const file of verbs) {
      expect([file, /\bctx\b|HookContext|params\.provider|from 'koa'|@feathersjs\/koa/.test(textOf(file))]).toEqual([
        file,
        false
      ])
    }
    for (const file of files.filter((file) => file.startsWith('hooks/') && file !== 'hooks/idempotent.ts')) {
      expect([
        file,
        /\b(select|insert into|update|delete from) .*\b(from|set|values|where)\b/i.test(
          textOf(file).replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '')
        )
      ]).toEqual([file, false])
    }
  })

  it('has no file over 250 lines, no suppression, no note of what is still to do', () => {
    for (const file of files) {
      const text = textOf(file)
      expect([file, text.split('\n').length <= 251]).toEqual([file, true])
      // Looks for suppressions and is none: what must not stand in a source is named here to be found.
      const suspects = text.match(
        /\bas any\b|<any>|@ts-(ignore|expect-error|nocheck)|oxlint-disable|eslint-disable|\bTODO\b|\bFIXME\b/g
      )
      expect([file, suspects]).toEqual([file, null])
    }
  })

  it('names every environment variable in config/, and reads none elsewhere', () => {
    const readers = files.filter((file) => /process\.env/.test(textOf(file)))
    expect(readers).toEqual(['config.ts'])
    expect(textOf('config.ts').match(/process\.env\S*/g)).toEqual(["process.env['NODE_ENV']"])
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
