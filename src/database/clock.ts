// Postgres' clock, as SQL: it decides about every time, and `updatedAt` only ever grows.

/** The time of the call, not of the transaction's start, in milliseconds. */
export const now = `date_trunc('milliseconds', clock_timestamp())`

/** Assigns `updatedAt` in an update: the time `clock`, or 1 ms more than the old value. `of` is the table's alias. */
export const updatedAt = (clock = now, of?: string) =>
  `"updatedAt" = greatest(${clock}, ${of ? `${of}.` : ''}"updatedAt" + interval '1 ms')`
