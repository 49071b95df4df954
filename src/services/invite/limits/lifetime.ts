// How long an untimed invite lives, as SQL. Arguments are expressions of a time.

/** The end of an invite that is made, or sent again, at the time `clock`. */
export const defaultEnd = (clock: string) => `${clock} + interval '7 days'`

const latestEnd = (clock: string) => `${clock} + interval '30 days'`

/** The end that an invite gets when a caller sends `chosen`, or null, at the time `clock`. */
export const endOf = (chosen: string, clock: string) =>
  `least(coalesce(${chosen}, ${defaultEnd(clock)}), ${latestEnd(clock)})`

/**
 * Whether `chosen` is refused as too late. The clock of a client that asks for thirty days may be ahead, and its call
 * takes a moment to arrive: up to a minute more is cut by `endOf`.
 */
export const isTooLate = (chosen: string, clock: string) => `${chosen} > ${latestEnd(clock)} + interval '1 minute'`
