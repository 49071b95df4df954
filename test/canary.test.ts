// Secrets that must stay where they belong. A server process of its own runs the main operations and every kind of
// failure with values that occur nowhere else; then every log line, every refusal and every table is searched for them.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../src/database/database.js'
import { exchange } from './support/fuzz-wire.js'
import { until } from './support/patience.js'
import { call, type CallOptions, type Reply } from './support/people.js'
import { startProcess, type ServerProcess } from './support/processes.js'
import { makeDatabase, onPostgres, passcodeIn } from './support/server.js'
import { SocketClient } from './support/sockets.js'

type Kind = 'address' | 'password' | 'accessToken' | 'passcode' | 'key'
const secrets: Record<Kind, Set<string>> = {
  address: new Set(),
  password: new Set(),
  accessToken: new Set(),
  passcode: new Set(),
  key: new Set()
}
const keep = (kind: Kind, value: string) => {
  secrets[kind].add(value)
  return value
}
const hex = () => randomBytes(8).toString('hex')
const newAddress = () => keep('address', `canary-${hex()}@example.com`)
const newPhone = () => keep('address', `+49170${String(Date.now()).slice(-6)}${Math.floor(Math.random() * 90) + 10}`)
const newPassword = () => keep('password', `canary password ${hex()}`)
const newKey = () => keep('key', `canary-key-${hex()}`)

/** As it may have been written: as it is, in lower case, percent-encoded, or as bytes in hex. */
const spellings = (secret: string) => [
  secret,
  secret.toLowerCase(),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, '')
]
/** Which secrets of these kinds stand in a text. */
const foundIn = (text: string, ...kinds: Kind[]) =>
  kinds.flatMap((kind) =>
    [...secrets[kind]]
      .filter((secret) => spellings(secret).some((spelling) => text.includes(spelling)))
      .map((secret) => `${kind} ${secret}`)
  )
const everyKind: Kind[] = ['address', 'password', 'accessToken', 'passcode', 'key']

const directory = mkdtempSync(join(tmpdir(), 'invite-canary-'))
const mailFile = join(directory, 'mail.txt')
const refusals: string[] = []
const statuses = new Set<number>()
let server: ServerProcess
let tables: Record<string, string>
let requests = 0

/** A call whose refusal is kept. */
async function ask(method: string, path: string, options: CallOptions = {}, token?: string): Promise<Reply> {
  const reply = await call(server, method, path, options, token)
  requests += 1
  statuses.add(reply.status)
  if (reply.status >= 400) refusals.push(reply.text)
  return reply
}

interface Someone {
  id: string
  email: string
  password: string
  token: string
}
async function someone(name: string): Promise<Someone> {
  const [email, password] = [newAddress(), newPassword()]
  const { body: user } = await ask('POST', '/user', { body: { name, email, password } })
  const login = await ask('POST', '/authentication', { body: { strategy: 'local', email, password } })
  return { id: user.id, email, password, token: keep('accessToken', login.body.accessToken) }
}

async function mailed(inviteId: string, not?: string): Promise<string> {
  const look = () => existsSync(mailFile) && passcodeIn(readFileSync(mailFile, 'utf8'), inviteId, not)
  return keep('passcode', await until(look, `the message of ${inviteId}`))
}

const friend = (token: string) => ({ inviteType: 'friend', token, identityProviderType: 'email' })

/** Accounts, logins, invites, acceptances, refusals: what a day brings. */
async function aDay(): Promise<{ ada: Someone; bob: Someone }> {
  const [ada, bob] = [await someone('Ada'), await someone('Bob')]
  // Accounts and logins that fail.
  await ask('POST', '/user', { body: { name: 'X', email: ada.email, password: newPassword() } })
  await ask('POST', '/user', { body: { name: 'X', email: newAddress(), password: newPassword(), x: newPassword() } })
  await ask('POST', '/user', { body: { name: 'X', email: `not ${newAddress()}`, password: newPassword() } })
  await ask('POST', '/user', { body: `{"email":"${newAddress()}","password":"${newPassword()}"` })
  await ask('POST', '/authentication', { body: { strategy: 'local', email: ada.email, password: newPassword() } })
  await ask('POST', '/authentication', { body: { strategy: 'local', email: newAddress(), password: newPassword() } })
  await ask('POST', '/authentication', { body: { strategy: 'local', email: [newAddress()], password: newPassword() } })
  await ask('POST', '/authentication', { body: { strategy: 'jwt', accessToken: ada.token } })
  await ask('POST', '/authentication', { body: { strategy: 'jwt', accessToken: keep('accessToken', `${ada.token}x`) } })
  await ask('GET', '/invite', {}, keep('accessToken', `canary.${hex()}.token`))
  await ask('GET', '/invite', { headers: { authorization: `Basic ${newPassword().replaceAll(' ', '')}` } })
  await ask('DELETE', '/authentication', {}, ada.token)
  // Invites, made and not.
  const { body: channel } = await ask('POST', '/channel', { body: { name: 'A channel' } }, ada.token)
  const key = { 'idempotency-key': newKey() }
  const link = await ask(
    'POST',
    '/invite',
    { body: { inviteType: 'channel', targetObjectId: channel.id, maxUses: 3 }, headers: key },
    ada.token
  )
  keep('passcode', link.body.passcode)
  await ask(
    'POST',
    '/invite',
    { body: { inviteType: 'channel', targetObjectId: channel.id, maxUses: 3 }, headers: key },
    ada.token
  )
  await ask('POST', '/invite', { body: friend(newAddress()), headers: key }, ada.token)
  const friendly = await ask(
    'POST',
    '/invite',
    { body: friend(newAddress()), headers: { 'idempotency-key': newKey() } },
    ada.token
  )
  await ask('POST', '/invite', { body: friend(friendly.body.token) }, ada.token)
  await ask('POST', '/invite', { body: friend(`not ${newAddress()}`) }, ada.token)
  await ask('POST', '/invite', { body: { ...friend(newAddress()), inviteType: newAddress() } }, ada.token)
  await ask(
    'POST',
    '/invite',
    { body: { inviteType: 'friend', token: newPhone(), identityProviderType: 'sms' } },
    ada.token
  )
  const registering = await ask(
    'POST',
    '/invite',
    { body: { ...friend(newAddress()), inviteType: 'new-user' } },
    ada.token
  )
  const declining = await ask('POST', '/invite', { body: friend(newAddress()) }, ada.token)
  const toBob = await ask('POST', '/invite', { body: friend(bob.email) }, ada.token)
  // Read, filtered, changed.
  const byAddress = `filter=${encodeURIComponent(JSON.stringify({ token: friendly.body.token }))}`
  await ask('PATCH', '/invite', { query: byAddress, body: { spawnType: 'spectate' } }, ada.token)
  await ask('PATCH', '/invite', { query: `${byAddress}&${byAddress}`, body: { spawnType: 'spectate' } }, ada.token)
  await ask('PATCH', '/invite', { query: `id=${encodeURIComponent(newAddress())}`, body: { timed: false } }, ada.token)
  await ask('PATCH', '/invite', { query: byAddress, body: { token: newAddress(), timed: false } }, ada.token)
  await ask('PATCH', '/invite', { query: `${encodeURIComponent(newAddress())}=1`, body: { timed: false } }, ada.token)
  await ask('PATCH', `/invite/${toBob.body.id}`, { body: { [newAddress()]: 1 } }, ada.token)
  await ask('GET', '/invite', { query: `search=${encodeURIComponent(bob.email)}` }, ada.token)
  await ask('GET', '/invite', { query: `passcode=${link.body.passcode}` }, ada.token)
  await ask('GET', `/invite/${encodeURIComponent(newAddress())}`, {}, ada.token)
  await ask('GET', `/${newAddress()}`, {}, ada.token)
  await ask('GET', `/i/${link.body.id}/${link.body.passcode}`)
  await ask('GET', `/authentication/${ada.token}`, {}, ada.token)
  // Taken, declined, sent again.
  for (let n = 0; n < 6; n++) {
    const passcode = keep('passcode', `canary-guess-${hex()}`)
    await ask('POST', `/invite/${toBob.body.id}/accept`, { body: { passcode } }, bob.token)
  }
  await ask('POST', `/invite/${link.body.id}/preview`, { body: { passcode: link.body.passcode } })
  await ask(
    'POST',
    `/invite/${link.body.id}/accept`,
    { body: { passcode: link.body.passcode }, headers: { 'idempotency-key': newKey() } },
    bob.token
  )
  await ask('POST', `/invite/${link.body.id}/accept`, { body: { passcode: [link.body.passcode] } }, bob.token)
  const [toRegister, toDecline] = [await mailed(registering.body.id), await mailed(declining.body.id)]
  const registration = { passcode: toRegister, register: { name: 'New', password: newPassword() } }
  const accepted = { body: registration, headers: { 'idempotency-key': newKey() } }
  keep('accessToken', (await ask('POST', `/invite/${registering.body.id}/accept`, accepted)).body.accessToken)
  await ask('POST', `/invite/${registering.body.id}/accept`, accepted)
  await ask('POST', `/invite/${registering.body.id}/accept`, { body: registration })
  await ask('POST', `/invite/${declining.body.id}/decline`, { body: { passcode: toDecline } })
  await ask('POST', `/invite/${declining.body.id}/decline`, { body: { passcode: toDecline } })
  const old = await mailed(friendly.body.id)
  await ask(
    'POST',
    `/invite/${friendly.body.id}/resend`,
    { body: {}, headers: { 'idempotency-key': newKey() } },
    ada.token
  )
  await mailed(friendly.body.id, old)
  await ask('POST', `/invite/${friendly.body.id}/resend`, { body: {} }, ada.token)
  const again = await ask(
    'POST',
    `/invite/${link.body.id}/resend`,
    { body: {}, headers: { 'idempotency-key': newKey() } },
    ada.token
  )
  keep('passcode', again.body.passcode)
  await ask(
    'POST',
    '/invite',
    { body: friend(newAddress()), headers: { 'idempotency-key': newKey().repeat(20) } },
    ada.token
  )
  // Requests that are no JSON, too large, or no HTTP.
  await ask('POST', '/user', { body: `email=${newAddress()}`, headers: { 'content-type': 'text/plain' } })
  await ask('POST', '/user', { body: { email: newAddress(), password: newPassword(), name: 'x'.repeat(70_000) } })
  const odd = await exchange(server.url, {
    method: 'GET',
    target: `/%ff/${newAddress()}?${newPassword().replaceAll(' ', '+')}`
  })
  refusals.push(odd.text)
  // Over sockets.
  const socket = await SocketClient.open(server, ada.token)
  for (const [method, path, ...args] of [
    ['create', 'authentication', { strategy: 'local', email: newAddress(), password: newPassword() }, {}],
    ['create', 'authentication', { strategy: 'jwt', accessToken: keep('accessToken', `canary.${hex()}.x`) }, {}],
    ['create', 'invite', friend(`not ${newAddress()}`), {}],
    ['create', `invite/${toBob.body.id}/accept`, { passcode: keep('passcode', `canary-${hex()}`) }, {}],
    ['find', 'invite', { token: { $like: [newAddress()] } }],
    ['get', 'invite', newAddress(), {}],
    ['find', newAddress(), {}],
    [newPassword(), 'invite', {}],
    ['patch', 'invite', null, { timed: false }, { id: newAddress() }]
  ] as [string, string, ...unknown[]][]) {
    const { status, body } = await socket.call(method, path, ...args)
    statuses.add(status)
    refusals.push(JSON.stringify(body))
  }
  socket.close()
  return { ada, bob }
}

/** The database fails, and says in its errors what it was given. */
async function aBadDay(db: pg.Client, { ada }: { ada: Someone }): Promise<void> {
  await db.query(`
    create function tell() returns trigger language plpgsql as $$
      begin raise exception 'cannot store %', new using detail = new::text, hint = new::text; end $$`)
  for (const table of ['invites', 'identity_providers', 'idempotency_keys', 'user_logins', 'rate_limits']) {
    await db.query(`create trigger tell before insert or update on ${table} for each row execute function tell()`)
    await ask('POST', '/invite', { body: friend(newAddress()), headers: { 'idempotency-key': newKey() } }, ada.token)
    await ask('POST', '/user', { body: { name: 'X', email: newAddress(), password: newPassword() } })
    await ask('POST', '/authentication', { body: { strategy: 'local', email: ada.email, password: ada.password } })
    const passcode = keep('passcode', `canary-${hex()}`)
    await ask('POST', `/invite/${crypto.randomUUID()}/accept`, { body: { passcode } }, ada.token)
    await db.query(`drop trigger tell on ${table}`)
  }
  await db.query('alter table outbox rename to outbox_gone')
  await ask('POST', '/invite', { body: friend(newAddress()) }, ada.token)
  const socket = await SocketClient.open(server, ada.token)
  const { status, body } = await socket.call('create', 'invite', friend(newAddress()), {})
  socket.close()
  statuses.add(status)
  refusals.push(JSON.stringify(body))
  await db.query('alter table outbox_gone rename to outbox')
}

/** Every row of every table, as text. */
async function readTables(query: (text: string) => Promise<{ rows: object[] }>): Promise<Record<string, string>> {
  const { rows } = await query(`select table_name as name from information_schema.tables where table_schema = 'public'`)
  const all: Record<string, string> = {}
  for (const { name } of rows as { name: string }[]) {
    const content = await query(`select row_to_json(t)::text as row from "${name}" t`)
    all[name] = (content.rows as { row: string }[]).map(({ row }) => row).join('\n')
  }
  return all
}

beforeAll(async () => {
  const database = onPostgres ? await makeDatabase() : undefined
  const data = join(directory, 'data')
  server = await startProcess({
    LOG_LEVEL: 'debug',
    MAIL_FILE: mailFile,
    ADMIN_EMAIL: newAddress(),
    ADMIN_PASSWORD: newPassword(),
    ...(database ? { DATABASE_URL: database.url } : { DATA_DIRECTORY: data })
  })
  const people = await aDay()
  if (database) {
    const db = new pg.Client({ connectionString: database.url })
    await db.connect()
    await aBadDay(db, people)
    await server.stop()
    tables = await readTables((text) => db.query(text))
    await db.end()
    await database.drop()
  } else {
    await server.stop()
    const { db, close } = await openDatabase({ database: { url: '', directory: data, poolSize: 1 } })
    tables = await readTables((text) => db.raw(text))
    await close()
  }
}, 600_000)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a secret', () => {
  it('was there to be found: used, mailed, stored where it belongs, and every failure happened', () => {
    for (const kind of everyKind) expect([kind, secrets[kind].size > 5]).toEqual([kind, true])
    expect(foundIn(readFileSync(mailFile, 'utf8'), 'passcode').length).toBeGreaterThan(3)
    expect(foundIn(tables['identity_providers'] ?? '', 'address').length).toBeGreaterThan(3)
    for (const table of ['invites', 'invite_history', 'outbox', 'idempotency_keys', 'invite_acceptances']) {
      expect([table, (tables[table] ?? '').length > 0]).toEqual([table, true])
    }
    const expected = [200, 201, 202, 400, 401, 404, 405, 409, 413, 415, 422, 429, ...(onPostgres ? [500] : [])]
    expect(expected.filter((status) => !statuses.has(status))).toEqual([])
    const lines = server.log().trim().split('\n')
    expect(lines.filter((line) => line.includes('"msg":"request"')).length).toBeGreaterThanOrEqual(requests)
  })

  it('is in no log line: no passcode, token, password, address, or Idempotency-Key', () => {
    expect(foundIn(server.log(), ...everyKind)).toEqual([])
  })

  it('is in no refusal', () => {
    expect(refusals.length).toBeGreaterThan(40)
    expect(foundIn(refusals.join('\n'), ...everyKind)).toEqual([])
  })

  it('that lets somebody in is in no table in clear: no passcode, no access token, no password', () => {
    for (const [table, rows] of Object.entries(tables)) {
      expect([table, foundIn(rows, 'passcode', 'accessToken', 'password')]).toEqual([table, []])
    }
  })

  it('that is an address is only where messages, accounts, invites and kept answers need it', () => {
    const need = ['identity_providers', 'invites', 'outbox', 'idempotency_keys', 'invite_acceptances']
    const others = Object.entries(tables).filter(([table]) => !need.includes(table))
    expect(others.filter(([, rows]) => foundIn(rows, 'address', 'key').length > 0).map(([table]) => table)).toEqual([])
  })
})
