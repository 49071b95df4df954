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

/**
 * The installed catalogue for a language tag: that of the tag, or of what is left when its last parts are taken off
 * (RFC 4647, "lookup"). So `de-AT` finds `de`. Undefined when there is none.
 */
export function installed(tag: string): string | undefined {
  const parts = tag.toLowerCase().split('-')
  for (let length = parts.length; length > 0; length -= 1) {
    const found = byLowerCase.get(parts.slice(0, length).join('-'))
    if (found) return found
  }
  return undefined
}
