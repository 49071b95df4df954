// The answers of providers, for the log and for the history of an invite.

/** A passcode, or a token: an answer may repeat the message that it is about. */
const secrets = /[\w-]{20,}/g
const longest = 200

/** One line of at most 200 characters, without secrets. */
export const oneLine = (answer: string): string =>
  answer
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(secrets, '…')
    .trim()
    .slice(0, longest)
