// A call of the API as a program would make it.
import type { Filter } from '../../list/filter.js'

export interface CallToCopy {
  method: 'PATCH' | 'DELETE'
  /** The address of the service's invites, without a query. */
  url: string
  filter: Filter
  /** Undefined for a DELETE. */
  body: Record<string, unknown> | undefined
}

/** A text in single quotes where only the quote and the backslash mean something, as in Ruby. */
export const singleQuoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
