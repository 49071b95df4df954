// The table of fields: it is what the database has, and a new field is one line of it, a migration and nothing else.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TSchema } from '@sinclair/typebox'
import { afterAll, describe, expect, it } from 'vitest'
import { innerColumns, invites } from '../src/services/invite/invite.table.js'
import { logins, users } from '../src/services/user/user.table.js'
import { call, person } from './support/people.js'
import { startProcess, type ServerProcess } from './support/processes.js'
import { makeDatabase, onPostgres, useServer } from './support/server.js'

const server = await useServer()
const root = fileURLToPath(new URL('..', import.meta.url))

describe('the table of fields', () => {
  interface Column {
    name: string
    type: string
    nullable: boolean
  }
  const takesNull = ({ anyOf }: TSchema) => Array.isArray(anyOf) && anyOf.some(({ type }) => type === 'null')
  const udtNames: Record<string, string> = { boolean: 'bool', integer: 'int4' }

  it.each([
    ['invites', invites, innerColumns],
    ['users', users, []],
    ['user_logins', logins, []]
  ] as const)('of %s has every column of the database, with its type, and no other', async (name, table, inner) => {
    const { rows } = await server.db.raw<{ rows: Column[] }>(
      `select column_name as name, udt_name as type, is_nullable = 'YES' as nullable
       from information_schema.columns where table_schema = 'public' and table_name = ?`,
      [name]
    )
    const { fields } = table as { fields: Record<string, { column: string | null; schema: TSchema }> }
    const stated = Object.entries(fields).flatMap(([field, { column, schema }]) =>
      column === null ? [] : [{ name: field, type: udtNames[column] ?? column, nullable: takesNull(schema) }]
    )
    const byName = (one: Column, other: Column) => (one.name < other.name ? -1 : 1)
    const read = rows.filter(({ name: column }) => !(inner as readonly string[]).includes(column))
    expect(stated.toSorted(byName)).toEqual(read.toSorted(byName))
    expect(rows.length).toBe(stated.length + inner.length)
  })

  it('is the order in which people_and_places() tells of people and their logins', async () => {
    const { rows } = await server.db.raw<{ rows: { source: string }[] }>(
      `select prosrc as source from pg_proc where proname = 'people_and_places'`
    )
    const source = rows[0]?.source.replaceAll('"', '').replaceAll(/\s+/g, ' ') ?? ''
    expect(source).toContain(users.stored.map((name) => `u.${name}`).join(', '))
    expect(source).toContain(logins.stored.map((name) => `l.${name}`).join(', '))
  })
})

const edit = (file: string, change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8')))

/** A copy of the project, with a line more in a table of fields and a migration, as the README tells it. */
function copyWith({ file, after, line, migration }: { file: string; after: RegExp; line: string; migration: string }) {
  const copy = mkdtempSync(join(tmpdir(), 'a-field-'))
  afterAll(() => rmSync(copy, { recursive: true, force: true }))
  for (const part of ['src', 'migrations', 'config', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  edit(join(copy, file), (text) => {
    expect(text).toMatch(after)
    const imported = text.replace(/\borNull, word \} from/, 'orNull, text, word } from')
    return imported.replace(after, (known) => `${known}\n${line}`)
  })
  writeFileSync(join(copy, 'migrations/29990101000000_a_field.ts'), migration)
  return copy
}

/** The errors of the compiler; none is the empty text. */
const typeErrorsOf = (copy: string) =>
  new Promise<string>((resolve) => {
    const tsc = join(root, 'node_modules/.bin/tsc')
    execFile(tsc, ['--noEmit', '-p', 'tsconfig.build.json'], { cwd: copy }, (_, out) => resolve(out))
  })

async function runCopy(copy: string, work: (running: ServerProcess) => Promise<void>) {
  const database = onPostgres ? await makeDatabase() : undefined
  const running = await startProcess(
    { DATABASE_URL: database?.url ?? '', DATA_DIRECTORY: join(copy, '.data'), DEMO: 'off' },
    copy
  )
  try {
    await work(running)
  } finally {
    await running.stop()
    await database?.drop()
  }
}

describe('a new field of an invite', () => {
  it('is one line and a migration: it is written, read, filtered by, patched, hidden from others, and described', async () => {
    const copy = copyWith({
      file: 'src/services/invite/invite.table.ts',
      after: /^ {2}expiresAt: field\(.*$/m,
      line: `  note: field(orNull(text(200)), 'editor', { private: 'userId' }),`,
      migration: `import type { Knex } from 'knex'
        export const up = (db: Knex) => db.raw('alter table invites add column note text')
        export const down = (db: Knex) => db.raw('alter table invites drop column note')`
    })
    expect(await typeErrorsOf(copy)).toBe('')

    await runCopy(copy, async (running) => {
      const [ada, bob] = await Promise.all([person(running), person(running)])
      const noted = await ada.inviteToChannel(bob, { note: 'bring cake' })
      const other = await ada.inviteToChannel(bob)
      expect(Object.keys(noted).slice(-5)).toEqual(['expiresAt', 'note', 'link', 'locale', 'delivery'])
      expect([noted, other].map((invite) => (invite as { note?: unknown }).note)).toEqual(['bring cake', null])

      const refused = await ada.call('POST', '/invite', { body: { inviteType: 'friend', note: 'x'.repeat(201) } })
      expect([refused.status, refused.body.data]).toEqual([
        400,
        { reason: 'invalid', errors: [expect.objectContaining({ path: 'note' })] }
      ])

      const found = await ada.must('GET', '/invite?note=bring%20cake')
      expect(found.data.map(({ id }: { id: string }) => id)).toEqual([noted.id])
      const patched = await ada.patch({ note: { $like: 'bring%' } }, { note: 'bring tea' })
      expect([patched.status, patched.body]).toEqual([
        200,
        [expect.objectContaining({ id: noted.id, note: 'bring tea' })]
      ])
      const history = await ada.must('GET', `/invite/${noted.id}/history`)
      expect(history.at(-1)).toMatchObject({ action: 'patched', keys: ['note'] })

      // Hidden from the invitee, who cannot guess it either.
      expect(await bob.must('GET', `/invite/${noted.id}`)).toMatchObject({ id: noted.id, note: null })
      expect((await bob.must('GET', '/invite?note=bring%20tea')).data).toEqual([])
      expect((await bob.must('GET', '/invite?note=null')).data).toHaveLength(2)

      const { body: document } = await ada.call('GET', '/openapi.json')
      for (const schema of ['Invite', 'InviteData', 'InvitePatch', 'InviteFilter']) {
        expect([schema, document.components.schemas[schema].properties.note]).toEqual([schema, expect.anything()])
      }
    })
  })
})

describe('a new field of a user', () => {
  it('is one line and a migration: it is stored by who registers, at an invite too, read, patched and described', async () => {
    const copy = copyWith({
      file: 'src/services/user/user.table.ts',
      after: /^ {2}inviteCode: field\(.*$/m,
      line: `  motto: field(orNull(name()), 'editor'),\n  tongue: field(orNull(text(8)), 'creator'),`,
      migration: `import type { Knex } from 'knex'
        export async function up(db: Knex) {
          await db.raw('alter table users add column motto text, add column tongue text')
          const { rows } = await db.raw("select pg_get_functiondef('people_and_places'::regproc) as text")
          await db.raw(rows[0].text.replace('u."inviteCode", ', 'u."inviteCode", u.motto, u.tongue, '))
        }
        export const down = (db: Knex) => db.raw('alter table users drop column motto, drop column tongue')`
    })
    // A field of a login is hidden as well: the two tables stand in one file.
    edit(join(copy, 'src/services/user/user.table.ts'), (text) =>
      text
        .replace(`ipAddress: field(orNull(text(64)), 'server')`, 'ipAddress: hidden(orNull(text(64)))')
        .replace(/^ *field,$/m, 'field, hidden,')
    )
    expect(await typeErrorsOf(copy)).toBe('')

    await runCopy(copy, async (running) => {
      const ada = await person(running)
      const account = () => ({ name: 'Eve', email: `${randomUUID()}@example.com`, password: 'correct horse battery' })
      const body = { ...account(), motto: ' onwards ', tongue: 'en' }
      const made = await ada.must('POST', '/user', body)
      expect(made).toMatchObject({ name: 'Eve', motto: 'onwards', tongue: 'en' })
      expect(await ada.must('POST', '/user', account())).toMatchObject({ motto: null, tongue: null })

      const link = await ada.must('POST', '/invite', { inviteType: 'new-user' })
      const accepted = await call(running, 'POST', `/invite/${link.id}/accept`, {
        body: { passcode: link.passcode, register: { ...body, ...account() } }
      })
      expect(accepted.body.invite.invitee).toMatchObject({ motto: 'onwards', tongue: 'en' })

      const patched = await ada.must('PATCH', `/user/${ada.id}`, { motto: 'wait' })
      expect(patched).toMatchObject({ id: ada.id, motto: 'wait', tongue: null })
      expect(await ada.must('GET', `/user/${ada.id}`)).toEqual(patched)
      const refused = await ada.call('PATCH', `/user/${ada.id}`, { body: { tongue: 'fr' } })
      expect([refused.status, refused.body.data.errors]).toEqual([400, [expect.objectContaining({ path: 'tongue' })]])

      const { data } = await ada.must('GET', '/user-login')
      const logins = [data[0], await ada.must('GET', `/user-login/${data[0].id}`), patched.lastLogin]
      const hidden = ['id', 'userAgent', 'userId', 'identityProviderId', 'createdAt']
      expect(logins.map(Object.keys)).toEqual([hidden, hidden, hidden])

      const { body: document } = await ada.call('GET', '/openapi.json')
      for (const schema of ['User', 'UserData', 'UserPatch']) {
        expect([schema, document.components.schemas[schema].properties.motto]).toEqual([schema, expect.anything()])
      }
    })
  })
})
