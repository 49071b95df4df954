// The formats of a uuid, a time, a name and an address, and the schemas of single values.
import { Type, type TSchema, type TString } from '@sinclair/typebox'
import { validate } from 'uuid'
import { locales } from '../words/catalogues.js'
import * as spelling from './text.js'

/** RFC 9562: a uuid with a version and a variant, or one of the two that have neither, nil and max. */
export const isUuid = (text: string) => validate(text)

const timePattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):([0-5]\d):([0-5]\d)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** RFC 3339 with a zone, a day that exists, in 1970–2100. */
export function isTime(text: string): boolean {
  const match = timePattern.exec(text)
  if (!match) return false
  const [, year, month, day, hour] = match.map(Number) as [number, number, number, number, number]
  if (hour > 23 || month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) {
    return false
  }
  const utc = new Date(text).getUTCFullYear()
  return utc >= 1970 && utc <= 2100
}

/** The same moment as the service writes it: UTC, milliseconds. */
export const toUtc = (time: string) => new Date(time).toISOString()

/** 1–100 code points, of which one at least shows something, in their one spelling. */
export const isName = (text: string) =>
  spelling.nameFault(text) === undefined && spelling.codePoints(text) <= 100 && spelling.name(text) === text

const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const emailPattern = new RegExp(`^(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${label}\\.)+(?!\\d+$)${label}$`, 'i')
export const isEmail = (text: string) => text.length <= 254 && emailPattern.test(text)

const phonePattern = /^\+[1-9]\d{6,14}$/
export const isPhone = (text: string) => phonePattern.test(text)

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

interface Format {
  /** Makes the one spelling of a value, before it is checked, stored or compared. */
  spell?: (text: string) => string
  /** The same for a pattern, or a bound of a range. The space around it counts: without it, `% ` would match all. */
  spellPart?: (text: string) => string
  /** The problem with a value in its one spelling. */
  fault: (text: string) => string | undefined
}

const unless = (test: (text: string) => boolean, message: string) => (text: string) =>
  test(text) ? undefined : message
const anything = () => undefined

const isAddress = (text: string) => isEmail(text) || isPhone(text)
/** In a query string a bare + is a space. A filter by what is left would match nothing, or except nobody. */
const lostPlus = /\s|^\d+$/
const addressFault = (text: string) => {
  if (isAddress(text)) return undefined
  const hint = lostPlus.test(text) ? '; in a query string, write its + as %2B' : ''
  return `must be an e-mail address or a phone number${hint}`
}

/** JSON schema formats: the one spelling of their values, and the message that a client gets. */
export const formats: Record<string, Format> = {
  uuid: {
    spell: (text) => text.toLowerCase(),
    fault: unless(isUuid, 'must be a uuid, like 01a205fc-448b-71f0-bee6-34513f15e77c')
  },
  'date-time': {
    spell: (text) => (isTime(text) ? toUtc(text) : text),
    fault: unless(isTime, 'must be an RFC 3339 time with a zone, written like createdAt, in 1970–2100')
  },
  name: { spell: spelling.name, spellPart: spelling.composed, fault: spelling.nameFault },
  email: { spell: spelling.address, fault: unless(isEmail, 'must be an e-mail address, like name@example.com') },
  domain: { spell: spelling.asciiDomain, fault: unless((text) => isEmail(`x@${text}`), 'must be a domain') },
  /** The address of an invite that exists. */
  address: { spell: spelling.address, spellPart: spelling.addressPart, fault: addressFault },
  /** The address of a new invite, which the rules of invites judge by its medium. */
  recipient: { spell: spelling.address, fault: anything },
  password: { spell: spelling.password, fault: anything },
  'typed-password': {
    fault: unless(
      // Older accounts have passwords that were counted as they were typed.
      (text) => [text, spelling.password(text)].some((one) => spelling.codePoints(one) <= 256),
      'must have at most 256 characters'
    )
  },
  passcode: { spell: spelling.bare, fault: anything },
  /** Text to look for in names. */
  search: { spell: spelling.search, fault: anything },
  locale: {
    spell: spelling.locale,
    fault: unless((text) => locales.includes(text), `must be one of ${locales.join(', ')}`)
  },
  'time-zone': { fault: unless(isTimeZone, 'must be a time zone, like Europe/Berlin') },
  'invite-code': { spell: spelling.inviteCode, fault: anything }
}

/** How a pattern, or a bound of a range, is spelled over values of a schema. */
export const partOf = ({ format }: TSchema) => formats[format ?? '']?.spellPart ?? spelling.composed

export const uuid = (description?: string) => Type.String({ format: 'uuid', ...(description && { description }) })
export const time = (description?: string) => Type.String({ format: 'date-time', ...(description && { description }) })
export const name = (description?: string) =>
  Type.String({ format: 'name', minLength: 1, maxLength: 100, ...(description && { description }) })
export const email = (): TString => Type.String({ format: 'email', maxLength: 254 })
export const password = () =>
  Type.String({
    format: 'password',
    minLength: 8,
    maxLength: 256,
    description: 'Compared and counted in Unicode NFKC.'
  })
/**
 * A password to be judged, as it is typed: it has more characters than its one spelling when a keyboard sends it
 * decomposed.
 */
export const typedPassword = () => Type.String({ format: 'typed-password', minLength: 1 })
/** A value that may be null. */
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
/** One of these words. */
export const oneOf = <T extends string>(words: readonly T[], description?: string) =>
  Type.Unsafe<T>({ type: 'string', enum: [...words], ...(description && { description }) })
export const closed = { additionalProperties: false } as const
