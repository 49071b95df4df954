// The query of one page of a list. A page begins after the last row of the page before, not at a number of rows: rows
// that come or go in between cause no gap and no repetition.
import type { ListView } from '../shell/views.js'
import type { Invite } from '../types.js'
import type { ListChoice } from './choice.js'
import { listed, type Filter } from './filter.js'

/** Rows of a page. */
export const pageSize = 25
/** The service gives no more rows at once. */
const mostRows = 100

type Last = Pick<Invite, 'id' | 'updatedAt'>

const after = (sort: ListChoice['sort'], { id, updatedAt }: Last): Filter => {
  if (sort === 'newest') return { id: { $lt: id } }
  if (sort === 'oldest') return { id: { $gt: id } }
  return { $or: [{ updatedAt: { $lt: updatedAt } }, { updatedAt, id: { $lt: id } }] }
}

const sortKeys = { newest: '', oldest: '&$sort[id]=1', changed: '&$sort[updatedAt]=-1' }

/** The JSON of a filter in a query: no character of it means anything to a server or a shell. */
export const encoded = (filter: Filter) =>
  encodeURIComponent(JSON.stringify(filter)).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  )

export interface PageOf {
  view: ListView
  filter: Filter
  sort: ListChoice['sort']
  /** The last row that is there; undefined for the first page. */
  last?: Last | undefined
  limit?: number
}

/** The path of the call. */
export function pagePath({ view, filter, sort, last, limit = pageSize }: PageOf): string {
  const all = listed(filter)
  const page = last ? { ...all, $and: [after(sort, last)] } : all
  const action = view === 'received' ? '&action=received' : ''
  return `invite?filter=${encoded(page)}${action}&$limit=${Math.min(limit, mostRows)}${sortKeys[sort]}`
}

/** The path of the call that counts what a filter matches. */
export const countPath = (filter: Filter) => `invite?filter=${encoded(filter)}&$limit=0`
