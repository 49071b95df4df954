// A provider's answer, as the inviter may read it.

const longest = 200

/** These must not be told: links, addresses, and anything as long and as random as a passcode or a token. */
const secrets = [/\b[a-z][a-z\d+.-]*:\/\/\S+/gi, /[^\s<>"']+@[^\s<>"':;,]+/g, /passcode=\S*/gi, /[\w+/=-]{24,}/g]

/**
 * One line of at most 200 characters. A provider may quote the message, with the link in it, or the address to which the
 * recipient has it forwarded. Null when nothing is left.
 */
export function tellableAnswer(answer: string | undefined): string | null {
  const line = (answer ?? '').replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim()
  const told = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), line)
  return Array.from(told).slice(0, longest).join('') || null
}
