// The number of SQL statements of a bulk call does not depend on the number of rows, and few of them stay prepared.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Knex } from 'knex'
import { expect, it } from 'vitest'
import { run, runLists } from '../src/database/statement.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

// Nothing is delivered: whoever looks for messages asks the database, too.
const server = await useServer({ mailFile: '' })

/** Counts what `work` asks of the database: by the channel of statement.ts, and by what knex sends itself. */
async function counted<T>(work: () => Promise<T>) {
  const texts: string[] = []
  let builders = 0
  const hear = (message: unknown) => texts.push((message as { text: string }).text)
  const hearBuilder = () => (builders += 1)
  subscribe('invite-service:statement', hear)
  server.db.on('query', hearBuilder)
  try {
    return { result: await work(), texts, builders }
  } finally {
    unsubscribe('invite-service:statement', hear)
    server.db.off('query', hearBuilder)
  }
}

/** Callers are remembered from when the service hears of changes, soon after its start. */
async function remembered(who: Person) {
  await expect.poll(async () => (await counted(() => who.call('GET', '/user-login'))).texts.length).toBe(0)
}

/** Rows of bearer links, written at once: a thousand calls would say nothing more. */
async function withInvites(ada: Person, count: number) {
  const { id: targetObjectId } = await ada.channel()
  const hundred = (n: number) => Array.from({ length: n }, () => ({ inviteType: 'channel', targetObjectId }))
  for (let left = count; left > 0; left -= 100) await ada.must('POST', '/invite', hundred(Math.min(left, 100)))
  return targetObjectId
}

it('is the same for 1, 50 and 1000 rows', async () => {
  const ada = await person(server, 'Ada')
  await remembered(ada)
  const counts: number[] = []
  for (const rows of [1, 50, 1000]) {
    const targetObjectId = await withInvites(ada, rows)
    const filter = { targetObjectId, user: { name: 'Ada' } }
    // Once before, so that what is remembered of the caller counts for none of them.
    await ada.patch(filter, { deleteOnUse: false })
    const { result, texts, builders } = await counted(() => ada.patch(filter, { spawnType: 'spectate' }))
    expect(result.status).toBe(200)
    expect(result.body).toHaveLength(rows)
    expect(result.body.every(({ user, channelName }: Invite) => user.lastLogin && channelName)).toBe(true)
    expect(builders).toBe(0)
    expect(texts.filter((text) => /update invites/.test(text))).toHaveLength(1)
    counts.push(texts.length)
  }
  expect(new Set(counts).size).toBe(1)
  expect(counts[0]).toBeLessThanOrEqual(3)
})

it('is the same for a revoke of 1, 50 and 1000 rows', async () => {
  const ada = await person(server, 'Ada')
  await remembered(ada)
  const counts: number[] = []
  for (const rows of [1, 50, 1000]) {
    const targetObjectId = await withInvites(ada, rows)
    const { result, texts, builders } = await counted(() =>
      ada.call('DELETE', '/invite', { query: `targetObjectId=${targetObjectId}&user[name]=Ada` })
    )
    expect([result.status, result.body.length, builders]).toEqual([200, rows, 0])
    expect(result.body.every(({ user, channelName }: Invite) => user.lastLogin && channelName)).toBe(true)
    expect(texts.filter((text) => /update invites/.test(text))).toHaveLength(1)
    counts.push(texts.length)
  }
  expect(new Set(counts).size).toBe(1)
  expect(counts[0]).toBe(1)
})

it('is the same for lists of 1 and of 100, and for one invite and a hundred made at once', async () => {
  const ada = await person(server)
  await remembered(ada)
  await withInvites(ada, 100)
  const list = async (limit: number) => {
    const reply = await counted(() => ada.call('GET', '/invite', { query: `$limit=${limit}` }))
    expect(reply.result.body.data).toHaveLength(limit)
    return reply.texts.length
  }
  await list(1)
  expect(await list(100)).toBe(await list(1))
  const { id: targetObjectId } = await ada.channel()
  const make = async (count: number) => {
    const body = Array.from({ length: count }, () => ({ inviteType: 'channel', targetObjectId }))
    const reply = await counted(() => ada.call('POST', '/invite', { body }))
    expect(reply.result.body).toHaveLength(count)
    return reply.texts.length
  }
  expect(await make(100)).toBe(await make(1))
})

/** The texts that are prepared on the connection of `trx`. */
const preparedOn = async (trx: Knex.Transaction): Promise<string[]> =>
  (await trx.raw('select statement from pg_prepared_statements')).rows.map(
    ({ statement }: { statement: string }) => statement
  )

it('prepares a constant statement at its first call, however many shapes of filters came before', async () => {
  const shapes = Array.from({ length: 300 }, (_, n) => `select $1::int + ${n}`)
  await server.db.transaction(async (trx) => {
    const before = await preparedOn(trx)
    for (const text of shapes) {
      expect(await runLists(trx, text, [1])).toHaveLength(1)
      expect(await runLists(trx, text, [1])).toHaveLength(1)
    }
    const constant = 'select $1::int as constant'
    expect(await run(trx, constant, [1])).toEqual([{ constant: 1 }])
    expect(await preparedOn(trx)).toContain(constant)

    // The last 200 shapes stay, and a constant is not counted among them.
    const kept = (await preparedOn(trx)).filter((text) => shapes.includes(text))
    expect(kept.toSorted()).toEqual(shapes.slice(100).toSorted())
    expect((await preparedOn(trx)).length).toBeLessThanOrEqual(before.length + 201)

    // One that gave way is prepared again when it comes back, and another one gives way.
    expect(await runLists(trx, shapes[0] ?? '', [7])).toEqual([[7]])
    const later = await preparedOn(trx)
    expect(later).toContain(shapes[0])
    expect(later).not.toContain(shapes[100])
    expect(later.filter((text) => shapes.includes(text))).toHaveLength(200)
  })
})

it('does not prepare a text that was made for a call and does not come back', async () => {
  await server.db.transaction(async (trx) => {
    await runLists(trx, 'select $1::int + 1000', [1])
    expect(await preparedOn(trx)).not.toContain('select $1::int + 1000')
  })
})

it('keeps few long texts prepared on a connection, and no very long one', async () => {
  const long = (length: number, n: number) => `select $1::int + ${n} -- ${'x'.repeat(length)}`
  await server.db.transaction(async (trx) => {
    for (let n = 0; n < 60; n++) {
      for (let time = 0; time < 2; time++) await runLists(trx, long(10_000, n), [1])
    }
    const kept = (await preparedOn(trx)).filter((text) => text.endsWith('xxx'))
    expect(kept).toContain(long(10_000, 59))
    expect(kept.join('').length).toBeLessThanOrEqual(256_000)
    for (let time = 0; time < 3; time++) expect(await runLists(trx, long(20_000, 0), [1])).toEqual([[1]])
    expect(await preparedOn(trx)).not.toContain(long(20_000, 0))
  })
})

it('reads the same values at the first run and at later ones, as objects and as lists', async () => {
  const text = `select 1 as number, null as nothing, '{a,b}'::text[] as list, '{"a": [1]}'::jsonb as json,
    true as yes, '\\x00ff'::bytea as bytes, 7::bigint as big, timestamptz '2026-01-31 10:20:30.4+00' as time
    where $1::int = 1`
  const row = {
    number: 1,
    nothing: null,
    list: ['a', 'b'],
    json: { a: [1] },
    yes: true,
    bytes: Buffer.from([0, 255]),
    big: 7,
    time: '2026-01-31T10:20:30.400Z'
  }
  await server.db.transaction(async (trx) => {
    for (let time = 0; time < 3; time++) {
      expect(await run(trx, text, [1])).toEqual([row])
      expect(await run(trx, text, [2])).toEqual([])
      expect(await runLists(trx, `${text} or false`, [1])).toEqual([Object.values(row)])
    }
  })
})

it('gives each kind of value to Postgres as it is', async () => {
  const text = 'select $1::text as text, $2::text[] as list, $3::jsonb as json, $4::bytea as bytes, $5::int as nothing'
  const values = ['a"\\\'', ['x', null, 'y"\\,{}'], JSON.stringify({ a: 1 }), Buffer.from([0, 1]), null]
  const row = { text: values[0], list: values[1], json: { a: 1 }, bytes: values[3], nothing: null }
  for (let time = 0; time < 2; time++) expect(await run(server.db, text, values)).toEqual([row])
})

it('goes on with a connection after a value that cannot be sent, and after one that Postgres refuses', async () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  const text = 'select 10 / $1::int as ten'
  // More often than there are connections: a lost one would be missed.
  for (let time = 0; time < 20; time++) {
    await expect(run(server.db, text, [circle])).rejects.toThrow('circular')
    await expect(run(server.db, text, ['x'])).rejects.toMatchObject({ code: '22P02' })
    await expect(run(server.db, text, [0])).rejects.toMatchObject({ code: '22012' })
    expect(await run(server.db, text, [5])).toEqual([{ ten: 2 }])
  }
})

it('loses no transaction when a text gives way that Postgres refused', async () => {
  await server.db.transaction(async (trx) => {
    for (let time = 0; time < 2; time++) {
      await expect(trx.transaction((inner) => runLists(inner, 'select nothing from nowhere', []))).rejects.toThrow(
        'nowhere'
      )
    }
    for (let n = 0; n < 201; n++) {
      for (let time = 0; time < 2; time++) await runLists(trx, `select $1::int + ${2000 + n}`, [1])
    }
    expect(await run(trx, 'select 1 as alive')).toEqual([{ alive: 1 }])
  })
})
