// Reads one value of a filter as the type of its key, or returns the problem with it.
import type { TSchema } from '@sinclair/typebox'
import { partOf } from '../../../schema/formats.js'
import { spellerOf } from '../../../schema/spelling.js'
import { problemFinder } from '../../../schema/validation.js'
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
const wrongText = wrong('must be text')

/** A value of the type of its key. */
function readType({ type }: FilterKey, value: unknown): Read {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? good(value) : wrongBoolean
    case 'integer':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31 ? good(Number(value)) : wrongNumber
    case 'json':
      return wrong('must be an object')
    default:
      return typeof value === 'string' ? good(value) : wrongText
  }
}

/** Reads the one spelling of a value, and refuses a value that no row can have. */
function valueReader(schema: TSchema): (value: Scalar) => Read {
  const spell = spellerOf(schema)
  const find = problemFinder(schema)
  return (sent) => {
    const value = spell(sent) as Scalar
    const [problem] = find(value)
    return problem ? wrong(problem.message) : good(value)
  }
}

/** By the schema of a key: compiled when a filter first needs it. */
const readers = new WeakMap<TSchema, (value: Scalar) => Read>()
function readerOf({ schema }: FilterKey) {
  const known = readers.get(schema)
  if (known) return known
  const made = valueReader(schema)
  readers.set(schema, made)
  return made
}

/** Whether a bound of a range, or a pattern, may be a value that no row can have. */
const isFree = ({ type }: FilterKey) => type === 'text' || type === 'integer'

function readJson(key: FilterKey, value: unknown, isPart: boolean): Read {
  const read = readType(key, value)
  if ('wrong' in read) return read
  if (!isPart || !isFree(key)) return readerOf(key)(read.value)
  return typeof read.value === 'string' ? good(partOf(key.schema)(read.value)) : read
}

/** Numbers and booleans are read from their text; `key=` and `key=null` mean null. */
function readText(key: FilterKey, value: unknown, isPart: boolean): Read {
  if (typeof value !== 'string') return wrong('must be a single value')
  if (value === '' || value === 'null') return good(null)
  switch (key.type) {
    case 'boolean':
      return value === 'true' || value === 'false' ? good(value === 'true') : wrongBoolean
    case 'integer':
      return /^-?\d{1,10}$/.test(value) ? readJson(key, Number(value), isPart) : wrongNumber
    default:
      return readJson(key, value, isPart)
  }
}

/** A single value of a key's type. `isPart`: a bound of a range or a pattern, which need not be a whole value. */
export function readValue(key: FilterKey, value: unknown, notation: Notation, isPart: boolean): Read {
  if (value === null) return good(null)
  return notation === 'text' ? readText(key, value, isPart) : readJson(key, value, isPart)
}
