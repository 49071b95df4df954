// The words for a call that failed, in the language of the page.
import { Away, Refusal } from './api.js'
import { words } from './page.js'

/** The time of day after some seconds, on the reader's clock. */
export const timeAfter = (seconds: number) =>
  words.shortTime(new Date(Date.now() + seconds * 1000).toISOString(), false)

/** A sentence for any error of a call. A page gives its own sentences for the reasons that it expects. */
export function troubleOf(error: unknown, known: Partial<Record<string, string>> = {}): string {
  if (error instanceof Away) return words.say('page.away')
  if (!(error instanceof Refusal)) return words.say('page.failed')
  const sentence = known[error.reason]
  if (sentence !== undefined) return sentence
  if (error.status === 429) return words.say('page.too-often', { time: timeAfter(error.retryAfterSeconds ?? 60) })
  // The service says it in English, with the fault and the advice.
  return error.problems[0]?.message ?? (error.message || words.say('page.failed'))
}
