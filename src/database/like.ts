// A search as a pattern of LIKE.

/** Finds the text anywhere. In a search, `%` and `_` are letters. */
export const contains = (search: string) => `%${search.replace(/[\\%_]/g, '\\$&')}%`
