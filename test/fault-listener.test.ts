// The connection that hears of changed people is deaf: open, and silent. Nobody keeps a right that was taken away.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { proxyTo } from './support/database-proxy.js'
import { until } from './support/patience.js'
import { call, person, signIn, type Person } from './support/people.js'
import { startProcess } from './support/processes.js'
import { adminLogin, makeDatabase, onPostgres, openPool } from './support/server.js'

/** Told so, it swallows what Postgres says on a connection that has listened. */
async function swallowing(databaseUrl: string) {
  const state = { isDeaf: false }
  const proxy = await proxyTo(databaseUrl, () => {
    let listens = false
    return {
      toPostgres: (chunk, pass) => {
        listens ||= chunk.includes('listen caller_changed')
        pass()
      },
      toService: (_chunk, pass) => {
        if (!(state.isDeaf && listens)) pass()
      }
    }
  })
  return Object.assign(state, proxy)
}

describe.runIf(onPostgres)('a listener that hears nothing', async () => {
  if (!onPostgres) return
  const database = await makeDatabase()
  const proxy = await swallowing(database.url)
  const db = openPool(database.url)
  const server = await startProcess({
    DATABASE_URL: proxy.url,
    ADMIN_EMAIL: adminLogin.email,
    ADMIN_PASSWORD: adminLogin.password
  })
  afterAll(async () => {
    await server.stop()
    await db.end()
    await proxy.close()
    await database.drop()
  })
  let admin: Person
  let other: Person

  beforeAll(async () => {
    admin = await signIn(server, adminLogin.email, adminLogin.password)
    other = await person(server, 'Other')
  })

  const asAdmin = () => admin.call('GET', '/scope')
  const demote = () => db.query('delete from scopes where "userId" = $1', [admin.id])
  const promote = () =>
    db.query(`insert into scopes (id, "userId", type) values (gen_random_uuid(), $1, 'admin:admin')`, [admin.id])
  /** Calls all the time, until the rights are gone; how long that took. */
  const msUntilRefused = async () => {
    const from = performance.now()
    await until(async () => (await asAdmin()).status === 403, 'that the rights are gone')
    return performance.now() - from
  }
  /** Nobody tells of a change that is made with the triggers off: whoever is remembered keeps the old rights. */
  const isRemembered = async () => {
    const post = async () => (await other.call('POST', '/channel', { body: { name: 'A channel' } })).status
    const client = await db.connect()
    try {
      await until(async () => (await post()) === 201, 'that the change back is heard')
      await client.query('set session_replication_role = replica')
      await client.query('update users set "isGuest" = true where id = $1', [other.id])
      return (await post()) === 201
    } finally {
      await client.query('set session_replication_role = origin')
      await client.query('update users set "isGuest" = false where id = $1', [other.id])
      client.release()
    }
  }

  it('remembers nobody, and says so once; heard again, it remembers', async () => {
    await until(isRemembered, 'that callers are remembered')
    expect((await asAdmin()).status).toBe(200)

    proxy.isDeaf = true
    await demote()
    // A second by the clock of the service; the rest is this machine's.
    expect(await msUntilRefused()).toBeLessThan(5000)
    await promote()
    expect((await asAdmin()).status).toBe(200)
    await demote()
    // Nothing is remembered any more: the next call knows.
    expect((await asAdmin()).status).toBe(403)
    await promote()
    const told = () => server.log().match(/notifications do not arrive/g)?.length ?? 0
    const listeners = async () =>
      (
        await db.query<{ pid: number }>(
          `select pid from pg_stat_activity where datname = current_database() and application_name = 'invite-service listener'`
        )
      ).rows.map(({ pid }) => pid)
    await until(() => told() > 0, 'the warning')
    await until(async () => (await listeners()).length > 0, 'a new connection')
    const deaf = await listeners()
    await until(async () => {
      const now = await listeners()
      return now.length > 0 && !now.some((pid) => deaf.includes(pid))
    }, 'that the deaf connection gives way to another')
    expect(told()).toBe(1)

    proxy.isDeaf = false
    await until(() => server.log().includes('notifications arrive again'), 'that it hears again')
    await until(isRemembered, 'that callers are remembered again')
    expect((await asAdmin()).status).toBe(200)
    await demote()
    expect(await msUntilRefused()).toBeLessThan(5000)
    await promote()
    expect(told()).toBe(1)
  })

  it('is ready all the same: calls look callers up', async () => {
    proxy.isDeaf = true
    expect((await call(server, 'GET', '/health/ready')).status).toBe(200)
    proxy.isDeaf = false
  })
})
