// The one spelling of each kind of text that people type or paste. Bodies, filters, searches and the database all have
// this spelling, so that one thing is never two. Every function leaves a text that it has made as it is.
import { domainToASCII } from 'node:url'
import { installed } from '../words/catalogues.js'

/** Most texts are ASCII, and then nothing below but the space around them and their case can differ. */
const isAscii = (text: string) => /^[\u0000-\u007f]*$/.test(text)

/** JSON Schema counts code points, and so do the limits of texts. */
export const codePoints = (text: string) => Array.from(text).length

/** White space, and characters that show nothing: a messenger puts some of them around an address that is copied. */
const blank = /[\s\p{Default_Ignorable_Code_Point}]/u

/** The text without what is blank around it. A loop, because an expression takes quadratic time on long blanks inside. */
export function bare(text: string): string {
  if (isAscii(text)) return text.trim()
  let start = 0
  let end = text.length
  while (start < end && blank.test(text.charAt(start))) start += 1
  while (end > start && blank.test(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** ASCII that no domain has. domainToASCII would read some of it as the end of the domain, or decode it. */
const notOfDomain = /[\u0000-\u002c\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]/

/** A domain in lower case and ASCII; as it is where it cannot be a domain. */
export function asciiDomain(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return (!notOfDomain.test(text) && domainToASCII(text)) || text
}

/** A part of an address, as a pattern or a bound: in lower case, its domain in ASCII. */
export function addressPart(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  const at = text.lastIndexOf('@') + 1
  const local = text.slice(0, at)
  return isAscii(local) ? local.toLowerCase() + asciiDomain(text.slice(at)) : text
}

/** An e-mail address or a phone number. */
export const address = (text: string) => addressPart(bare(text))

/** A part of a name, as a pattern or a bound. */
export const composed = (text: string) => (isAscii(text) ? text : text.normalize('NFC'))

/** Text to look for in names and addresses. */
export const search = (text: string) => composed(bare(text))

/** A password: keyboards send one letter in different ways, and some send letters of another width. */
export const password = (text: string) => (isAscii(text) ? text : text.normalize('NFKC'))

/** An invite code, which people read to each other, in groups and in any case. */
export const inviteCode = (text: string) =>
  text.toUpperCase().replace(/[\s\p{Dash}\p{Default_Ignorable_Code_Point}]/gu, '')

/** A language tag: that of the installed catalogue that serves it, where there is one. */
export const locale = (text: string) => installed(bare(text)) ?? text

/** The flags of England, Scotland, Wales and the like: a black flag, with the letters of a region in tags. */
const regionFlag = '\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{3,6}\\u{e007f}'
/** Characters that no reader sees, and that change no other; the characters of the next two expressions are judged there. */
const unseen = new RegExp(
  `(${regionFlag})|(?![\\p{Variation_Selector}\\p{Join_Control}])[\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]`,
  'gu'
)
/** Letters of these scripts have one form, which no selector and no joiner changes. */
const fixedForm = '\\p{sc=Latn}\\p{sc=Grek}\\p{sc=Cyrl}\\p{sc=Armn}\\p{sc=Geor}\\p{sc=Hebr}\\p{sc=Thai}\\p{sc=Hang}'
const idleSelector = new RegExp(
  `(?<![^${fixedForm}\\s\\u2800\\p{Variation_Selector}\\p{Join_Control}])\\p{Variation_Selector}`,
  'gu'
)
/** A letter that a joiner can shape, as in Arabic or Devanagari. */
const shaped = `(?![${fixedForm}\\p{sc=Hani}\\p{sc=Hira}\\p{sc=Kana}])[\\p{L}\\p{M}]`
/** The sign that a consonant has no vowel: a joiner after it shapes the consonant, at the end of a word as well. */
const virama = '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca]'
const pictured = '[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f\\u20e3\\u{e007f}]'
const joiner = new RegExp(
  `((?<=${virama})\\p{Join_Control}|(?<=${shaped})\\p{Join_Control}(?=${shaped})` +
    `|(?<=${pictured})\\u200d(?=\\p{Extended_Pictographic}))|\\p{Join_Control}`,
  'gu'
)

/** White space, and the blank pattern of Braille, which is its space. */
const around = /^[\s\u2800]+|(?<![\s\u2800])[\s\u2800]+$/gu

/** No name is longer before its marks are taken off. */
const mostTyped = 1000

/**
 * A name. A name of which nothing would be left stays as it was typed: its fault then says that it shows nothing, and
 * not that it is missing.
 */
export function name(text: string): string {
  if (isAscii(text)) return text.trim() || text
  if (text.length > mostTyped) return text
  const composedText = text.normalize('NFC')
  const seen = composedText.replace(unseen, '$1').replace(idleSelector, '').replace(joiner, '$1').replace(around, '')
  // Without the marks, letters may compose or selectors may be idle that were not before.
  return seen === '' || seen === text ? text : name(seen)
}

const control = /[\p{Cc}\u2028\u2029]/u
/** A character that shows something. U+1D159 is a note without a head. */
const shows = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u{1d159}]/u

/** The fault of a name in its one spelling, besides its length; undefined without one. */
export function nameFault(text: string): string | undefined {
  const [refused] = control.exec(text) ?? []
  if (refused !== undefined) {
    const point = refused.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return `must not have control characters or line breaks, and has U+${point}: take it out`
  }
  return shows.test(text) ? undefined : 'must have at least one character that shows something'
}
