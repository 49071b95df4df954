// The sentences of one catalogue: values in them, plural forms, times. The pages in the browser use it too, so it reads no
// file and needs nothing but Intl.
import type { Catalogue, WordKey } from './catalogues.js'

/** U+2068 and U+2069 keep the direction of what stands between them from its surroundings. */
const isolate = (text: string) => `\u2068${text}\u2069`
/** The blocks of the characters that are written from right to left, marks and numbers among them. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

const units: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60]
]

/** The plural keys, without their form. */
export type CountedKey = WordKey extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never

export class Sentences {
  /** The direction of writing. */
  readonly direction: 'ltr' | 'rtl'
  private readonly plurals: Intl.PluralRules
  private readonly dates: string

  /** `timeZone` is an IANA zone, like `Europe/Berlin`; undefined is that of the machine that this runs on. */
  constructor(
    /** The language tag of the catalogue. */
    readonly locale: string,
    protected readonly catalogue: Catalogue,
    private readonly timeZone: string | undefined
  ) {
    this.direction = catalogue['direction'] === 'rtl' ? 'rtl' : 'ltr'
    this.dates = catalogue['dates'] ?? locale
    this.plurals = new Intl.PluralRules(locale)
  }

  /** The sentence of a key, with `values` in the place of the names in braces. */
  say(key: WordKey, values: Record<string, string> = {}): string {
    return this.fill(this.catalogue[key] ?? key, values)
  }

  /** The sentence of a key in the plural form for `count`, which takes the place of `{count}`. */
  count(key: CountedKey, count: number, values: Record<string, string> = {}): string {
    const { catalogue } = this
    const sentence = catalogue[`${key}.${this.plurals.select(count)}`] ?? catalogue[`${key}.other`] ?? key
    return this.fill(sentence, { ...values, count: this.number(count) })
  }

  /** A number as readers of the language write it. */
  number(count: number): string {
    return new Intl.NumberFormat(this.dates).format(count)
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

  /** How long it is until then, in its largest unit: in 5 minutes. */
  ahead(seconds: number): string {
    const rest = Math.max(0, Math.ceil(seconds))
    const [unit, length] = units.find(([, one]) => rest >= one) ?? ['second', 1]
    return new Intl.RelativeTimeFormat(this.dates).format(Math.floor(rest / length), unit)
  }

  private format(moment: string, options: Intl.DateTimeFormatOptions): string {
    const text = new Intl.DateTimeFormat(this.dates, {
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      ...(this.timeZone !== undefined && { timeZone: this.timeZone }),
      ...options
    }).format(new Date(moment))
    return this.direction === 'rtl' ? isolate(text) : text
  }

  private fill(sentence: string, values: Record<string, string>): string {
    return sentence.replace(/\{(\w+)\}/g, (braces, name: string) => values[name] ?? braces)
  }
}
