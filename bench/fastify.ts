// The same service as a good engineer would write it without Feathers: Fastify 5 and pg, plainly. Schemas validate and
// serialise, SQL is scoped to the caller, people are loaded in one batch, and a change and the read after it are in one
// transaction.
import { createSecretKey } from 'node:crypto'
import fastify, { type FastifyRequest } from 'fastify'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import {
  acceptReply,
  createBody,
  inviteReply,
  listQuery,
  listReply,
  oneParams,
  patchBody,
  patchQuery,
  type Filter
} from './fastify-schemas.js'
import { subjectOf } from './tokens.js'

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
const key = createSecretKey(Buffer.from(process.env['AUTH_SECRET'] ?? '', 'utf8'))

interface Row {
  id: string
  userId: string
  inviteeId: string | null
  inviteType: string
  targetObjectId: string | null
  status: string
  deadline: Date
  deliveryStatus: string
  deliveryAttempts: number
  lastAttemptAt: Date | null
}
interface PersonRow {
  id: string
  inviteCode: string
  loginId: string | null
}

const refusal = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const peopleText = `
  select u.*, l.id as "loginId", l."userAgent", l."ipAddress", l."identityProviderId", l."createdAt" as "loginAt"
  from users u left join lateral (
    select * from user_logins where "userId" = u.id and u.id = $2 order by "createdAt" desc, id desc limit 1
  ) l on true
  where u.id = any($1)`

type Connection = Pick<pg.PoolClient, 'query'>

/** Adds people, channel names and what follows from the row; the serialiser picks and orders the keys. */
async function populate(db: Connection, rows: Row[], caller: string) {
  const peopleIds = [...new Set(rows.flatMap(({ userId, inviteeId }) => [userId, inviteeId]))].filter(Boolean)
  const channelIds = [
    ...new Set(rows.flatMap(({ inviteType, targetObjectId }) => (inviteType === 'channel' ? [targetObjectId] : [])))
  ]
  const people = await db.query<PersonRow & Record<string, unknown>>(peopleText, [peopleIds, caller])
  const channels =
    channelIds.length > 0
      ? await db.query<{ id: string; name: string }>('select id, name from channels where id = any($1)', [channelIds])
      : { rows: [] }
  const personById = new Map(
    people.rows.map((person) => {
      const isCaller = person.id === caller
      const { loginId, userAgent, ipAddress, identityProviderId, loginAt } = person
      const lastLogin =
        isCaller && loginId
          ? { id: loginId, userAgent, ipAddress, userId: caller, identityProviderId, createdAt: loginAt }
          : null
      return [person.id, { ...person, inviteCode: isCaller ? person.inviteCode : null, lastLogin }]
    })
  )
  const nameByChannel = new Map(channels.rows.map(({ id, name }) => [id, name]))
  return rows.map((row) => ({
    ...row,
    passcode: null,
    user: personById.get(row.userId),
    invitee: (row.inviteeId && personById.get(row.inviteeId)) || null,
    channelName: (row.targetObjectId && nameByChannel.get(row.targetObjectId)) || null,
    status: row.status === 'pending' && row.deadline.getTime() <= Date.now() ? 'expired' : row.status,
    delivery:
      row.userId === caller
        ? { status: row.deliveryStatus, attempts: row.deliveryAttempts, lastAttemptAt: row.lastAttemptAt }
        : null
  }))
}

/** `and "key" = $n` for each condition; the schema has made sure that keys are columns. */
function conditions(filter: Filter, values: unknown[]): string {
  return Object.entries(filter)
    .map(([key, value]) => ` and "${key}" = $${values.push(value)}`)
    .join('')
}

async function patch(caller: string, filter: Filter, changes: Record<string, unknown>) {
  const values: unknown[] = [caller]
  const set = Object.entries(changes).map(([key, value]) => `"${key}" = $${values.push(value)}`)
  const where = `"userId" = $1 and status = 'pending' and deadline > now()${conditions(filter, values)}`
  return inTransaction(async (client) => {
    const { rows } = await client.query<Row>(
      `update invites set ${set.join(', ')}, "updatedAt" = greatest(clock_timestamp(), "updatedAt" + interval '1 ms')
       where id in (select id from invites where ${where} order by id for update) returning *`,
      values
    )
    return populate(
      client,
      rows.sort((a, b) => (a.id < b.id ? -1 : 1)),
      caller
    )
  })
}

const app = fastify({
  logger: { level: 'info' },
  bodyLimit: 64 * 1024,
  // Fastify's default drops what a schema does not know: in a filter that would widen what is changed.
  ajv: { customOptions: { removeAdditional: false } }
})

app.decorateRequest('caller', '')
app.addHook('onRequest', async (request) => {
  const subject = subjectOf(request.headers.authorization, key)
  const found = subject && (await pool.query('select 1 from users where id = $1', [subject])).rowCount
  if (!subject || !found) throw refusal(401, 'Not authenticated')
  request.caller = subject
})
/** The documented filter is JSON in the query: read before the schema looks at it. */
app.addHook('preValidation', async (request) => {
  const query = request.query as { filter?: unknown }
  if (typeof query.filter !== 'string') return
  try {
    query.filter = JSON.parse(query.filter)
  } catch {
    throw refusal(400, 'The filter is not JSON')
  }
})

app.get('/invite', { schema: { querystring: listQuery, response: { 200: listReply } } }, async (request) => {
  const {
    filter = {},
    $limit: limit,
    $skip: skip
  } = request.query as { filter?: Filter; $limit: number; $skip: number }
  const values: unknown[] = [request.caller]
  const where = `("userId" = $1 or "inviteeId" = $1) and status not in ('revoked', 'declined')${conditions(filter, values)}`
  const [count, page] = await Promise.all([
    pool.query<{ total: string }>(`select count(*) as total from invites where ${where}`, values),
    pool.query<Row>(
      `select * from invites where ${where} order by "createdAt" desc, id desc
       limit $${values.length + 1} offset $${values.length + 2}`,
      [...values, limit, skip]
    )
  ])
  return { total: Number(count.rows[0]?.total), limit, skip, data: await populate(pool, page.rows, request.caller) }
})

app.patch(
  '/invite',
  { schema: { querystring: patchQuery, body: patchBody, response: { 200: { type: 'array', items: inviteReply } } } },
  async (request) => {
    const { filter } = request.query as { filter: Filter }
    return patch(request.caller, filter, request.body as Record<string, unknown>)
  }
)

app.patch(
  '/invite/:id',
  { schema: { params: oneParams, body: patchBody, response: { 200: inviteReply } } },
  async (request) => {
    const { id } = request.params as { id: string }
    const [invite] = await patch(request.caller, { id }, request.body as Record<string, unknown>)
    if (!invite) throw refusal(404, 'Not found')
    return invite
  }
)

app.post('/invite', { schema: { body: createBody, response: { 201: inviteReply } } }, async (request, reply) => {
  const { inviteType, inviteeId } = request.body as { inviteType: string; inviteeId: string }
  const { caller } = request
  const [invite] = await inTransaction(async (client) => {
    const known = await client.query(
      `select 1 from users where id = $1 and not exists (
         select 1 from user_relationships
         where "userId" = $1 and "relatedUserId" = $2 and "userRelationshipType" = 'blocking'
       )`,
      [inviteeId, caller]
    )
    if (!known.rowCount) throw refusal(404, 'No such user')
    const { rows } = await client.query<Row>(
      `insert into invites (id, recipient, "userId", "inviteType", "inviteeId", "expiresAt")
       values ($1, 'user', $2, $3, $4, now() + interval '7 days') returning *`,
      [uuidv7(), caller, inviteType, inviteeId]
    )
    return populate(client, rows, caller)
  }).catch((error: unknown) => {
    throw error instanceof pg.DatabaseError && error.code === '23505' ? refusal(409, 'There is one already') : error
  })
  return reply.code(201).send(invite)
})

app.post(
  '/invite/:id/accept',
  { schema: { params: oneParams, response: { 200: acceptReply } } },
  async (request: FastifyRequest) => {
    const { id } = request.params as { id: string }
    const { caller } = request
    const [invite] = await inTransaction(async (client) => {
      const claimed = await client.query<Row>(
        `update invites set uses = uses + 1, status = 'accepted',
           "updatedAt" = greatest(clock_timestamp(), "updatedAt" + interval '1 ms')
         where id = $1 and "inviteeId" = $2 and status = 'pending' and deadline > now() returning *`,
        [id, caller]
      )
      const [row] = claimed.rows
      if (!row) throw refusal(404, 'Not found')
      await client.query(
        `insert into user_relationships (id, "userId", "relatedUserId", "userRelationshipType")
         values ($1, $3, $4, 'friend'), ($2, $4, $3, 'friend') on conflict do nothing`,
        [uuidv7(), uuidv7(), row.userId, caller]
      )
      await client.query(`insert into invite_acceptances ("inviteId", "userId", answer) values ($1, $2, '{}')`, [
        id,
        caller
      ])
      return populate(client, [row], caller)
    })
    return { invite, landing: { inviteType: invite?.inviteType, targetObjectId: invite?.targetObjectId } }
  }
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })

declare module 'fastify' {
  interface FastifyRequest {
    caller: string
  }
}
