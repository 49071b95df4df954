// The formats of a uuid, a time, a name and an address, and the schemas of single values.
import { Type, type TSchema, type TString } from '@sinclair/typebox'
import { validate } from 'uuid'

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

// Control characters end up in mail headers and logs. Bidirectional characters make one name look like another.
const unsafeInName = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/

/** 1–100 characters, not only space, and none that hides or reorders other characters. */
export const isName = (text: string) =>
  text.trim() !== '' && text.length <= 100 && !unsafeInName.test(text) && text.isWellFormed()

const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const emailPattern = new RegExp(`^(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${label}\\.)+(?!\\d+$)${label}$`, 'i')
export const isEmail = (text: string) => text.length <= 254 && emailPattern.test(text)

const phonePattern = /^\+[1-9]\d{6,14}$/
export const isPhone = (text: string) => phonePattern.test(text)

/** JSON schema formats, each with the message that a client gets. */
export const formats: Record<string, { test: (text: string) => boolean; message: string }> = {
  uuid: { test: isUuid, message: 'must be a uuid' },
  'date-time': { test: isTime, message: 'must be an RFC 3339 time with a zone, in 1970–2100' },
  name: { test: isName, message: 'must be 1–100 characters, without control or direction characters' },
  email: { test: isEmail, message: 'must be an e-mail address' }
}

export const uuid = (description?: string) => Type.String({ format: 'uuid', ...(description && { description }) })
export const time = (description?: string) => Type.String({ format: 'date-time', ...(description && { description }) })
export const name = (description?: string) =>
  Type.String({ format: 'name', minLength: 1, maxLength: 100, ...(description && { description }) })
export const email = (): TString => Type.String({ format: 'email', maxLength: 254 })
export const password = () => Type.String({ minLength: 8, maxLength: 256 })

/** A value that may be null. */
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
/** One of these words. */
export const oneOf = <T extends string>(words: readonly T[], description?: string) =>
  Type.Unsafe<T>({ type: 'string', enum: [...words], ...(description && { description }) })
export const closed = { additionalProperties: false } as const
