// At 200,000 invites no documented filter makes Postgres read all of them. The embedded database plans alike, but takes
// minutes to fill: these run on real Postgres only.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../src/callers/caller.js'
import { migrate, openDatabase, type OpenDatabase } from '../src/database/database.js'
import { run } from '../src/database/statement.js'
import { Values } from '../src/database/values.js'
import { filterSql } from '../src/services/invite/filter/filter-sql.js'
import { readFilter } from '../src/services/invite/filter/filter.js'
import { listed, patchable, revocable } from '../src/services/invite/invite.policy.js'
import { newestFirst } from '../src/services/invite/rows/find.js'
import { makeDatabase, onPostgres, patient } from './support/server.js'

if (!onPostgres) console.info('explain.test.ts: skipped on the embedded database, see its first line')

describe.runIf(onPostgres)('with 200,000 invites of 20,000 people', () => {
  let opened: OpenDatabase
  let drop: () => Promise<void>
  let someone: Caller
  let sample: Record<'id' | 'userId' | 'inviteeId' | 'createdAt', string>
  const target = '019f0000-0000-7000-8000-000000000007'

  beforeAll(async () => {
    const made = await makeDatabase()
    drop = made.drop
    opened = await openDatabase({ database: { url: made.url, directory: '', poolSize: 2 } })
    await migrate(opened)
    await patient(opened.db)
    await run(
      opened.db,
      `insert into users (id, name, "inviteCode")
       select ('019f0001-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Person ' || n, 'code' || n
       from generate_series(0, 19999) n`
    )
    for (let part = 0; part < 20; part++) {
      await run(
        opened.db,
        `insert into invites (id, recipient, "userId", "inviteeId", token, "identityProviderType", "inviteType",
           "targetObjectId", status, uses, "spawnDetails", "expiresAt", "createdAt")
         select ('019f0002-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           case when n % 2 = 0 then 'user' else 'address' end, person(n % 20000),
           case when n % 2 = 0 then person((n * 7 + n / 20000 + 1) % 20000) end,
           case when n % 2 = 1 then 'x' || n || '@example.com' end, case when n % 2 = 1 then 'email' end,
           case when n % 4 = 0 then 'channel' else 'friend' end,
           case when n % 4 = 0 then ('019f0000-0000-7000-8000-' || lpad(to_hex(n % 5000), 12, '0'))::uuid end,
           case when n % 50 = 0 then 'declined' when n % 3 = 0 then 'accepted' else 'pending' end,
           case when n % 50 <> 0 and n % 3 = 0 then 1 else 0 end,
           json_build_object('spawnPoint', 'p' || n % 1000), now() + interval '20 days', now() - n * interval '1 s'
         from generate_series($1::int, $1::int + 9999) n,
           lateral (select 1) one`.replaceAll(
          /person\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g,
          (_, n: string) => `('019f0001-0000-7000-8000-' || lpad(to_hex((${n})::int), 12, '0'))::uuid`
        ),
        [part * 10_000]
      )
    }
    // As autovacuum would leave them, whether or not it has been there: what an index has not merged yet costs, too.
    await run(opened.db, 'vacuum (analyze) invites')
    await run(opened.db, 'vacuum (analyze) users')
    const [row] = await run<typeof sample & object>(
      opened.db,
      `select id, "userId", "inviteeId", "createdAt" from invites where "inviteeId" is not null and status = 'pending' limit 1`
    )
    if (!row) throw new Error('nothing was seeded')
    sample = row
    someone = { id: row.userId, isGuest: false, scopes: [], addresses: ['x1@example.com'] }
  }, 600_000)

  afterAll(async () => {
    await opened.close()
    await drop()
  })

  /** Every node of a plan. */
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]
  interface Plan {
    'Node Type': string
    'Relation Name'?: string
    Plans?: Plan[]
  }

  interface Explained {
    'QUERY PLAN': { Plan: Plan }[]
  }
  function scansIn(rows: Explained[]) {
    const [explained] = rows[0]?.['QUERY PLAN'] ?? []
    if (!explained) throw new Error('no plan')
    const scans = nodes(explained.Plan).filter((node) => node['Relation Name'] === 'invites')
    return scans.map((node) => node['Node Type'])
  }

  /** How invites are read when these values are planned for. */
  const scansOf = async (text: string, values: unknown[]) =>
    scansIn(await run<Explained & object>(opened.db, `explain (format json) ${text}`, values))

  /** How they are read by the plan for any values, which a prepared statement gets after some calls. */
  const genericScansOf = (text: string, values: unknown[]) =>
    opened.db.transaction(async (trx) => {
      await run(trx, 'set local plan_cache_mode = force_generic_plan')
      await run(trx, `prepare probe as ${text}`)
      const nulls = values.map(() => 'null').join()
      const scans = scansIn(
        await run<Explained & object>(trx, `explain (format json) execute probe${nulls && `(${nulls})`}`)
      )
      await run(trx, 'deallocate probe')
      return scans
    })

  const filters: [string, () => object][] = [
    ['id', () => ({ id: sample.id })],
    ['userId', () => ({ userId: sample.userId })],
    ['inviteeId', () => ({ inviteeId: sample.inviteeId })],
    ['token', () => ({ token: 'x101@example.com' })],
    ['targetObjectId', () => ({ targetObjectId: target })],
    ['inviteType and userId', () => ({ inviteType: 'friend', userId: sample.userId })],
    ['a range of createdAt', () => ({ createdAt: { $gte: sample.createdAt, $lt: later(sample.createdAt) } })],
    ['what spawnDetails contain', () => ({ spawnDetails: { spawnPoint: 'p77' } })],
    ['status', () => ({ status: 'declined' })],
    ['user.name', () => ({ user: { name: 'Person 77' } })]
  ]
  const later = (time: string) => new Date(Date.parse(time) + 60_000).toISOString()

  const admin: Caller = { id: target, isGuest: false, scopes: ['admin:admin'], addresses: [] }

  describe.each([
    ['their own inviter', () => someone],
    ['an administrator', () => admin]
  ])('for %s', (_who, callerOf) => {
    it.each(filters)('a patch and a revoke by %s read an index', async (_key, filterOf) => {
      for (const may of [patchable, revocable]) {
        const values = new Values()
        const caller = callerOf()
        const where = `${may(caller, values)} and ${filterSql(readFilter(filterOf(), '', 'json'), caller, values)}`
        const text = `select i.* from invites i where ${where} order by i.id::text collate "C" limit 1001`
        expect(await scansOf(text, values.list)).not.toContain('Seq Scan')
        expect(await genericScansOf(text, values.list)).not.toContain('Seq Scan')
      }
    })

    const nextPage: (typeof filters)[number] = ['the ids of the next page', () => ({ id: { $lt: sample.id } })]
    it.each([...filters, nextPage])('a list by %s reads an index', async (_key, filterOf) => {
      const values = new Values()
      const caller = callerOf()
      const where = `${listed(caller, undefined, values)} and ${filterSql(readFilter(filterOf(), '', 'json'), caller, values)}`
      const text = `select i.* from invites i where ${where} order by ${newestFirst} limit 10`
      expect(await scansOf(text, values.list)).not.toContain('Seq Scan')
      expect((await scansOf(text, values.list)).length).toBeGreaterThan(0)
      expect(await genericScansOf(text, values.list)).not.toContain('Seq Scan')
    })
  })

  it('would be noticed: a filter that no index serves is read sequentially', async () => {
    const values = new Values()
    const where = filterSql(readFilter({ spawnType: 'spectate' }, '', 'json'), admin, values)
    expect(await scansOf(`select i.* from invites i where ${where}`, values.list)).toEqual(['Seq Scan'])
  })
})
