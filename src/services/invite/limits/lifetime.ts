// How long an untimed invite lives, as SQL. Arguments are expressions of a time.

/** The end of an invite that is made, or sent again, at the time `clock`. */
export const defaultEnd = (clock: string) => `${clock} + interval '7 days'`

/** The latest end that a caller may choose at the time `clock`. */
export const latestEnd = (clock: string) => `${clock} + interval '30 days'`
