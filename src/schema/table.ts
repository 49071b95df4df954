// Makes everything that lists the fields of a table from one list: schemas, columns, casts, defaults, filter keys, rows
// and views.
import { compileFunction } from 'node:vm'
import { Type, type TNull, type TObject, type TOptional, type TSchema, type TUnion } from '@sinclair/typebox'
import type {
  Beside,
  Besides,
  Computed,
  Data,
  Edited,
  Field,
  Fields,
  Filterable,
  Fixed,
  Private,
  Required,
  Row,
  Sent,
  Shown,
  Stored,
  Values,
  View
} from './fields.js'
import { closed } from './formats.js'
import type { JsonOf, SqlType } from './kinds.js'
import { spellerOf, type Spell } from './spelling.js'

type Reply<F extends Fields> = TObject<{
  [K in Shown<F>]: K extends Private<F> ? TUnion<[F[K]['schema'], TNull]> : F[K]['schema']
}>
type Creation<F extends Fields> = TObject<{
  [K in Sent<F>]: K extends Required<F> ? F[K]['input'] : TOptional<F[K]['input']>
}>

type Added<A extends Record<string, SqlType>> = { [K in keyof A]: JsonOf[A[K]] }
type NewRow<F extends Fields, A extends Record<string, SqlType>> = Values<F, Sent<F>> & Added<A>

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
  const spellers = new Map(names.map((name): [string, Spell] => [name, spellerOf(at(name).input)]))
  /** A field as readers see it: its column of the alias `of`, or the expression that stands for it. */
  const seenAs = (name: Stored<F>, of: string, clock?: string) => at(name).more.sql?.(of, clock) ?? `${of}."${name}"`
  /** The value to store for a value that the client sent. */
  const clean = (name: string, value: unknown): unknown =>
    spellers.get(name)?.(value ?? at(name).more.initially ?? null)
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
    columns: (of: string) => stored.map((name) => `${seenAs(name, of)} as "${name}"`).join(', '),
    seenAs,
    /** New rows, from what a creator sends and the values that the server adds, which are named with their types. */
    newRows: <const A extends Record<string, SqlType>>(added: A) => {
      const make = literal(
        ['data', 'm', 'clean'],
        [
          ...sent.map((name): [string, string] => [name, `clean(${JSON.stringify(name)}, data.${name})`]),
          ...Object.keys(added).map((name): [string, string] => [name, `m.${name}`])
        ]
      ) as (data: object, more: object, as: typeof clean) => NewRow<F, A>
      const types = [...sent.map((name) => [name, at(name).column]), ...Object.entries(added)]
      return {
        names: types.map(([name]) => name as string),
        /** For insert and select. */
        columns: types.map(([name]) => `"${name}"`).join(', '),
        /** For json_to_recordset: the keys of a new row, with their types. */
        input: types.map(([name, type]) => `"${name}" ${type}`).join(', '),
        /** A row as JSON: every field that a creator sends, with its default, as it is stored; and the added values. */
        rowOf: (data: Data<F>, more: Added<A>) => make(data, more, clean)
      }
    },
    clean,
    /** A value as `pg` takes it. */
    parameter: (name: Stored<F>, value: unknown) => (at(name).column === 'json' ? JSON.stringify(value) : value),
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
     * object with the keys of `more`. `time` reads times that are text, as in JSON that Postgres made.
     */
    rows: <const M extends Record<string, Beside<unknown>>>(more: M) =>
      literal(
        ['v', 'm', 'time'],
        [
          ...stored.map((name, index): [string, string] => [
            name,
            at(name).column === 'timestamptz'
              ? `time && v[${index}] !== null ? time(v[${index}]) : v[${index}]`
              : `v[${index}]`
          ]),
          ...Object.keys(more).map((name): [string, string] => [name, `m.${name}`])
        ]
      ) as (values: unknown[], more: Besides<M>, time?: (text: string) => string) => Row<F> & Besides<M>,
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
