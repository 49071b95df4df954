// The limit: what node:http and one prepared statement can do, and nothing besides. It checks the token's signature,
// scopes and hides in SQL, and reads of a request what the scenarios send. No validation, no events, no history.
import { createSecretKey } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { inviteOf, populated, types, type FlatInvite } from './rows.js'
import { subjectOf } from './tokens.js'

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: 10,
  types,
  options: '-c timezone=UTC -c jit=off'
})
const key = createSecretKey(Buffer.from(process.env['AUTH_SECRET'] ?? '', 'utf8'))

const updatedAt = `greatest(date_trunc('milliseconds', clock_timestamp()), "updatedAt" + interval '1 ms')`
const changeable = `"userId" = $1 and status = 'pending' and deadline > clock_timestamp()`
const update = (condition: string) => `
  with changed as (
    update invites set "spawnType" = $2, "deleteOnUse" = $3, "updatedAt" = ${updatedAt}
    where ${changeable} and ${condition} returning *
  ) ${populated('changed')} order by i.id`

const page = (condition: string) => `
  with page as (
    select *, count(*) over () as total from invites
    where ("userId" = $1 or "inviteeId" = $1) and status not in ('revoked', 'declined') and ${condition}
    order by "createdAt" desc, id desc limit $2
  ) ${populated('page', ', i.total')} order by i."createdAt" desc, i.id desc`

const texts = {
  patchOne: update('id = $4'),
  patchMany: update('"inviteType" = $4 and "targetObjectId" = $5'),
  list: page('true'),
  filteredList: page('"inviteType" = $3 and "targetObjectId" = $4'),
  create: `
    with made as (
      insert into invites (id, recipient, "userId", "inviteType", "inviteeId", "expiresAt")
      values ($2, 'user', $1, $3, $4, clock_timestamp() + interval '7 days') returning *
    ) ${populated('made')}`,
  accept: `
    with claimed as (
      update invites set uses = uses + 1, status = 'accepted', "updatedAt" = ${updatedAt}
      where id = $2 and "inviteeId" = $1 and status = 'pending' and deadline > clock_timestamp() returning *
    ), friends as (
      insert into user_relationships (id, "userId", "relatedUserId", "userRelationshipType")
      select $3::uuid, "userId", "inviteeId", 'friend' from claimed
      union all select $4::uuid, "inviteeId", "userId", 'friend' from claimed
      on conflict do nothing
    ), accepted as (
      insert into invite_acceptances ("inviteId", "userId", answer) select id, $1, '{}' from claimed
    ) ${populated('claimed')}`
}

async function run(name: keyof typeof texts, caller: string, ...values: unknown[]): Promise<FlatInvite[]> {
  return (await pool.query<FlatInvite>({ name, text: texts[name], values: [caller, ...values] })).rows
}

interface Body {
  spawnType: string
  deleteOnUse: boolean
  inviteType: string
  inviteeId: string
}

function bodyOf(request: IncomingMessage): Promise<Body> {
  return new Promise((resolve, reject) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.once('end', () => resolve(JSON.parse(text) as Body))
    request.once('error', reject)
  })
}

function answer(response: ServerResponse, status: number, body: unknown) {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': bytes.length })
  response.end(bytes)
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const caller = subjectOf(request.headers.authorization, key)
  if (!caller) return answer(response, 401, { name: 'NotAuthenticated', code: 401, className: 'not-authenticated' })
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const [, , id, sub] = path.split('/')
  const filterText = /(?:^|&)filter=([^&]*)/.exec(query)?.[1]
  const filter = filterText
    ? (JSON.parse(decodeURIComponent(filterText)) as { inviteType: string; targetObjectId: string })
    : undefined
  const views = (rows: FlatInvite[]) => rows.map((row) => inviteOf(row, caller))

  if (request.method === 'GET') {
    const limit = Number(/\$limit=(\d+)/.exec(query)?.[1] ?? 10)
    const rows = filter
      ? await run('filteredList', caller, limit, filter.inviteType, filter.targetObjectId)
      : await run('list', caller, limit)
    return answer(response, 200, { total: Number(rows[0]?.total ?? 0), limit, skip: 0, data: views(rows) })
  }
  const body = await bodyOf(request)
  if (request.method === 'PATCH') {
    const { spawnType, deleteOnUse } = body
    if (id) return answer(response, 200, views(await run('patchOne', caller, spawnType, deleteOnUse, id))[0])
    if (!filter) return answer(response, 400, { name: 'BadRequest', code: 400, className: 'bad-request' })
    const { inviteType, targetObjectId } = filter
    return answer(
      response,
      200,
      views(await run('patchMany', caller, spawnType, deleteOnUse, inviteType, targetObjectId))
    )
  }
  if (sub === 'accept') {
    const [invite] = views(await run('accept', caller, id, uuidv7(), uuidv7()))
    return answer(response, 200, { invite, landing: { inviteType: 'friend', targetObjectId: null } })
  }
  const [invite] = views(await run('create', caller, uuidv7(), body.inviteType, body.inviteeId))
  return answer(response, 201, invite)
}

createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    answer(response, 500, { name: 'GeneralError', message: String(error), code: 500, className: 'general-error' })
  })
}).listen(Number(process.env['PORT']), '127.0.0.1')
