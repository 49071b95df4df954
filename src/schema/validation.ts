// Checks a client's data against a schema. An error names the path and the problem, never the value.
import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv } from '@feathersjs/schema'
import { badRequest, notFound, type Problem } from '../errors.js'
import { formats, isUuid } from './formats.js'
import { problemsOf } from './problems.js'
import { spellerOf } from './spelling.js'

// `verbose` gives an error the schema that the value breaks, and the value, which the message of a format may describe.
const options = { allErrors: true, strict: false, useDefaults: false, ownProperties: true, verbose: true }
const ajv = new Ajv({ ...options, coerceTypes: false })
const coercing = new Ajv({ ...options, coerceTypes: true })
for (const instance of [ajv, coercing]) {
  for (const [name, { fault }] of Object.entries(formats)) {
    instance.addFormat(name, (text: string) => fault(text) === undefined)
  }
}

/** Finds every problem of a value; none when it fits the schema. */
export function problemFinder(schema: TSchema, { coerce = false }: { coerce?: boolean } = {}) {
  const validate = (coerce ? coercing : ajv).compile(schema)
  return (value: unknown): Problem[] => (validate(value) ? [] : problemsOf(validate.errors ?? []))
}

/**
 * Makes the check of one schema. The check returns the value in its one spelling, typed, or throws a 400 that names
 * every problem; it puts `at` before their paths. `coerce` reads numbers and booleans from text, for query strings, in
 * place.
 */
export function checkerOf<T extends TSchema>(
  schema: T,
  { coerce = false }: { coerce?: boolean } = {}
): (value: unknown, at?: string) => Static<T> {
  const find = problemFinder(schema, { coerce })
  const spell = spellerOf(schema)
  return (sent, at = '') => {
    const value = spell(sent)
    const found = find(value)
    if (found.length === 0) return value
    const problems = found.map((problem) => ({
      ...problem,
      path: [at, problem.path].filter(Boolean).join('.') || 'body'
    }))
    throw badRequest(...problems)
  }
}

/** The largest size of a body, over REST and sockets. */
export const maxBodyBytes = 64 * 1024

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
const maxDepth = 32

/**
 * Throws 400 for values that no request may contain, whatever its schema: keys that reach into prototypes, text that
 * Postgres cannot store (NUL, half a surrogate pair), numbers that JSON cannot express, and nesting deeper than 32.
 */
export function refuseHostile(value: unknown, root: string): void {
  const walk = (part: unknown, path: string, depth: number): void => {
    if (typeof part === 'string') {
      if (part.includes('\0')) throw badRequest({ path, message: 'must not contain NUL' })
      if (!part.isWellFormed()) throw badRequest({ path, message: 'must be well-formed Unicode' })
      return
    }
    if (typeof part === 'number') {
      if (!Number.isFinite(part)) throw badRequest({ path, message: 'must be a finite number' })
      return
    }
    if (typeof part !== 'object' || part === null) return
    if (depth > maxDepth) throw badRequest({ path: root, message: `must not be nested deeper than ${maxDepth}` })
    if (Buffer.isBuffer(part)) throw badRequest({ path, message: 'must be JSON' })
    if (Array.isArray(part)) {
      part.forEach((item, index) => walk(item, `${path}.${index}`, depth + 1))
      return
    }
    for (const [key, item] of Object.entries(part)) {
      if (forbiddenKeys.has(key)) throw badRequest({ path, message: 'must not have a key of that name' })
      if (key.includes('\0') || !key.isWellFormed()) throw badRequest({ path, message: 'has a key that is not text' })
      walk(item, `${path}.${key}`, depth + 1)
    }
  }
  walk(value, root, 0)
}

/** The id of a row, in lower case. 404 unless it is a uuid: no row has another id, and Postgres would throw an error. */
export function rowId(id: unknown): string {
  if (typeof id !== 'string' || !isUuid(id)) throw notFound()
  return id.toLowerCase()
}
