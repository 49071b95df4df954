// The fields of a table in one list: for each its type, its column, its writer and its readers. Schemas, types,
// columns, casts, defaults, filter keys, rows and views are all made from this list.
import { compileFunction } from 'node:vm'
import {
  Type,
  type Static,
  type TNull,
  type TObject,
  type TOptional,
  type TSchema,
  type TUnion
} from '@sinclair/typebox'
import { closed, toUtc } from './formats.js'
import type { Kind, SqlType } from './kinds.js'

/**
 * `server`: the server alone sets the field. `creator`: the client sets it at creation, for good. `editor`: a patch may
 * change it as well.
 */
export type Writer = 'server' | 'creator' | 'editor'

interface More {
  /** The value at creation when none was sent; null without it. */
  initially?: unknown
  /** Must be sent at creation. */
  required?: true
  /** Written by the server. A patch may repeat the value, but not change it. */
  fixed?: true
  /** The name of the field with the owner's id. The value is the owner's secret: other readers get null. */
  private?: string
  /** Statements read this expression over the table's alias instead of the column. */
  sql?: string
  /** Stored and compared in lower case. */
  lowerCase?: true
}

interface Field<
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

type Fields = Record<string, Field>
type Keys<F extends Fields, T> = { [K in keyof F]: F[K] extends T ? K : never }[keyof F] & string
type Values<F extends Fields, K extends keyof F> = { -readonly [P in K]: Static<F[P]['schema']> }
type Inputs<F extends Fields, K extends keyof F> = { -readonly [P in K]: Static<F[P]['input']> }
export type Stored<F extends Fields> = Keys<F, { column: SqlType }>
export type Shown<F extends Fields> = Keys<F, { shown: true }>
export type Sent<F extends Fields> = Keys<F, { writer: 'creator' | 'editor' }>
export type Edited<F extends Fields> = Keys<F, { writer: 'editor' }>
/** A patch may repeat these, with the value that the row has. */
export type Fixed<F extends Fields> = Keys<F, { writer: 'creator' }> | Keys<F, { more: { fixed: true } }>
type Required<F extends Fields> = Keys<F, { more: { required: true } }>
type Private<F extends Fields> = Keys<F, { more: { private: string } }>
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

type Reply<F extends Fields> = TObject<{
  [K in Shown<F>]: K extends Private<F> ? TUnion<[F[K]['schema'], TNull]> : F[K]['schema']
}>
type Creation<F extends Fields> = TObject<{
  [K in Sent<F>]: K extends Required<F> ? F[K]['input'] : TOptional<F[K]['input']>
}>

/** Compiles a function that makes an object in one literal. Copying key by key costs ten times as much. */
const literal = (parameters: string[], entries: [key: string, from: string][]): unknown =>
  // ajv compiles schemas the same way. The code has only names of the table in it, and nothing from a request.
  compileFunction(
    `return { ${entries.map(([key, from]) => `${JSON.stringify(key)}: ${from}`).join(', ')} }`,
    parameters
  )

export function table<const F extends Fields>(fields: F) {
  const names = Object.keys(fields) as (keyof F & string)[]
  const those = <K extends string>(test: (field: Field) => boolean) =>
    names.filter((name) => test(fields[name] as Field)) as string[] as K[]
  const at = (name: string) => fields[name] as Field
  const stored = those<Stored<F>>(({ column }) => column !== null)
  const shown = those<Shown<F>>((field) => field.shown)
  const sent = those<Sent<F>>(({ writer }) => writer !== 'server')
  const edited = those<Edited<F>>(({ writer }) => writer === 'editor')
  const fixed = those<Fixed<F>>(({ writer, more }) => writer === 'creator' || more.fixed === true)
  const isIgnored = (name: string) => !(edited as string[]).includes(name) && !(fixed as string[]).includes(name)
  const seen = (name: string) => {
    const { schema, more } = at(name)
    return more.private === undefined ? schema : Type.Union([schema, Type.Null()])
  }
  const object = (entries: [string, TSchema][]) => Type.Object(Object.fromEntries(entries), closed)
  /** The value to store for a value that the client sent. */
  const clean = (name: string, value: unknown): unknown => {
    const { column, more } = at(name)
    if (typeof value !== 'string') return value ?? more.initially ?? null
    return column === 'timestamptz' ? toUtc(value) : more.lowerCase ? value.toLowerCase() : value
  }
  return {
    fields: fields as Readonly<F>,
    stored,
    shown,
    sent,
    edited,
    fixed,
    /** The reply. */
    schema: object(shown.map((name) => [name, seen(name)])) as unknown as Reply<F>,
    /** The body of a creation. */
    dataSchema: object(
      sent.map((name) => [name, at(name).more.required ? at(name).input : Type.Optional(at(name).input)])
    ) as unknown as Creation<F>,
    /**
     * The body of a patch. A client may send back a row that it has read: fields that only the server writes are
     * ignored.
     */
    patchSchema: object([
      ...[...edited, ...fixed].map((name): [string, TSchema] => [name, Type.Optional(at(name).input)]),
      ...shown.filter(isIgnored).map((name): [string, TSchema] => [name, Type.Optional(Type.Unknown())])
    ]),
    /** For select and returning, over the table's alias. */
    columns: (of: string) => stored.map((name) => `${at(name).more.sql ?? `${of}."${name}"`} as "${name}"`).join(', '),
    /** For json_to_recordset: the fields that a creator sends, with their types. */
    input: sent.map((name) => `"${name}" ${at(name).column}`).join(', '),
    /** Every field that a creator sends, with its default, as it is stored. */
    filled: (data: Partial<Data<F>>) =>
      Object.fromEntries(sent.map((name) => [name, clean(name, (data as Record<string, unknown>)[name])])) as Values<
        F,
        Sent<F>
      >,
    clean,
    /** For a placeholder. */
    type: (name: Stored<F>) => at(name).column as SqlType,
    /** The fields that clients can filter by: those that are stored and shown. */
    filters: stored
      .filter((name) => (shown as string[]).includes(name))
      .map((name) => ({ name, schema: at(name).schema, column: at(name).column, more: at(name).more })) as Filterable<
      Stored<F> & Shown<F>
    >[],
    /**
     * Compiles a function that makes a row: from the list of its values, in the order of `stored`, and from another
     * object with the keys `more`. `time` reads times that are text, as in JSON that Postgres made.
     */
    rows: (...more: string[]) =>
      literal(
        ['v', 'm', 'time'],
        [
          ...stored.map((name, index): [string, string] => [
            name,
            at(name).column === 'timestamptz'
              ? `time && v[${index}] !== null ? time(v[${index}]) : v[${index}]`
              : `v[${index}]`
          ]),
          ...more.map((name): [string, string] => [name, `m.${name}`])
        ]
      ) as (values: unknown[], more: object, time?: (text: string) => string) => Row<F>,
    /**
     * A row as a reader sees it. `sees` says whether the reader may see the private fields of the person with this id.
     */
    view: literal(
      ['r', 'c', 'sees'],
      shown.map((name) => {
        const from = at(name).column === null ? `c.${name}` : `r.${name}`
        const owner = at(name).more.private
        return [name, owner === undefined ? from : `sees(r.${owner}) ? ${from} : null`]
      })
    ) as (row: Row<F>, computed: Computed<F>, sees: (person: string) => boolean) => View<F>
  }
}
