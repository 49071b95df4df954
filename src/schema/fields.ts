// The fields of a table: for each its type, its column, its writer and its readers. table.ts makes everything else that
// lists fields from them.
import type { Static, TSchema } from '@sinclair/typebox'
import type { Kind, SqlType } from './kinds.js'

/**
 * `server`: the server alone sets the field. `creator`: the client sets it at creation, for good. `editor`: a patch may
 * change it as well.
 */
export type Writer = 'server' | 'creator' | 'editor'

export interface More {
  /** The value at creation when none was sent; null without it. */
  initially?: unknown
  /** Must be sent at creation. */
  required?: true
  /** Written by the server. A patch may repeat the value, but not change it. */
  fixed?: true
  /** The name of the field with the owner's id. The value is the owner's secret: other readers get null. */
  private?: string
  /** Statements read this expression over the table's alias instead of the column, by this reading of the clock. */
  sql?: (of: string, clock?: string) => string
}

export interface Field<
  S extends TSchema = TSchema,
  C extends SqlType | null = SqlType | null,
  W extends Writer = Writer,
  V extends boolean = boolean,
  M extends More = More,
  I extends TSchema = TSchema
> {
  schema: S
  input: I
  column: C
  writer: W
  shown: V
  more: M
}

export const field = <
  S extends TSchema,
  C extends SqlType,
  I extends TSchema,
  W extends Writer,
  const M extends More = More
>(
  kind: Kind<S, C, I>,
  writer: W,
  more?: M
): Field<S, C, W, true, M, I> => ({ ...kind, writer, shown: true, more: more ?? ({} as M) })

/** A field that is in the table and in no reply. */
export const hidden = <S extends TSchema, C extends SqlType>(
  kind: Kind<S, C>
): Field<S, C, 'server', false, More, S> => ({ ...kind, writer: 'server', shown: false, more: {} })

/** A field that is in the reply and has no column: the caller of `view` gives its value, for each reader. */
export const computed = <S extends TSchema, const M extends More = More>(
  schema: S,
  more?: M
): Field<S, null, 'server', true, M, S> => ({
  schema,
  input: schema,
  column: null,
  writer: 'server',
  shown: true,
  more: more ?? ({} as M)
})

export type Fields = Record<string, Field>
type Keys<F extends Fields, T> = { [K in keyof F]: F[K] extends T ? K : never }[keyof F] & string
export type Values<F extends Fields, K extends keyof F> = { -readonly [P in K]: Static<F[P]['schema']> }
type Inputs<F extends Fields, K extends keyof F> = { -readonly [P in K]: Static<F[P]['input']> }
export type Stored<F extends Fields> = Keys<F, { column: SqlType }>
export type Shown<F extends Fields> = Keys<F, { shown: true }>
export type Sent<F extends Fields> = Keys<F, { writer: 'creator' | 'editor' }>
export type Edited<F extends Fields> = Keys<F, { writer: 'editor' }>
/** A patch may repeat these, with the value that the row has. */
export type Fixed<F extends Fields> = Keys<F, { writer: 'creator' }> | Keys<F, { more: { fixed: true } }>
export type Required<F extends Fields> = Keys<F, { more: { required: true } }>
export type Private<F extends Fields> = Keys<F, { more: { private: string } }>
type Nulled<F extends Fields, K extends keyof F> = {
  [P in K]: Static<F[P]['schema']> | (P extends Private<F> ? null : never)
}

/** A row as the database has it. */
export type Row<F extends Fields> = Values<F, Stored<F>>
/** A row as a reader sees it. */
export type View<F extends Fields> = Nulled<F, Shown<F>>
/** The computed values that a view needs beside the row. */
export type Computed<F extends Fields> = Nulled<F, Keys<F, { column: null }>>
/** The body of a creation. */
export type Data<F extends Fields> = Partial<Inputs<F, Exclude<Sent<F>, Required<F>>>> & Inputs<F, Required<F>>
/** The body of a patch, once it is read. */
export type Changes<F extends Fields> = Partial<Inputs<F, Edited<F>>>

/** A field that is stored and shown, so clients can filter by it. */
export interface Filterable<Name extends string = string> {
  name: Name
  schema: TSchema
  column: SqlType
  more: More
}

/** The type of a value that a row has beside its columns. Nothing is there at run time: it gives a name its type. */
export interface Beside<T> {
  readonly type?: T
}
export const beside = <T>(): Beside<T> => ({})
export type Besides<M extends Record<string, Beside<unknown>>> = {
  -readonly [K in keyof M]: M[K] extends Beside<infer T> ? T : never
}
