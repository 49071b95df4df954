// Reads a client's query into conditions, from each of the four encodings.
import type { Params } from '@feathersjs/feathers'
import { badRequest } from '../../../errors.js'
import { isObject } from '../../../schema/is-object.js'
import { parseJson } from '../../../schema/json.js'
import { twice, type QueryTree } from '../../../schema/query-string.js'
import { Budget, maxFilterBytes } from './budget.js'
import { listKeys, type Condition } from './condition.js'
import { readFilter, readTextFilter } from './filter.js'
import type { ListOptions, ListQuery } from './read-list.js'

export interface InviteQuery {
  conditions: Condition[]
  beside: ListQuery
}

const tooLarge = () =>
  badRequest({ path: 'filter', message: 'must not exceed 8 KB: split the call, for example by the ids' })

/**
 * The bytes of a part: JSON text has its own length, another value that of its JSON. A part without content has none.
 */
function sizeOf(part: unknown): number {
  if (part === undefined || (isObject(part) && Object.keys(part).length === 0)) return 0
  return Buffer.byteLength(typeof part === 'string' ? part : JSON.stringify(part))
}

/** Reads the query of a call; `lists` allows the keys that only a list takes. */
export function readQuery(params: Params, { lists }: { lists: boolean }): InviteQuery {
  const { filter, ...rest } = params.query ?? {}
  const { conditions, beside } = split(rest, lists)
  if (sizeOf(filter) + sizeOf(conditions) > maxFilterBytes) throw tooLarge()
  if (params.provider !== 'rest') return { conditions: readObjects(filter, conditions), beside }
  return { conditions: readText(filter, conditions), beside: { ...beside, ...numbersIn(beside) } }
}

/** REST: `filter` as JSON or in brackets, or the conditions themselves as parameters; all of it is text. */
const readText = (
  filter: QueryTree | undefined,
  conditions: Record<string, QueryTree>,
  budget = new Budget()
): Condition[] => [...readWritten(filter, conditions, budget), ...readTextFilter(conditions, '', budget)]

const numberFromText = (value: unknown) =>
  typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value

/** The numbers of a list's query, which come as text. A text that is no number stays, and is a 400 later. */
function numbersIn({ $limit, $skip, $sort }: ListQuery): ListQuery {
  const sort = isObject($sort) ? Object.entries($sort).map(([key, value]) => [key, numberFromText(value)]) : undefined
  return {
    ...($limit !== undefined && { $limit: numberFromText($limit) }),
    ...($skip !== undefined && { $skip: numberFromText($skip) }),
    ...(sort && { $sort: Object.fromEntries(sort) })
  }
}

/** `filter={…}` is JSON, `filter[…]=…` is a tree of text. */
function readWritten(filter: QueryTree | undefined, beside: object, budget: Budget): Condition[] {
  if (filter === undefined) return []
  if (typeof filter !== 'string') {
    if (Array.isArray(filter))
      throw badRequest({ path: 'filter', message: 'must be an object: write filter[key]=value' })
    refuseTwice(filter, beside)
    return readTextFilter(filter, 'filter', budget)
  }
  const parsed = parseJson(filter, 'filter')
  refuseTwice(parsed, beside)
  return readFilter(parsed, 'filter', 'json', budget)
}

/** Sockets and internal calls: objects, whose values are never converted. */
function readObjects(filter: unknown, conditions: Record<string, unknown>): Condition[] {
  if (filter === undefined) return readFilter(conditions, '', 'json')
  refuseTwice(filter, conditions)
  const budget = new Budget()
  return [...readFilter(filter, 'filter', 'json', budget), ...readFilter(conditions, '', 'json', budget)]
}

function split<T>(query: Record<string, T>, lists: boolean) {
  const isBeside = (key: string) => lists && (listKeys as readonly string[]).includes(key)
  const entries = Object.entries(query)
  return {
    conditions: Object.fromEntries(entries.filter(([key]) => !isBeside(key))),
    beside: Object.fromEntries(entries.filter(([key]) => isBeside(key))) as ListQuery
  }
}

/** 400 for a key in two places: the service does not guess which one the client means. */
function refuseTwice(filter: unknown, beside: object) {
  if (typeof filter !== 'object' || filter === null) return
  for (const key of Object.keys(filter)) {
    if (Object.hasOwn(beside, key)) throw badRequest({ path: key, message: twice })
  }
}

/** The params of a call on invites, once these hooks have read its query. */
export interface InviteParams extends Params {
  /** The conditions of the filter, all of which must hold. */
  conditions?: Condition[]
  /** The page, order and search of a list. */
  list?: ListOptions
  /** The keys that a read asks for; undefined is all. */
  select?: string[] | undefined
}
