// Reads one value of a filter as the type of its key, or returns the problem with it.
import { isTime, isUuid, toUtc } from '../../../schema/formats.js'
import type { Scalar } from './condition.js'
import type { FilterKey } from './keys.js'

/** `text`: a filter in brackets, where every leaf is a string. `json`: values are never converted. */
export type Notation = 'json' | 'text'

/** A value that was read, or the problem with it. */
export type Read = { value: Scalar } | { wrong: string }

const good = (value: Scalar): Read => ({ value })
const wrong = (message: string): Read => ({ wrong: message })

const wrongBoolean = wrong('must be true, false or null')
const wrongNumber = wrong('must be a whole number')

function readJson(key: FilterKey, value: unknown): Read {
  switch (key.type) {
    case 'boolean':
      return typeof value === 'boolean' ? good(value) : wrongBoolean
    case 'integer':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31 ? good(Number(value)) : wrongNumber
    case 'uuid':
      return typeof value === 'string' && isUuid(value) ? good(value.toLowerCase()) : wrong('must be a uuid')
    case 'time':
      return typeof value === 'string' && isTime(value)
        ? good(toUtc(value))
        : wrong('must be an RFC 3339 time with a zone, in 1970–2100')
    case 'word':
      return typeof value === 'string' && key.words?.includes(value)
        ? good(value)
        : wrong(`must be one of ${key.words?.join(', ')}`)
    case 'text':
      if (typeof value !== 'string') return wrong('must be text')
      return good(key.lowerCase ? value.toLowerCase() : value)
    case 'json':
      return wrong('must be an object')
  }
}

/** Numbers and booleans are read from their text; `key=` and `key=null` mean null. */
function readText(key: FilterKey, value: unknown): Read {
  if (typeof value !== 'string') return wrong('must be a single value')
  if (value === '' || value === 'null') return good(null)
  switch (key.type) {
    case 'boolean':
      return value === 'true' || value === 'false' ? good(value === 'true') : wrongBoolean
    case 'integer':
      return /^-?\d{1,10}$/.test(value) ? readJson(key, Number(value)) : wrongNumber
    default:
      return readJson(key, value)
  }
}

/** A single value of a key's type. */
export function readValue(key: FilterKey, value: unknown, notation: Notation): Read {
  if (value === null) return good(null)
  return notation === 'text' ? readText(key, value) : readJson(key, value)
}
