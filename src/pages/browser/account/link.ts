// The mailed link that opened this page. Its token stands in the fragment, which no browser sends.

/** The token; undefined where the link is cut off. */
export const tokenHere = (): string | undefined => /^#token=([\w-]+)/.exec(location.hash)?.[1]

/** The token is used: it goes out of the address, and nobody finds it by the back button. */
export const dropToken = () => history.replaceState(null, '', location.pathname + location.search)
