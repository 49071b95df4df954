// The kinds of fields: how a value looks in JSON, and the type of its column.
import { Type, type TNull, type TSchema, type TUnion } from '@sinclair/typebox'
import { name as nameSchema, nullable, oneOf, time, uuid } from './formats.js'
import { otherNames } from './suggest.js'

export type SqlType = 'uuid' | 'text' | 'boolean' | 'integer' | 'timestamptz' | 'json'

/** The JSON of a column's value. */
export interface JsonOf extends Record<SqlType, unknown> {
  uuid: string | null
  text: string | null
  boolean: boolean
  integer: number
  timestamptz: string | null
}

/** `schema` is the value in a reply, `input` in a request. */
export interface Kind<S extends TSchema, C extends SqlType, I extends TSchema = S> {
  schema: S
  input: I
  column: C
}

const kind = <S extends TSchema, C extends SqlType>(schema: S, column: C): Kind<S, C> => ({
  schema,
  input: schema,
  column
})

export const id = (description?: string) => kind(uuid(description), 'uuid')
export const text = (maxLength: number, description?: string) =>
  kind(Type.String({ minLength: 1, maxLength, ...(description && { description }) }), 'text')
const formatted = (format: string, maxLength: number, description?: string) =>
  kind(Type.String({ format, minLength: 1, maxLength, ...(description && { description }) }), 'text')
export const word = <T extends string>(words: readonly T[], description?: string) =>
  kind(oneOf(words, description), 'text')
export const flag = (description?: string) => kind(Type.Boolean({ ...(description && { description }) }), 'boolean')
export const count = (minimum: number, maximum: number) => kind(Type.Integer({ minimum, maximum }), 'integer')
/** A name of a person, a channel or a location. */
export const name = () => kind(nameSchema(), 'text')
export const inviteCode = (description?: string) => formatted('invite-code', 64, description)
/** The language of a text: the tag of an installed catalogue. A longer tag that it serves is spelled as that. */
export const locale = (description: string) => alsoCalled(formatted('locale', 35, description), 'language', 'lang')
/** The address of a recipient. The rules of invites judge a new one. */
export const address = (description?: string) => ({
  ...formatted('address', 254, description),
  input: formatted('recipient', 254, description).schema
})
export const moment = (description?: string) => kind(time(description), 'timestamptz')

/** A JSON object whose content is the client's. In a request, null stands for the empty object. */
export const json = <S extends TSchema>(schema: S): Kind<S, 'json', TUnion<[S, TNull]>> => ({
  schema,
  input: nullable(schema),
  column: 'json'
})

/** A kind whose value may be unset. */
export const orNull = <S extends TSchema, C extends SqlType, I extends TSchema>({
  schema,
  input,
  column
}: Kind<S, C, I>) => ({ schema: nullable(schema), input: nullable(input), column })

/** Other words that people use for the field: an error about them names the field. */
export const alsoCalled = <S extends TSchema, C extends SqlType, I extends TSchema>(
  { schema, input, column }: Kind<S, C, I>,
  ...names: string[]
): Kind<S, C, I> => ({ schema: { ...schema, [otherNames]: names }, input: { ...input, [otherNames]: names }, column })
