// The languages that are installed: one file each in config/words/, one key a line. A new file there is a new language.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type english from '../../config/words/en.json'

/** A key of every catalogue. A key with plural forms stands here with its form: `account.once.other`. */
export type WordKey = keyof typeof english

export type Catalogue = Partial<Record<string, string>>

const directory = fileURLToPath(
  new URL(import.meta.url.includes('/dist/src/') ? '../../../config/words/' : '../../config/words/', import.meta.url)
)

const fileName = /^([a-z]{2,3}(?:-[A-Za-z\d]{2,8})*)\.json$/

/** By its language tag (BCP 47), like `de` or `pt-BR`. Read once, when the service starts. */
export const catalogues: ReadonlyMap<string, Catalogue> = new Map(
  readdirSync(directory)
    .sort()
    .flatMap((file): [string, Catalogue][] => {
      const tag = fileName.exec(file)?.[1]
      return tag === undefined ? [] : [[tag, JSON.parse(readFileSync(`${directory}${file}`, 'utf8')) as Catalogue]]
    })
)

/** The language tags of the installed catalogues. */
export const locales: readonly string[] = [...catalogues.keys()]

const byLowerCase = new Map(locales.map((tag) => [tag.toLowerCase(), tag]))

/** No tag of a catalogue is longer. A longer text is no tag, and is not looked at: it may be as long as a body. */
const longestTag = 35

/**
 * The installed catalogue for a language tag: that of the tag, or of what is left when its last parts are taken off
 * (RFC 4647, "lookup"). So `de-AT` finds `de`. Undefined when there is none.
 */
export function installed(tag: string): string | undefined {
  if (tag.length > longestTag) return undefined
  for (let part = tag.toLowerCase(); part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('-')))) {
    const found = byLowerCase.get(part)
    if (found) return found
  }
  return undefined
}
