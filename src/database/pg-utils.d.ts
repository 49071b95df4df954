// The part of `pg` that its types leave out.
declare module 'pg/lib/utils.js' {
  /** A value as Postgres reads it: text, bytes or null. */
  export function prepareValue(value: unknown): string | Buffer | null
}
