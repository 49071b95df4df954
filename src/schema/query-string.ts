// Reads a query string exactly. The usual parsers silently drop, cut and merge parameters, and a PATCH that loses a
// condition changes more invites. This parser answers 400 to a query that it cannot read exactly.
import { badRequest } from '../errors.js'
import { refuseHostile } from './validation.js'

/** The content of a query in brackets: text at the leaves, and lists where the client wrote `[]` or `[n]`. */
export type QueryTree = string | QueryTree[] | { [key: string]: QueryTree }

interface Parameter {
  /** `filter[user][name]` → `['filter', 'user', 'name']`; `[]` is the empty segment. */
  path: string[]
  value: string
}

const maxParameters = 1000
const segment = /\[([^[\]]*)\]/y

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw badRequest({ path: 'query', message: 'must be percent-encoded UTF-8: write % itself as %25' })
  }
}

function pathOf(key: string): string[] {
  const first = key.search(/[[\]]/)
  if (first < 0) return [key]
  const path = [key.slice(0, first)]
  segment.lastIndex = first
  while (segment.lastIndex < key.length) {
    const match = segment.exec(key)
    if (!match)
      throw badRequest({
        path: 'query',
        message: 'has a parameter whose brackets do not match: write key[inner]=value'
      })
    path.push(match[1] ?? '')
  }
  return path
}

const withoutValue = 'has a part without "=": write key=value, and an & inside a value as %26'
const withoutName = 'has a value without a key before its "=": write key=value'

/** Splits a raw query (without its `?`) into parameters, in order. Only empty ones are dropped: they say nothing. */
function readParameters(text: string): Parameter[] {
  const parts = text.split('&').filter(Boolean)
  if (parts.length > maxParameters) {
    throw badRequest({ path: 'query', message: `must not have more than ${maxParameters} parameters` })
  }
  return parts.map((part) => {
    // The first `=` ends the key. A key must percent-encode an `=` of its own; a value need not.
    const equals = part.indexOf('=')
    if (equals < 0) throw badRequest({ path: 'query', message: withoutValue })
    const key = decode(part.slice(0, equals))
    if (key === '' || key.includes('\0')) throw badRequest({ path: 'query', message: withoutName })
    return { path: pathOf(key), value: decode(part.slice(equals + 1)) }
  })
}

/** The words for a key in two places. */
export const twice = 'must not be given twice: the service does not guess which one you mean'

type Branch = Map<string, Branch | string>

/** Begins the places of the values that `[]` appends. No key of a client has it: NUL in a key is a 400. */
const appendedMark = '\0'
const listIndex = /^\d{1,4}$/

/** Builds the tree that the parameters describe. 400 when two of them have the same place. */
function treeOf(parameters: Parameter[]): { [key: string]: QueryTree } {
  const root: Branch = new Map()
  for (const { path, value } of parameters) insert(root, path, value)
  return Object.fromEntries([...root].map(([key, child]) => [key, settle(child, key)]))
}

/** The tree that a raw query (without its `?`) describes. 400 for a query that cannot be read exactly. */
export function readQueryString(text: string): { [key: string]: QueryTree } {
  if (text === '') return {}
  const tree = treeOf(readParameters(text))
  refuseHostile(tree, 'query')
  return tree
}

function insert(root: Branch, path: string[], value: string) {
  let branch = root
  path.forEach((key, depth) => {
    const at = path.slice(0, depth + 1).join('.')
    if (depth > 32) throw badRequest({ path: path[0] ?? 'query', message: 'must not be nested deeper than 32' })
    if (depth === path.length - 1) {
      // `[]` appends. Every other place takes one value.
      const place = key === '' && depth > 0 ? `${appendedMark}${branch.size}` : key
      if (branch.has(place)) throw badRequest({ path: at, message: twice })
      branch.set(place, value)
      return
    }
    if (key === '' && depth > 0)
      throw badRequest({ path: at, message: 'must be numbered: write [0], [1] and so on for a list of objects' })
    const next = branch.get(key) ?? new Map()
    if (typeof next === 'string') throw badRequest({ path: at, message: twice })
    branch.set(key, next)
    branch = next
  })
}

function settle(child: Branch | string, at: string): QueryTree {
  if (typeof child === 'string') return child
  const keys = [...child.keys()]
  const appended = keys.filter((key) => key.startsWith(appendedMark)).length
  const numbered = keys.filter((key) => listIndex.test(key)).length
  if (appended + numbered === 0) {
    return Object.fromEntries([...child].map(([key, item]) => [key, settle(item, `${at}.${key}`)]))
  }
  if (appended !== keys.length && numbered !== keys.length) {
    throw badRequest({ path: at, message: 'must be a list or an object, not both: write [] for its items, or keys' })
  }
  if (numbered > 0) keys.sort((one, other) => Number(one) - Number(other))
  return keys.map((key, index) => settle(child.get(key) ?? '', `${at}.${index}`))
}
