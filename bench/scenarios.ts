// The requests that every server gets: the same ones, in the same order, from the same people.
import { friendInviter, idOf, ownerOf, userCount, type Layout } from './layout.js'

export interface Request {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  /** The number of the user who calls; nobody without. */
  user?: number
  body?: object
}

/** How a server reads filters: the documented `filter={…}`, or plain Feathers. */
export type Dialect = 'filter' | 'plain'

export interface Scenario {
  name: string
  /** The request about the n-th target. */
  request: (n: number, dialect: Dialect) => Request
  /** How many targets there are; without a number, each request is about one that nobody has asked about before. */
  targets?: number
  /** More callers than this at once are not asked for. */
  mostConnections?: number
  /** The status and the number of rows that every reply must have. */
  status: number
  rows: number
}

/**
 * Targets are walked in strides, so that neighbours in time are no neighbours in the table; and only so many of them,
 * as only so many people are active at once.
 */
const stride = 7919
const active = 5000
const spread = (n: number, count: number) => (n * stride) % count

const queryOf = (conditions: Record<string, string>, dialect: Dialect) =>
  dialect === 'filter'
    ? `filter=${encodeURIComponent(JSON.stringify(conditions))}`
    : new URLSearchParams(conditions).toString()

// Changes no indexed column: what is measured is the way to Postgres and back, not the upkeep of indexes.
const change = (n: number) => ({ spawnType: n % 2 === 0 ? 'spawnPoint' : 'spectate', deleteOnUse: false })

export function scenariosOf({ groups, friends, firstFriend }: Layout): Scenario[] {
  const groupOf = (rows: number) => {
    const group = groups.find((group) => group.rows === rows)
    if (!group) throw new Error(`there are no channels with ${rows} invites`)
    return group
  }
  const channelOf = (n: number, rows: number) => {
    const { firstChannel, channels } = groupOf(rows)
    return firstChannel + spread(n, channels)
  }
  // A caller who waits for a connection of the pool for more than a second is refused with 503, as they should be:
  // so there are no more callers than ten connections work off in that time.
  const patchMany = (rows: number, mostConnections = Infinity): Scenario => ({
    name: `patch ${rows}`,
    mostConnections,
    targets: Math.min(active, groupOf(rows).channels),
    status: 200,
    rows,
    request: (n, dialect) => {
      const channel = channelOf(n, rows)
      const query = queryOf({ inviteType: 'channel', targetObjectId: idOf('channel', channel) }, dialect)
      return { method: 'PATCH', path: `/invite?${query}`, user: ownerOf(channel), body: change(n) }
    }
  })

  return [
    {
      name: 'patch by id',
      targets: Math.min(active, friends),
      status: 200,
      rows: 1,
      request: (n) => {
        const friend = spread(n, friends)
        const path = `/invite/${idOf('invite', firstFriend + friend)}`
        return { method: 'PATCH', path, user: friendInviter(friend), body: change(n) }
      }
    },
    patchMany(10),
    patchMany(50),
    patchMany(100, 32),
    patchMany(1000, 8),
    {
      name: 'list 50',
      targets: Math.min(active, groupOf(50).channels),
      status: 200,
      rows: 50,
      request: (n) => ({ method: 'GET', path: '/invite?$limit=50', user: ownerOf(channelOf(n, 50)) })
    },
    {
      name: 'filtered list 50',
      targets: Math.min(active, groupOf(50).channels),
      status: 200,
      rows: 50,
      request: (n, dialect) => {
        const channel = channelOf(n, 50)
        const query = queryOf({ inviteType: 'channel', targetObjectId: idOf('channel', channel) }, dialect)
        return { method: 'GET', path: `/invite?${query}&$limit=50`, user: ownerOf(channel) }
      }
    },
    {
      name: 'create',
      status: 201,
      rows: 1,
      request: (n) => {
        const user = spread(n % active, userCount)
        // Far from the seeded friends, and somebody else each time round: no twins.
        const invitee = (user + 10_000 + Math.floor(n / active)) % userCount
        return {
          method: 'POST',
          path: '/invite',
          user,
          body: { inviteType: 'friend', inviteeId: idOf('user', invitee) }
        }
      }
    },
    {
      name: 'accept',
      status: 200,
      rows: 1,
      request: (n) => ({
        method: 'POST',
        path: `/invite/${idOf('acceptable', n)}/accept`,
        user: n % userCount,
        body: {}
      })
    },
    { name: '401', targets: active, status: 401, rows: 0, request: () => ({ method: 'GET', path: '/invite' }) }
  ]
}
