// A setting in one entry: its schema, default, environment variable and meaning; how its text is read.
import { KindGuard, type Static, type TObject, type TSchema } from '@sinclair/typebox'
import { isObject } from './is-object.js'

interface Notes<T> {
  /** The environment variable that sets it. */
  env?: string
  default: T
  /** The default in production, where it differs. */
  production?: T
  /** Its meaning, for the README. */
  about: string
  /** A right value as it is typed, for the report of a wrong one; by default the default. */
  example?: string
  /** The form of its values, after "must be", where the schema has a pattern. */
  form?: string
}

/** Adds the notes of a setting to its schema. Settings are keys of a `Type.Object`, or of a `Type.Object` within it. */
export const setting = <S extends TSchema>(schema: S, { about, ...notes }: Notes<Static<S>>): S => ({
  ...schema,
  ...notes,
  description: about
})

export interface Setting extends Notes<unknown> {
  /** Its keys, from the top. */
  path: string[]
  /** The JSON type of its values; a choice of words has none. */
  type?: string
  demand?: string | undefined
}

/** The values that a schema allows, in words; undefined when it has none. */
function demandOf({ type, enum: words, minimum, maximum, exclusiveMinimum, form }: TSchema): string | undefined {
  if (form) return `must be ${form}`
  if (words) return `must be ${(words as string[]).join(' or ')}`
  if (type === 'boolean') return 'must be on or off'
  if (type === 'number') return `must be a number above ${exclusiveMinimum}`
  if (type !== 'integer') return undefined
  return `must be a whole number of ${maximum === undefined ? `${minimum} or more` : `${minimum}–${maximum}`}`
}

/** The complaint about a value, by the name that an operator knows: `PORT: must be …, for example 3030`. */
export function complaintOf({ path, env, demand, example, default: value }: Setting, problem: string): string {
  const shown = example ?? String(value)
  return `${env ?? path.join('.')}: ${demand ?? problem}${shown && `, for example ${shown}`}`
}

/** Every setting of a schema, in order. */
export const settingsOf = ({ properties }: TObject, path: string[] = []): Setting[] =>
  Object.entries(properties).flatMap(([key, schema]) => {
    const here = [...path, key]
    if (KindGuard.IsObject(schema)) return settingsOf(schema, here)
    const {
      env,
      default: value,
      production,
      example,
      type,
      description: about = ''
    } = schema as TSchema & Omit<Setting, 'path'>
    return [{ path: here, type, env, default: value, production, about, example, demand: demandOf(schema) }]
  })

const words: Record<string, boolean> = { on: true, yes: true, true: true, off: false, no: false, false: false }
const isNumber = /^-?\d+(\.\d+)?$/

/** Lists are comma-separated. Booleans may be `on` and `off`. A text of the wrong form stays, and the schema refuses it. */
function read(type: string | undefined, text: string): unknown {
  if (type === 'boolean') return words[text.toLowerCase()] ?? text
  if (type === 'integer' || type === 'number') return isNumber.test(text.trim()) ? Number(text) : text
  if (type !== 'array') return text
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/** Converts the texts in `raw`, which come from the environment, to the types of their settings. Other values stay. */
export function readTexts(settings: Setting[], raw: object): void {
  for (const { path, type } of settings) {
    const key = path.at(-1) ?? ''
    const group = path.slice(0, -1).reduce<unknown>((node, name) => (isObject(node) ? node[name] : undefined), raw)
    if (!isObject(group)) continue
    const value = group[key]
    if (typeof value === 'string') group[key] = read(type, value)
  }
}
