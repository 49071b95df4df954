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
}

/** Every setting of a schema, in order. */
export const settingsOf = ({ properties }: TObject, path: string[] = []): Setting[] =>
  Object.entries(properties).flatMap(([key, schema]) => {
    const here = [...path, key]
    if (KindGuard.IsObject(schema)) return settingsOf(schema, here)
    const { env, default: value, production, type, description: about = '' } = schema as TSchema & Omit<Setting, 'path'>
    return [{ path: here, type, env, default: value, production, about }]
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
