// Sessions outlive what they were made for: plans of old tables, prepared statements that are gone, a database that took
// no writes for a while, settings of the database that change what a value looks like.
import { afterAll, describe, expect, it } from 'vitest'
import pg from 'pg'
import { until } from './support/patience.js'
import { call, person } from './support/people.js'
import { makeDatabase, onPostgres, startServer, useServer } from './support/server.js'

/** Ends every session of the service on its database. */
const endSessions = (db: pg.Client) =>
  db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'invite-service%'`
  )

async function look(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

describe('a prepared statement', async () => {
  const server = await useServer()
  const { db } = server
  const good = { read: 200, user: 200, patch: 200, accept: 200, revoke: 200 }

  /** A read, the bulk PATCH, and an acceptance in a transaction; each has prepared its statements on some connection. */
  async function everything() {
    const [ada, bob] = [await person(server, 'Ada'), await person(server, 'Bob')]
    const links = [await ada.bearerLink({ maxUses: 9 }), await ada.bearerLink({ maxUses: 9 })]
    const [first, second] = links
    if (!first || !second) throw new Error('there are two links')
    const use = async (link: typeof first) => ({
      read: (await ada.call('GET', '/invite')).status,
      user: (await ada.call('GET', `/user/${ada.id}`)).status,
      patch: (await ada.patch({ id: link.id }, { spawnType: 'spectate' })).status,
      accept: (await bob.accept(link.id, { passcode: link.passcode })).status,
      revoke: (await ada.call('DELETE', `/invite/${link.id}`)).status
    })
    // Calls side by side prepare the statements on several connections.
    await Promise.all(Array.from({ length: 8 }, () => ada.call('GET', '/invite')))
    expect(await use(first)).toEqual(good)
    return { ada, after: () => use(second) }
  }

  it('of a table that has got a column runs with a fresh plan, and no call is lost', async () => {
    const { ada, after } = await everything()
    await db.raw('alter table users add column "addedLater" text')
    await db.raw('alter table invites add column "addedLater" text')
    await db.raw(`alter table invites alter column "spawnType" type varchar(40)`)
    expect(await after()).toEqual(good)
    const all = await Promise.all(Array.from({ length: 12 }, () => ada.call('GET', '/invite')))
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200))
    await db.raw(`alter table invites alter column "spawnType" type text`)
    expect((await ada.call('GET', '/invite')).status).toBe(200)
    await db.raw('alter table users drop column "addedLater"')
    await db.raw('alter table invites drop column "addedLater"')
    expect((await ada.call('GET', '/invite')).status).toBe(200)
  })

  it('that a pooler has deallocated is prepared again, and no call is lost', async () => {
    const { ada, after } = await everything()
    const forget = async () => {
      const held = await Promise.all(Array.from({ length: onPostgres ? 5 : 1 }, () => db.client.acquireConnection()))
      for (const connection of held) await connection.query('deallocate all')
      for (const connection of held) await db.client.releaseConnection(connection)
    }
    await forget()
    expect(await after()).toEqual(good)
    await forget()
    const all = await Promise.all(Array.from({ length: 12 }, () => ada.call('GET', '/invite')))
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200))
  })

  it('whose name exists already, as behind a pooler that shares sessions, loses no call', async () => {
    const { after } = await everything()
    // The service believes that nothing is prepared; Postgres has all the names.
    const held = await Promise.all(Array.from({ length: onPostgres ? 5 : 1 }, () => db.client.acquireConnection()))
    for (const { connection } of held) {
      for (const name of Object.keys(connection.parsedStatements)) delete connection.parsedStatements[name]
    }
    for (const connection of held) await db.client.releaseConnection(connection)
    expect(await after()).toEqual(good)
  })
})

describe.runIf(onPostgres)('a database that takes no writes', async () => {
  if (!onPostgres) return
  const database = await makeDatabase()
  const server = await startServer({ database: { url: database.url, poolSize: 3 } })
  const db = await look(database.url)
  afterAll(async () => {
    await db.end()
    await server.stop()
    await database.drop()
  })
  const set = (value: string) =>
    db.query(`alter database "${new URL(database.url).pathname.slice(1)}" set default_transaction_read_only = ${value}`)
  const ready = () => call(server, 'GET', '/health/ready')

  it('is not ready, answers writes with 503, and is written to again without a restart', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const write = () => ada.patch({ id }, { spawnType: 'spectate' })
    expect([(await write()).status, (await ready()).status]).toEqual([200, 200])

    await set('on')
    await endSessions(db)
    const refused = await until(async () => {
      const reply = await write()
      return reply.body?.data?.reason === 'read-only' && reply
    }, 'a write that meets the read-only database')
    expect([refused.status, refused.body.className, refused.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      '1'
    ])
    expect((await ada.call('GET', '/invite')).status).toBe(200)
    // Several connections, each opened while no writes were taken.
    await Promise.all(Array.from({ length: 12 }, () => ada.call('GET', '/invite')))
    const unready = await ready()
    expect([unready.status, unready.body.data.reason]).toEqual([503, 'read-only'])
    expect((await call(server, 'GET', '/health/live')).status).toBe(200)

    await set('off')
    await until(async () => (await ready()).status === 200, 'that it is ready again, without a write')
    const replies = await Promise.all(Array.from({ length: 12 }, write))
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
  })
})

describe.runIf(onPostgres)('a database with settings of its own', async () => {
  if (!onPostgres) return
  const database = await makeDatabase()
  const admin = await look(database.url)
  const name = new URL(database.url).pathname.slice(1)
  for (const [key, value] of Object.entries({
    datestyle: 'German, DMY',
    timezone: 'Asia/Kolkata',
    intervalstyle: 'sql_standard',
    bytea_output: 'escape',
    extra_float_digits: '-5',
    standard_conforming_strings: 'off',
    client_encoding: 'LATIN1',
    default_transaction_isolation: 'serializable'
  })) {
    await admin.query(`alter database "${name}" set ${key} = ${pg.escapeLiteral(value)}`)
  }
  const server = await startServer({ database: { url: database.url, poolSize: 2 } })
  afterAll(async () => {
    await admin.end()
    await server.stop()
    await database.drop()
  })

  it('has no say in how times and texts are written', async () => {
    const started = Date.now()
    const ada = await person(server, 'Ädä 愛')
    const invite = await ada.inviteAddress({ spawnDetails: { spawnPoint: 'back\\slash 愛' } })
    const { body } = await ada.call('GET', `/invite/${invite.id}`)
    for (const time of [body.createdAt, body.updatedAt, body.expiresAt, body.user.lastLogin.createdAt]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    expect(Math.abs(Date.parse(body.createdAt) - started)).toBeLessThan(60_000)
    expect(body.spawnDetails).toEqual({ spawnPoint: 'back\\slash 愛' })
    expect(body.user.name).toBe('Ädä 愛')
    const { rows } = await server.db.raw('show transaction_isolation')
    expect(rows).toEqual([{ transaction_isolation: 'read committed' }])
  })
})
