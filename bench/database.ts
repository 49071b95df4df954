// The bench's own database: made, migrated, seeded by Postgres itself, dropped.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate, openDatabase } from '../src/database/database.js'
import { firstUnseeded, idPrefixes, layoutOf, loginsPerUser, userCount } from './layout.js'

const administration = process.env['BENCH_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

export interface BenchDatabase {
  url: string
  client: pg.Client
  drop: () => Promise<void>
}

async function administer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: administration })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

async function migrated(url: string): Promise<void> {
  const database = await openDatabase({ database: { url, directory: '', poolSize: 2 } })
  try {
    await migrate(database)
  } finally {
    await database.close()
  }
}

/** An empty one, with the project's schema, or the one that `migrate` brings. */
export async function makeDatabase(migrate: (url: string) => Promise<void> = migrated): Promise<BenchDatabase> {
  const name = `invite_bench_${randomBytes(4).toString('hex')}`
  await administer(`create database ${name}`)
  const url = new URL(administration)
  url.pathname = `/${name}`
  const drop = () => administer(`drop database if exists ${name} with (force)`)
  try {
    await migrate(url.href)
    const client = new pg.Client({ connectionString: url.href, application_name: 'bench' })
    // When the database is dropped with force, this connection goes with it.
    client.on('error', () => {})
    await client.connect()
    return { url: url.href, client, drop: async () => client.end().then(drop) }
  } catch (error) {
    await drop()
    throw error
  }
}

/** SQL for the id of a number. */
const id = (kind: keyof typeof idPrefixes, number: string) =>
  `('${idPrefixes[kind]}' || lpad(to_hex(${number}), 12, '0'))::uuid`

const people = `
  insert into users (id, name, "inviteCode", "createdAt")
  select ${id('user', 'n')}, 'Person ' || n, md5(n::text), now() - interval '1 year' + n * interval '1 min'
  from generate_series(0, ${userCount - 1}) n;

  insert into identity_providers (id, "userId", type, token, verified)
  select ${id('identityProvider', 'n')}, ${id('user', 'n')}, 'email', 'person.' || n || '@example.com', true
  from generate_series(0, ${userCount - 1}) n;

  insert into user_logins (id, "userId", "identityProviderId", "userAgent", "ipAddress", "createdAt")
  select gen_random_uuid(), ${id('user', 'n')}, ${id('identityProvider', 'n')},
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '192.0.2.' || n % 250,
    now() - k * interval '1 day'
  from generate_series(0, ${userCount - 1}) n, generate_series(1, ${loginsPerUser}) k;`

const channels = (count: number) => `
  insert into channels (id, name)
  select ${id('channel', 'n')}, 'Channel ' || n from generate_series(0, ${count - 1}) n;

  insert into channel_users (id, "channelId", "userId", role)
  select gen_random_uuid(), ${id('channel', 'n')}, ${id('user', `(n % ${userCount})`)}, 'owner'
  from generate_series(0, ${count - 1}) n;`

/** `number` of the invite is also its slot: unique, so that nobody's invites to one person are in each other's way. */
const inviteColumns = `
  insert into invites (id, slot, recipient, token, "identityProviderType", "targetObjectId", "spawnDetails", "userId",
    "inviteeId", "inviteType", "expiresAt", "createdAt", "updatedAt")`
const times = (
  number: string
) => `now() + interval '20 days', now() - interval '90 days' + ${number} * interval '1 s' / 100,
    now() - interval '90 days' + ${number} * interval '1 s' / 100`

function invites(count: number): string {
  const { groups, friends, firstFriend } = layoutOf(count)
  const toChannels = groups.map(({ rows, channels, firstChannel, firstInvite }) => {
    const number = `(${firstInvite} + c * ${rows} + n)`
    const owner = `((${firstChannel} + c) % ${userCount})`
    return `${inviteColumns}
      select ${id('invite', number)}, ${number} + 1, 'user', null, null, ${id('channel', `(${firstChannel} + c)`)},
        '{"spawnPoint":"gate"}', ${id('user', owner)}, ${id('user', `((${owner} + 1 + n) % ${userCount})`)}, 'channel',
        ${times(number)}
      from generate_series(0, ${channels - 1}) c, generate_series(0, ${rows - 1}) n;`
  })
  // A tenth of the friends are invited by an address that nobody has.
  const number = `(${firstFriend} + n)`
  const isAddress = 'n % 10 = 0'
  return `${toChannels.join('\n')}
    ${inviteColumns}
    select ${id('invite', number)}, ${number} + 1, case when ${isAddress} then 'address' else 'user' end,
      case when ${isAddress} then 'friend.' || n || '@example.org' end, case when ${isAddress} then 'email' end, null,
      '{}', ${id('user', `(n % ${userCount})`)},
      case when not ${isAddress} then ${id('user', `((n % ${userCount} + 1 + n / ${userCount} * 7) % ${userCount})`)} end,
      'friend', ${times(number)}
    from generate_series(0, ${friends - 1}) n;`
}

/** Indexes are built after the rows: at two million invites that is minutes faster. */
async function withoutIndexes(client: pg.Client, table: string, work: () => Promise<unknown>): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select i.relname as name, pg_get_indexdef(i.oid) as definition
     from pg_index x join pg_class i on i.oid = x.indexrelid
     where x.indrelid = $1::regclass and not exists (select 1 from pg_constraint c where c.conindid = i.oid)`,
    [table]
  )
  for (const { name } of rows) await client.query(`drop index "${name}"`)
  await work()
  for (const { definition } of rows) await client.query(definition)
}

/** Fills it with people and `count` invites. */
export async function seed({ client }: BenchDatabase, count: number): Promise<void> {
  // Foreign keys of seeded rows hold by construction.
  await client.query(`set session_replication_role = replica; set maintenance_work_mem = '256MB'`)
  await client.query(people)
  await client.query(channels(layoutOf(count).channels))
  await withoutIndexes(client, 'invites', () => client.query(invites(count)))
  await client.query('reset session_replication_role')
  // Vacuum runs between measurements, see tidy; one that starts by itself would hit one server and not the next.
  await client.query('alter table invites set (autovacuum_enabled = off)')
  await client.query('vacuum analyze')
  await client.query('checkpoint')
}

/** Friend invites that are waiting to be accepted: number n is to user n, and may be accepted once. */
export const acceptableInvites = (first: number, count: number) => `
  ${inviteColumns}
  select ${id('acceptable', 'n')}, n + 1, 'user', null, null, null, '{}',
    ${id('user', `((n + 10000 + n / ${userCount}) % ${userCount})`)}, ${id('user', `(n % ${userCount})`)}, 'friend',
    now() + interval '20 days', now(), now()
  from generate_series(${first}, ${first + count - 1}) n`

/** Takes away what a run has made, so that the last server finds what the first one found. */
export async function tidy(client: pg.Client): Promise<void> {
  await client.query(`delete from invites where id >= '${firstUnseeded}'`)
  await client.query('truncate invite_history, invite_acceptances, user_relationships, outbox')
  await client.query('vacuum invites')
}
