// Reads the options of a list: its page, order, search and keys.
import { badRequest } from '../../../errors.js'
import { isObject } from '../../../schema/is-object.js'
import { paginate } from '../../../schema/paging.js'
import { suggestion } from '../../../schema/suggest.js'
import { search as spelledSearch } from '../../../schema/text.js'
import { inviteKeys } from '../invite.table.js'
import type { ListKey } from './condition.js'
import { sortable, type FilterKey } from './keys.js'

/** The keys of a list's query beside its conditions, as written: text over REST, JSON over sockets. */
export type ListQuery = Partial<Record<ListKey, unknown>>

export interface ListOptions {
  action: 'sent' | 'received' | undefined
  search: string | undefined
  limit: number
  skip: number
  sort: [FilterKey, 'asc' | 'desc'][]
  select: string[] | undefined
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
    throw badRequest({ path: '$select', message: 'must be a list of keys of an invite, such as id and status' })
  }
  return list
}

function readSort(value: unknown): ListOptions['sort'] {
  if (value === undefined) return []
  if (!isObject(value)) throw badRequest({ path: '$sort', message: 'must be an object: write $sort[createdAt]=-1' })
  return Object.entries(value).map(([key, direction]) => {
    const known = sortable.get(key)
    if (!known) {
      const near = suggestion(
        key,
        [...sortable.keys()].map((name) => [name] as const)
      )
      throw badRequest({ path: `$sort.${key}`, message: `is not a key to sort by${near}` })
    }
    if (direction !== 1 && direction !== -1)
      throw badRequest({ path: `$sort.${key}`, message: 'must be 1, which is ascending, or -1' })
    return [known, direction === 1 ? 'asc' : 'desc']
  })
}

/** Reads the options of a list. A `$limit` above the most becomes the most, as everywhere in Feathers. */
export function readListOptions(beside: ListQuery): ListOptions {
  const { action } = beside
  const search = typeof beside.search === 'string' ? spelledSearch(beside.search) : beside.search
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
