// Says what is wrong with a value that does not fit its schema, in plain words: the path and the problem, never the value.
import type { Ajv } from '@feathersjs/schema'
import type { TSchema } from '@sinclair/typebox'
import type { Problem } from '../errors.js'
import { formats } from './formats.js'
import { otherNames, suggestion } from './suggest.js'

/** An error of ajv with the option `verbose`. */
type ErrorObject = NonNullable<ReturnType<Ajv['compile']>['errors']>[number]

/** The keys of the object that an error is about, each with the other words for it. */
const knownKeys = ({ parentSchema }: ErrorObject) =>
  Object.entries((parentSchema?.['properties'] ?? {}) as Record<string, TSchema>).map(
    ([key, schema]) => [key, schema[otherNames] as string[] | undefined] as const
  )

/** JSON's types, in the words of a message. */
const typeWords: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  array: 'a list',
  null: 'null'
}

/** An alternative of a union. */
const wordsFor = ({ type, enum: words }: TSchema): string =>
  Array.isArray(words) ? `one of ${words.join(', ')}` : (typeWords[String(type)] ?? 'another type')

const many = (count: number, thing: string) => `${count} ${thing}${count === 1 ? '' : 's'}`

/** The words for a value that breaks a keyword of JSON Schema with this limit. */
const limitWords: Record<string, (limit: number) => string> = {
  minLength: (limit) => (limit === 1 ? 'must not be empty' : `must have at least ${many(limit, 'character')}`),
  maxLength: (limit) => `must have at most ${many(limit, 'character')}`,
  minimum: (limit) => `must be ${limit} or more`,
  maximum: (limit) => `must be ${limit} or less`,
  exclusiveMinimum: (limit) => `must be more than ${limit}`,
  minItems: (limit) => `must have at least ${many(limit, 'item')}`,
  maxItems: (limit) => `must have at most ${many(limit, 'item')}`,
  minProperties: (limit) =>
    limit === 1 ? 'must not be empty: send at least one key' : `must have ${limit} keys or more`
}

function problemOf(error: ErrorObject): Problem {
  const at = error.instancePath.slice(1).replaceAll('/', '.')
  const inside = (key: string) => (at ? `${at}.${key}` : key)
  const { keyword, params } = error
  switch (keyword) {
    case 'additionalProperties': {
      const key: string = params['additionalProperty']
      return { path: inside(key), message: `is not known here${suggestion(key, knownKeys(error))}` }
    }
    case 'required':
      return { path: inside(params['missingProperty']), message: 'is required' }
    case 'enum':
      return { path: at, message: `must be one of ${params['allowedValues'].join(', ')}` }
    case 'type':
      return {
        path: at,
        message: `must be ${[params['type']]
          .flat()
          .map((type) => typeWords[type])
          .join(' or ')}`
      }
    case 'format':
      return { path: at, message: formats[params['format']]?.fault(String(error.data)) ?? 'is not well-formed' }
    case 'anyOf':
      return { path: at, message: `must be ${(error.schema as TSchema[]).map(wordsFor).join(' or ')}` }
    case 'pattern':
      return {
        path: at,
        message: `must look like ${String(error.parentSchema?.['examples']?.[0] ?? params['pattern'])}`
      }
    default:
      return { path: at, message: limitWords[keyword]?.(params['limit']) ?? 'is not valid' }
  }
}

/** For a union, keeps the specific problems of an alternative, or else one problem of the whole union. */
export function problemsOf(errors: ErrorObject[]): Problem[] {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  const told = errors.filter(
    (error) =>
      error.keyword === 'anyOf' ||
      !unions.some((union) => error.schemaPath.startsWith(`${union.schemaPath}/`)) ||
      (error.keyword !== 'type' && error.keyword !== 'const')
  )
  const specific = told.filter(
    (error) =>
      error.keyword !== 'anyOf' ||
      !told.some((other) => other !== error && other.schemaPath.startsWith(`${error.schemaPath}/`))
  )
  const seen = new Map<string, Problem>()
  for (const error of specific) {
    const problem = problemOf(error)
    // The message of a format says more than that of a length.
    if (!seen.has(problem.path) || error.keyword === 'format') seen.set(problem.path, problem)
  }
  return [...seen.values()]
}
