// Imports nothing: the client uses it too, in browsers.

/** A JSON object: no list, and not null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
