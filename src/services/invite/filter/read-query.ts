// Reads a client's query into conditions, from each of the four encodings.
import type { Params } from '@feathersjs/feathers'
import { badRequest } from '../../../errors.js'
import { isObject } from '../../../schema/is-object.js'
import type { QueryTree } from '../../../schema/query-string.js'
import { parseJson } from '../../../schema/validation.js'
import { Budget, maxFilterBytes } from './budget.js'
import type { Condition } from './condition.js'
import { readFilter, readTextFilter } from './filter.js'
import { sortable, type FilterKey } from './keys.js'
import { inviteKeys } from '../invite.table.js'
import { paginate } from '../../../schema/paging.js'

/** The keys of a list's query that are no conditions. */
const listKeys = ['action', 'search', '$limit', '$skip', '$sort', '$select'] as const
type ListKey = (typeof listKeys)[number]

export interface InviteQuery {
  conditions: Condition[]
  /** As written: text over REST, JSON over sockets. */
  beside: Partial<Record<ListKey, unknown>>
}

const tooLarge = () => badRequest({ path: 'filter', message: 'must not exceed 8 KB' })

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
function numbersIn({ $limit, $skip, $sort }: InviteQuery['beside']): InviteQuery['beside'] {
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
    if (Array.isArray(filter)) throw badRequest({ path: 'filter', message: 'must be an object' })
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
    beside: Object.fromEntries(entries.filter(([key]) => isBeside(key))) as InviteQuery['beside']
  }
}

/** 400 for a key in two places: the service does not guess which one the client means. */
function refuseTwice(filter: unknown, beside: object) {
  if (typeof filter !== 'object' || filter === null) return
  for (const key of Object.keys(filter)) {
    if (Object.hasOwn(beside, key)) throw badRequest({ path: key, message: 'must not be given twice' })
  }
}

export interface ListOptions {
  action: 'sent' | 'received' | undefined
  search: string | undefined
  limit: number
  skip: number
  sort: [FilterKey, 'asc' | 'desc'][]
  select: string[] | undefined
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

/** The options of an internal call, whose query no hook has read. */
export const defaultList: ListOptions = {
  action: undefined,
  search: undefined,
  limit: paginate.default,
  skip: 0,
  sort: [],
  select: undefined
}

/** A whole number; `otherwise` if the client sent none. */
function wholeNumber(value: unknown, path: string, otherwise: number): number {
  if (value === undefined) return otherwise
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 999_999_999) {
    throw badRequest({ path, message: 'must be a whole number, not negative' })
  }
  return value
}

export function readSelect(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  const list = typeof value === 'string' ? [value] : value
  const known = inviteKeys as string[]
  if (!Array.isArray(list) || list.length === 0 || !list.every((key) => known.includes(key))) {
    throw badRequest({ path: '$select', message: 'must be a list of an invite’s keys' })
  }
  return list
}

function readSort(value: unknown): ListOptions['sort'] {
  if (value === undefined) return []
  if (!isObject(value)) throw badRequest({ path: '$sort', message: 'must be an object' })
  return Object.entries(value).map(([key, direction]) => {
    const known = sortable.get(key)
    if (!known) throw badRequest({ path: `$sort.${key}`, message: 'is not a key to sort by' })
    if (direction !== 1 && direction !== -1) throw badRequest({ path: `$sort.${key}`, message: 'must be 1 or -1' })
    return [known, direction === 1 ? 'asc' : 'desc']
  })
}

/** Reads the options of a list. A `$limit` above the most becomes the most, as everywhere in Feathers. */
export function readListOptions(beside: InviteQuery['beside']): ListOptions {
  const { action, search } = beside
  if (action !== undefined && action !== 'sent' && action !== 'received') {
    throw badRequest({ path: 'action', message: 'must be one of sent, received' })
  }
  if (search !== undefined && (typeof search !== 'string' || search.length > 254)) {
    throw badRequest({ path: 'search', message: 'must be text of at most 254 characters' })
  }
  return {
    action,
    search: search || undefined,
    limit: Math.min(wholeNumber(beside.$limit, '$limit', paginate.default), paginate.max),
    skip: wholeNumber(beside.$skip, '$skip', 0),
    sort: readSort(beside.$sort),
    select: readSelect(beside.$select)
  }
}
