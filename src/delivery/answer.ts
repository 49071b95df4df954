// A provider's answer, as the inviter and the log may have it.

const longest = 200
/** So much is read: an answer may be as long as its sender likes. */
const longestRead = 2000

/**
 * These must not be told: links, addresses and phone numbers; anything as long and as random as a passcode or a token;
 * hosts, their addresses, and paths.
 */
const secrets = [
  /\b[a-z][a-z\d+.-]*:\/\/\S+/gi,
  /[^\s<>"']+@[^\s<>"':;,]+/g,
  /\+\d{7,15}/g,
  /(?:passcode|token)=\S*/gi,
  /[\w+/=-]{24,}/g,
  /(?:\/[\w.-]+){2,}(?::\d+)?/g,
  /\b(?:[a-z\d-]+\.)+[a-z]{2,}\b(?::\d+)?/gi,
  /\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?/g,
  /(?:[\da-f]{1,4}:){3,}[\da-f:]*/gi
]

/**
 * One line of at most 200 characters. A provider may quote the message, with the link in it, or the address to which the
 * recipient has it forwarded. Null when nothing is left.
 */
export function tellableAnswer(answer: string | undefined): string | null {
  const line = (answer ?? '')
    .slice(0, longestRead)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  const told = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), line)
  return Array.from(told).slice(0, longest).join('') || null
}
