// The words of one language: sentences with values in them, plural forms, times, and the direction of writing.
import { catalogues, installed, type Catalogue, type WordKey } from './catalogues.js'

/** The language of a text that has no words in the language asked for. */
const fallback = 'en'

/** U+2068 and U+2069 keep the direction of what stands between them from its surroundings. */
const isolate = (text: string) => `\u2068${text}\u2069`
/** The blocks of the characters that are written from right to left, marks and numbers among them. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** The plural keys, without their form. */
export type CountedKey = WordKey extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never

export class Words {
  /** The language tag of the catalogue. */
  readonly locale: string
  readonly direction: 'ltr' | 'rtl'
  private readonly catalogue: Catalogue
  private readonly plurals: Intl.PluralRules
  private readonly dates: string

  /** `timeZone` is an IANA zone, like `Europe/Berlin`. */
  private constructor(
    locale: string,
    private readonly timeZone: string
  ) {
    this.locale = locale
    this.catalogue = { ...catalogues.get(fallback), ...catalogues.get(locale) }
    this.direction = this.catalogue['direction'] === 'rtl' ? 'rtl' : 'ltr'
    this.dates = this.catalogue['dates'] ?? locale
    this.plurals = new Intl.PluralRules(locale)
  }

  /** The words of the first of these languages that is installed; English without one. */
  static in(wanted: (string | null | undefined)[], timeZone = 'UTC'): Words {
    const locale = wanted.map((tag) => (tag ? installed(tag) : undefined)).find((tag) => tag !== undefined)
    return new Words(locale ?? fallback, timeZone)
  }

  /** The sentence of a key, with `values` in the place of the names in braces. */
  say(key: WordKey, values: Record<string, string> = {}): string {
    return this.fill(this.catalogue[key] ?? key, values)
  }

  /** The sentence of a key in the plural form for `count`, which takes the place of `{count}`. */
  count(key: CountedKey, count: number, values: Record<string, string> = {}): string {
    const { catalogue } = this
    const sentence = catalogue[`${key}.${this.plurals.select(count)}`] ?? catalogue[`${key}.other`] ?? key
    return this.fill(sentence, { ...values, count: new Intl.NumberFormat(this.dates).format(count) })
  }

  /** A name that somebody chose, isolated where its direction of writing may differ from that of the sentence. */
  name(text: string): string {
    return this.direction === 'rtl' || rightToLeft.test(text) ? isolate(text) : text
  }

  /** A moment (RFC 3339) in words, with its zone: 17 December 2026 at 14:05 UTC. */
  time(moment: string): string {
    return this.format(moment, { year: 'numeric', month: 'long', timeZoneName: 'short' })
  }

  /** The same, as short as can be understood: 17 Dec, 14:05 UTC. The year is there when it is not this one. */
  shortTime(moment: string, withZone = true): string {
    const isThisYear = new Date(moment).getUTCFullYear() === new Date().getUTCFullYear()
    return this.format(moment, {
      month: 'short',
      ...(!isThisYear && { year: 'numeric' }),
      ...(withZone && { timeZoneName: 'short' })
    })
  }

  private format(moment: string, options: Intl.DateTimeFormatOptions): string {
    const text = new Intl.DateTimeFormat(this.dates, {
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: this.timeZone,
      ...options
    }).format(new Date(moment))
    return this.direction === 'rtl' ? isolate(text) : text
  }

  private fill(sentence: string, values: Record<string, string>): string {
    return sentence.replace(/\{(\w+)\}/g, (braces, name: string) => values[name] ?? braces)
  }
}
