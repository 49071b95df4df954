// The answer that every hostile request must get: the documented status in Feathers' shape, with the place and reason
// of the problem, without the value that was sent and without internals. No table may change.
import { exchange, type Answer, type Wire } from './fuzz-wire.js'
import { fingerprints } from './fuzz-tables.js'
import { until } from './patience.js'
import type { Person } from './people.js'
import type { TestServer } from './server.js'

/** Stands in what is sent; no reply may contain it. */
export const mark = 'zqxjk'
/** A key that nobody knows: a path may tell it back, where it looks like one. */
export const unheard = 'unheard'

const inside =
  /select |insert |update |delete from|relation "|column|constraint|postgres|pglite|knex|node_modules|\bat \S+ \(|:\d+:\d+|\/src\/|invite_|_users|identity_prov|stack|ECONN|127\.0\.0\.1|TypeError|undefined/i

const names: Record<number, [name: string, className: string]> = {
  400: ['BadRequest', 'bad-request'],
  401: ['NotAuthenticated', 'not-authenticated'],
  403: ['Forbidden', 'forbidden'],
  404: ['NotFound', 'not-found'],
  405: ['MethodNotAllowed', 'method-not-allowed'],
  413: ['PayloadTooLarge', 'payload-too-large'],
  415: ['UnsupportedMediaType', 'unsupported-media-type']
}
const known = ['name', 'message', 'code', 'className', 'data']

interface Refusal {
  name?: unknown
  message?: unknown
  code?: unknown
  className?: unknown
  data?: { errors?: { path: string; message: string }[] }
}

/** The fault of a refusal, or undefined; `path` is that of one of its problems. */
export function faultOf(status: number, body: unknown, path?: string): string | undefined {
  if (typeof body !== 'object' || body === null) return 'is no JSON'
  const refusal: Refusal = body
  const [name, className] = names[status] ?? []
  if (refusal.name !== name || refusal.className !== className || refusal.code !== status) return 'has another shape'
  if (typeof refusal.message !== 'string' || refusal.message === '') return 'has no message'
  if (Object.keys(body).some((key) => !known.includes(key))) return 'has other keys'
  const problems = refusal.data?.errors ?? []
  if (status === 400 && problems.length === 0) return 'names no problem'
  if (problems.some((problem) => !problem.path || !problem.message)) return 'has a problem without path or reason'
  if (path !== undefined && !problems.some((problem) => problem.path === path)) return `does not name ${path}`
  const text = JSON.stringify(body)
  if (text.includes(mark)) return 'repeats what was sent'
  const leak = inside.exec(text)
  return leak ? `tells ${leak[0]}` : undefined
}

/** A request that is refused: its status (400), and the path of one of its problems where the path is certain. */
export interface Hostile {
  what: string
  wire: Wire
  status?: number
  path?: string
}

/** Waits until nothing changes any more: messages are sent beside the calls, and settled when no one is queued. */
export async function settledTables(server: TestServer): Promise<() => Promise<string>> {
  await until(
    async () => (await server.db('outbox').where({ status: 'queued' })).length === 0,
    'the end of what is sent'
  )
  const read = await fingerprints(server.db)
  return async () => JSON.stringify(await read())
}

/** Sends each request, and tells of those that were not refused as they must be. */
export async function faultsOf(
  rows: Hostile[],
  send: (wire: Wire) => Promise<Answer>,
  prints: () => Promise<string>
): Promise<string[]> {
  const faults: string[] = []
  let before = await prints()
  for (const { what, wire, status = 400, path } of rows) {
    const answer = await send(wire)
    const after = await prints()
    const fault =
      answer.status === status
        ? (faultOf(status, answer.body, path) ??
          (/^[0-9a-f-]{36}$/.test(String(answer.headers['x-request-id'])) ? undefined : 'has no request id'))
        : `is not ${status}`
    if (fault) faults.push(`${what} → ${answer.status} ${answer.text.slice(0, 300)}: ${fault}`)
    if (before !== after) faults.push(`${what} → ${answer.status}: changes something`)
    before = after
  }
  return faults
}

export const json = { 'content-type': 'application/json' }

/** Sends as somebody, unless the request says otherwise. */
export const sender = (server: TestServer, who: Person) => (wire: Wire) =>
  exchange(server.url, { ...wire, headers: { authorization: `Bearer ${who.token}`, ...wire.headers } })

/** A change that would be seen, were anything matched that should not be. */
export const visible = JSON.stringify({ spawnType: 'spectate', deleteOnUse: true })
export const patchWith = (query: string): Wire => ({
  method: 'PATCH',
  target: `/invite?${query}`,
  headers: json,
  body: visible
})
/** `filter=…`, of JSON text or of an object. */
export const asJson = (filter: unknown) =>
  `filter=${encodeURIComponent(typeof filter === 'string' ? filter : JSON.stringify(filter))}`

/** An object so many objects deep. */
export const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Text that is not a time of RFC 3339 with a zone, of a day that exists, in 1970–2100. */
export const badTimes = [
  '2024-02-30T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2024-13-01T00:00:00Z',
  '2024-00-10T00:00:00Z',
  '2024-01-00T00:00:00Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T23:60:00Z',
  '2024-06-30T23:59:60Z',
  '2024-01-01T00:00:00',
  '2024-01-01',
  '2024-01-01 00:00:00Z',
  '2024-01-01T00:00Z',
  '2024-01-01T00:00:00+24:00',
  '2024-01-01T00:00:00+0100',
  '2024-01-01T00:00:00 +01:00',
  '2024-01-01T00:00:00.Z',
  '2024-01-01T00:00:00,5Z',
  '0000-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00+23:59',
  '2101-01-01T00:00:00Z',
  '2100-12-31T23:59:59-23:59',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '294277-01-01T00:00:00Z',
  '2024-01-01T00:00:00Z\n',
  ' 2024-01-01T00:00:00Z',
  '２０２４-01-01T00:00:00Z',
  '20240101T000000Z',
  '1704067200'
]

/** Each key of the filter by its type. */
const keys = {
  uuid: ['id', 'targetObjectId', 'userId', 'inviteeId', 'user.id', 'invitee.lastLogin.userId'],
  boolean: ['deleteOnUse', 'makeAdmin', 'timed', 'user.ageVerified', 'invitee.isGuest'],
  integer: ['maxUses', 'uses'],
  time: ['startTime', 'endTime', 'createdAt', 'updatedAt', 'expiresAt', 'user.lastLogin.createdAt'],
  word: ['identityProviderType', 'spawnType', 'inviteType', 'status'],
  text: ['token', 'channelName', 'user.name', 'user.inviteCode', 'invitee.lastLogin.userAgent'],
  json: ['spawnDetails']
}
const someId = '01890000-0000-7000-8000-000000000000'
const anyWrong = [
  [],
  {},
  [mark],
  { $eq: null },
  { $regex: mark },
  { $exists: true },
  { $contains: {} },
  { [unheard]: 1 }
]
const badLists = [{ $in: mark }, { $in: {} }, { $in: [[]] }, { $in: [{}] }, { $nin: [] }, { $nin: null }, { $in: null }]
const badRanges = [{ $lt: null }, { $gte: [] }, { $gt: {} }, { $lte: [null] }]
const wrong: Record<keyof typeof keys, unknown[]> = {
  uuid: [
    5,
    true,
    mark,
    '',
    `urn:uuid:${someId}`,
    `{${someId}}`,
    someId.replaceAll('-', ''),
    `${someId} `,
    { $like: `${mark}%` },
    { $in: [5] },
    { $ne: mark },
    { $gt: mark },
    ...badRanges
  ],
  boolean: ['true', 'false', 1, 0, '', mark, { $lt: true }, { $like: 'true' }, { $in: ['true'] }, { $ne: 0 }],
  integer: [
    '1',
    1.5,
    2 ** 31,
    -(2 ** 31),
    1e15,
    Number.MAX_SAFE_INTEGER,
    1e308,
    true,
    mark,
    { $like: '1' },
    { $in: ['1'] },
    { $gt: '1' },
    ...badRanges
  ],
  time: [
    5,
    true,
    '',
    mark,
    'now',
    'infinity',
    'epoch',
    'today',
    { $like: '2024%' },
    { $in: [mark] },
    { $gt: 0 },
    { $lt: mark },
    ...badRanges
  ],
  word: [5, true, '', mark, 'FRIEND', { $gt: 'email' }, { $like: '%' }, { $in: [mark] }, { $ne: mark }],
  text: [
    5,
    true,
    { $like: 5 },
    { $like: null },
    { $ilike: [] },
    { $like: `${mark}\\` },
    { $ilike: `${mark}\\\\\\` },
    { $in: [5] },
    { $gt: 5 },
    ...badRanges
  ],
  json: [5, true, mark, { $gt: 1 }, { $or: [] }, { a: 1, $ne: 2 }]
}
const under = (key: string, value: unknown): object =>
  key
    .split('.')
    .toReversed()
    .reduce<unknown>((inner, part) => ({ [part]: inner }), value) as object
/** A filter for each key, each with a value or an operator that is not of the key's type. */
export const wrongConditions = Object.entries(keys).flatMap(([type, list]) =>
  list.flatMap((key) => {
    const values = [
      ...wrong[type as keyof typeof keys],
      ...(type === 'json' ? [[], [mark]] : [...anyWrong, ...badLists])
    ]
    return values.map((value) => under(key, value))
  })
)
