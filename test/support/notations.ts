// The ways to write one filter: as JSON, in brackets, as parameters of their own, and over a socket.
import type { Invite } from '../../src/services/invite/invite.table.js'
import type { Person } from './people.js'
import { SocketClient } from './sockets.js'

export const encoded = (value: unknown) => encodeURIComponent(JSON.stringify(value))

/** As qs writes an object: `a[b]=c`, lists as `[0]`, null as nothing. */
export function brackets(value: unknown, path: string): string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => brackets(item, `${path}[${key}]`))
  }
  return [`${encodeURIComponent(path)}=${value === null ? '' : encodeURIComponent(value as string)}`]
}

export const exploded = (filter: object) =>
  Object.entries(filter)
    .flatMap(([key, value]) => brackets(value, key))
    .join('&')

/** The same answer in each notation. */
export const allWays = (answer: unknown) => ({
  json: answer,
  brackets: answer,
  exploded: answer,
  socketFilter: answer,
  socketPlain: answer
})

/** A bulk call over REST and over a socket: what stands before its query. */
interface BulkCall {
  rest: 'PATCH' | 'DELETE'
  socket: ['patch', null, unknown] | ['remove', null]
  body?: unknown
}
export const bulkPatch = (body: unknown): BulkCall => ({ rest: 'PATCH', socket: ['patch', null, body], body })
export const bulkRevoke: BulkCall = { rest: 'DELETE', socket: ['remove', null] }

/**
 * Makes the call once in each notation; the answers are the ids of the rows, or the status of an error. The notations
 * can have a filter each, in the order of the answers.
 */
export async function everyWay(
  who: Person,
  { rest, socket: [method, ...args], body }: BulkCall,
  filters: object | object[]
) {
  const socket = await SocketClient.open(who.server, who.token)
  const told = ({ status, body: rows }: { status: number; body: unknown }) =>
    status === 200 ? (rows as Invite[]).map(({ id }) => id) : status
  const restCall = async (query: string) =>
    told(await who.call(rest, '/invite', { query, ...(body !== undefined && { body }) }))
  const socketCall = async (query: object) => told(await socket.call(method, 'invite', ...args, query))
  const filter = (at: number): object => (Array.isArray(filters) ? (filters[at] as object) : filters)
  try {
    return {
      json: await restCall(`filter=${encoded(filter(0))}`),
      brackets: await restCall(brackets(filter(1), 'filter').join('&')),
      exploded: await restCall(exploded(filter(2))),
      socketFilter: await socketCall({ filter: filter(3) }),
      socketPlain: await socketCall(filter(4))
    }
  } finally {
    socket.close()
  }
}
