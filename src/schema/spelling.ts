// Gives every value the one spelling of its kind. Bodies, queries, filters and tables all use this function.
import type { TSchema } from '@sinclair/typebox'
import { formats } from './formats.js'
import { isObject } from './is-object.js'

/** Returns the value itself where its spelling is the one already. It never changes a value in place. */
export type Spell = (value: unknown) => unknown

/** For a schema that has no format. */
const asItIs: Spell = (value) => value

function spellText(spell: (text: string) => string): Spell {
  return (value) => (typeof value === 'string' ? spell(value) : value)
}

function spellItems(spell: Spell): Spell {
  if (spell === asItIs) return asItIs
  return (value) => (Array.isArray(value) ? value.map(spell) : value)
}

function spellKeys(properties: Record<string, TSchema>): Spell {
  const keys = Object.entries(properties)
    .map(([key, schema]): [string, Spell] => [key, spellerOf(schema)])
    .filter(([, spell]) => spell !== asItIs)
  if (keys.length === 0) return asItIs
  return (value) => {
    if (!isObject(value)) return value
    let spelled = value
    for (const [key, spell] of keys) {
      if (!Object.hasOwn(value, key)) continue
      const one = spell(value[key])
      if (one === value[key]) continue
      if (spelled === value) spelled = { ...value }
      spelled[key] = one
    }
    return spelled
  }
}

/** Makes the function that spells the values of a schema. Values that do not fit the schema stay as they are. */
export function spellerOf({ format, anyOf, items, properties }: TSchema): Spell {
  const spell = formats[format ?? '']?.spell
  if (spell) return spellText(spell)
  // One alternative at most has a spelling: the others are null.
  if (anyOf) return (anyOf as TSchema[]).map(spellerOf).find((one) => one !== asItIs) ?? asItIs
  if (items) return spellItems(spellerOf(items as TSchema))
  return properties ? spellKeys(properties as Record<string, TSchema>) : asItIs
}
