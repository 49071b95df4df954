// The words of one language, with the sentences of English where the language has none.
import { catalogues, installed } from './catalogues.js'
import { Sentences } from './sentences.js'

/** The language of a text that has no words in the language asked for. */
const fallback = 'en'

export class Words extends Sentences {
  /** The words of the first of these languages that is installed; English without one. `timeZone` is an IANA zone. */
  static in(wanted: (string | null | undefined)[], timeZone = 'UTC'): Words {
    const locale = wanted.map((tag) => (tag ? installed(tag) : undefined)).find((tag) => tag !== undefined) ?? fallback
    return new Words(locale, { ...catalogues.get(fallback), ...catalogues.get(locale) }, timeZone)
  }

  /** The keys that begin with one of these, but for `others`, each with its sentence: what a page in the browser needs. */
  of(prefixes: readonly string[], others: readonly string[] = []): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.catalogue).filter(
        (entry): entry is [string, string] =>
          entry[1] !== undefined && prefixes.some((prefix) => entry[0].startsWith(prefix)) && !others.includes(entry[0])
      )
    )
  }
}
