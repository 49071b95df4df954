// What is wrong with a filled form: found here before the call, or told by the service.
import { Away, Refusal } from '../../kit/api.js'
import { words } from '../../kit/page.js'
import { timeAfter, troubleOf } from '../../kit/troubles.js'
import type { WordKey } from '../../../../words/catalogues.js'
import { barePhone, mostUses, needsTarget, toUtc, type Draft } from './draft.js'

/** A field of the form that can have a problem. */
export type FieldName = 'recipient' | 'people' | 'target' | 'until' | 'from' | 'to' | 'admin'
export type Problems = Partial<Record<FieldName, string>>

/** The service judges addresses. This finds those that are none at all. */
export const looksLikeEmail = (text: string) => /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@.,;]+(\.[^\s@.,;]+)+$/.test(text)
export const looksLikePhone = (text: string) => /^\+[1-9]\d{6,14}$/.test(barePhone(text))

function recipientProblem({ reach, email, phone, member }: Draft): string | undefined {
  if (reach === 'email' && !looksLikeEmail(email.trim())) {
    return words.say('inviter.new.need.address', { example: 'name@example.com' })
  }
  if (reach === 'sms' && !looksLikePhone(phone)) return words.say('inviter.new.need.phone')
  return reach === 'member' && !member ? words.say('inviter.new.need.member') : undefined
}

/** The problems of the times and the target; a list of addresses has these too. */
export function sharedProblems({ type, target, ends, until, to }: Draft): Problems {
  const needTime = words.say('inviter.new.need.time')
  return {
    ...(needsTarget(type) && !target && { target: words.say('inviter.new.need.target') }),
    ...(ends === 'date' && toUtc(until) === undefined && { until: needTime }),
    ...(ends === 'window' && toUtc(to) === undefined && { to: needTime })
  }
}

export function problemsOf(draft: Draft): Problems {
  const { reach, people } = draft
  const recipient = recipientProblem(draft)
  const isCount = /^\d{1,7}$/.test(people.trim()) && Number(people) >= 1 && Number(people) <= mostUses
  return {
    ...(recipient !== undefined && { recipient }),
    ...(reach === 'link' &&
      !isCount && { people: words.say('inviter.new.need.uses', { most: words.number(mostUses) }) }),
    ...sharedProblems(draft)
  }
}

/** The words for a reason, where two reasons are one to the reader. */
const sameWords: Partial<Record<string, string>> = {
  'window-past': 'past',
  'lifetime-past': 'past',
  'window-incomplete': 'window-order'
}

/** The sentence for a refusal of an invite, in the language of the page; undefined where there is none for its reason. */
export function wordsOfReason(reason: string, retryAfterSeconds = 3600): string | undefined {
  const key = `inviter.new.no.${sameWords[reason] ?? reason}`
  const sentence = words.say(key as WordKey, { time: words.name(timeAfter(retryAfterSeconds)) })
  return sentence === key ? undefined : sentence
}

export function sentenceOf(error: unknown): string {
  const known = error instanceof Refusal ? wordsOfReason(error.reason, error.retryAfterSeconds) : undefined
  return known ?? troubleOf(error)
}

/** The fields of the form by the last key of a path in the body. */
const fieldOfKey: Partial<Record<string, FieldName>> = {
  token: 'recipient',
  inviteeId: 'recipient',
  identityProviderType: 'recipient',
  maxUses: 'people',
  targetObjectId: 'target',
  expiresAt: 'until',
  startTime: 'from',
  endTime: 'to',
  makeAdmin: 'admin'
}

/** The fields of the form by a reason that has no path. */
const fieldOfReason: Partial<Record<string, FieldName>> = {
  twin: 'recipient',
  already: 'recipient',
  blocked: 'recipient',
  'too-many-pending': 'recipient',
  'quota-recipient': 'recipient',
  'no-such-user': 'recipient',
  'no-such-target': 'target',
  'may-not-invite': 'target',
  'admins-only-make-admin': 'admin'
}

/**
 * The problems of a refused call at their fields; undefined where no field is to blame. Where a 400 has several problems,
 * its reason is that of the first, and the others are told in the words of the service.
 */
export function problemsFrom(error: unknown): Problems | undefined {
  if (error instanceof Away || !(error instanceof Refusal)) return undefined
  const field = fieldOfReason[error.reason]
  if (field) return { [field]: sentenceOf(error) }
  const found = error.problems.flatMap(({ path, message }, index) => {
    const at = fieldOfKey[path.slice(path.lastIndexOf('.') + 1)]
    return at ? [[at, (index === 0 ? wordsOfReason(error.reason) : undefined) ?? message] as const] : []
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}
