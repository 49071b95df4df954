// Reads JSON that a client wrote: 400 for malformed text, with the place of the fault, and for a key that is there twice.
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser'
import { badRequest } from '../errors.js'
import { refuseHostile } from './validation.js'

/** The advice for the faults that people make most, by the parser's name of the fault. */
const advice: Record<string, string> = {
  InvalidSymbol: 'put double quotes around text and keys',
  PropertyNameExpected: 'put double quotes around keys, and no comma after the last one',
  ValueExpected: 'a value is missing, or there is a comma after the last one',
  ColonExpected: 'put a colon between a key and its value',
  CommaExpected: 'put a comma between two values',
  CloseBraceExpected: 'it ends too early, close it with }',
  CloseBracketExpected: 'it ends too early, close it with ]',
  EndOfFileExpected: 'it goes on after its end',
  UnexpectedEndOfString: 'close the text with double quotes',
  InvalidCharacter: 'use double quotes, and \\n for a line break',
  InvalidEscapeCharacter: 'write a backslash as \\\\',
  InvalidCommentToken: 'leave comments out'
}

/** Where a text stops being JSON, and what to do. JSON.parse says the place only of some faults, and repeats the text. */
function faultIn(text: string): string {
  const faults: ParseError[] = []
  try {
    parse(text, faults, { disallowComments: true, allowEmptyContent: false })
  } catch {
    // Nested so deep that the parser runs out of stack: no person wrote this.
    return ''
  }
  const [fault] = faults
  if (!fault) return ''
  const before = text.slice(0, fault.offset).split('\n')
  const place = `line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1}`
  const words = advice[printParseErrorCode(fault.error)]
  return ` (${place}${words ? `: ${words}` : ''})`
}

const strings = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/**
 * JSON.parse, but 400 for a key that is twice in one object: this parser would take the last one, and another reader
 * the first. The text is valid JSON by the time its keys are counted, so the strings before a colon are its keys.
 */
export function parseJson(text: string, root: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badRequest({ path: root, message: `must be well-formed JSON${faultIn(text)}` })
  }
  refuseHostile(value, root)
  let written = 0
  for (const match of text.matchAll(strings)) if (match[1]) written += 1
  if (written !== countKeys(value)) {
    throw badRequest({
      path: root,
      message: 'must not have the same key twice: put all values of a key into one place'
    })
  }
  return value
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Object.values(value)
  const own = Array.isArray(value) ? 0 : items.length
  return items.reduce<number>((sum, item) => sum + countKeys(item), own)
}
