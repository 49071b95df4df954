// The table of fields: it is what the database has, and a new field is one line of it, a migration and nothing else.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TSchema } from '@sinclair/typebox'
import { afterAll, describe, expect, it } from 'vitest'
import { innerColumns, invites } from '../src/services/invite/invite.table.js'
import { logins, users } from '../src/services/user/user.table.js'
import { person } from './support/people.js'
import { startProcess } from './support/processes.js'
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

describe('a new field of an invite', () => {
  const copy = mkdtempSync(join(tmpdir(), 'invite-field-'))
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  /** The whole change, as the README tells it. */
  function addNote() {
    for (const part of ['src', 'migrations', 'config', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const file = join(copy, 'src/services/invite/invite.table.ts')
    const before = /^ {2}expiresAt: field\(.*$/m
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(before)
    const line = `  note: field(orNull(text(200)), 'editor', { private: 'userId' }),`
    writeFileSync(
      file,
      text.replace(before, (known) => `${known}\n${line}`)
    )
    writeFileSync(
      join(copy, 'migrations/29990101000000_invite_note.ts'),
      `import type { Knex } from 'knex'
       export const up = (db: Knex) => db.raw('alter table invites add column note text')
       export const down = (db: Knex) => db.raw('alter table invites drop column note')`
    )
  }

  it('is one line and a migration: it is written, read, filtered by, patched, hidden from others, and described', async () => {
    addNote()
    const types = await new Promise<string>((resolve) => {
      execFile(
        join(root, 'node_modules/.bin/tsc'),
        ['--noEmit', '-p', 'tsconfig.build.json'],
        { cwd: copy },
        (_, out) => resolve(out)
      )
    })
    expect(types).toBe('')

    const database = onPostgres ? await makeDatabase() : undefined
    const running = await startProcess(
      { DATABASE_URL: database?.url ?? '', DATA_DIRECTORY: join(copy, '.data'), DEMO: 'off' },
      copy
    )
    try {
      const [ada, bob] = await Promise.all([person(running), person(running)])
      const noted = await ada.inviteToChannel(bob, { note: 'bring cake' })
      const other = await ada.inviteToChannel(bob)
      expect(Object.keys(noted).slice(-3)).toEqual(['expiresAt', 'note', 'delivery'])
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
    } finally {
      await running.stop()
      await database?.drop()
    }
  })
})
