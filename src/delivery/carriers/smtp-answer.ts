// Why an SMTP server did not take a message, for the worker and for the inviter.
import { NotSent, type Message } from '../message.js'

/** What nodemailer tells of a failure, of its `NodemailerError`. */
interface Failure {
  message: string
  code?: string
  /** The code of the system, which nodemailer has put its own in the place of. */
  originalCode?: string
  /** The SMTP command that failed, or `CONN`. */
  command?: string
  response?: string
  responseCode?: number
  /** The answer is 5xx, but not 503. */
  permanent?: boolean
}

const longest = 200

/** The commands by which a server refuses a message or its recipient. It refuses this service by the others. */
const ofMessage = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])
/** The server wants TLS or a sign-in first, which is the operator's to give. */
const ofService = new Set([530, 534, 535, 538])

/** Failures without an answer, in words that tell nothing of the operator's machines. */
const failures: Partial<Record<string, string>> = {
  ETIMEDOUT: 'The mail server did not answer in time.',
  EABORT: 'The mail server did not answer in time.',
  EDNS: 'The mail server was not found.',
  EAUTH: 'The mail server refused the sign-in of this service.',
  ETLS: 'No secure connection to the mail server was possible.'
}
/** The codes of Node for TLS and for certificates: ERR_TLS_CERT_ALTNAME_INVALID, DEPTH_ZERO_SELF_SIGNED_CERT, … */
const ofTls = /TLS|SSL|CERT|SIGNATURE/
const otherFailure = 'The connection to the mail server failed.'

const isOfMessage = ({ command = '', responseCode = 0 }: Failure) =>
  ofMessage.has(command) && responseCode !== 0 && !ofService.has(responseCode)

/** The server's answer in one line, without the secrets that a server may repeat. */
function oneLine(answer: string, secrets: string[]): string {
  const line = answer.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  const bare = secrets.filter(({ length }) => length > 3).reduce((text, secret) => text.replaceAll(secret, '…'), line)
  return bare.length <= longest ? bare : `${bare.slice(0, longest - 1)}…`
}

/** What stands after `#name=` in the links of a text. */
const secretsIn = (text: string) => [...text.matchAll(/#\w+=([\w-]+)/g)].flatMap(([, secret]) => secret ?? [])

/** The rejection of `send`. The recipient's address is taken out of the answer: logs hold none. */
export function notSent(
  error: unknown,
  { recipient, text }: Message,
  auth: { user: string; pass: string } | undefined
): NotSent {
  const failed = error as Failure
  const { code = '', originalCode, command, response = '', responseCode, permanent = false } = failed
  if (isOfMessage(failed)) {
    const secrets = [...secretsIn(text), recipient, auth?.pass ?? '', auth?.user ?? '']
    return new NotSent(oneLine(response, secrets), { forGood: permanent })
  }
  const detail = [command, responseCode, originalCode].filter(Boolean).join(' ')
  // The message of an error without an answer names hosts and certificates: it is for the log.
  const cause = response ? undefined : new Error(`${code}: ${failed.message}`)
  const kind = ofTls.test(originalCode ?? '') ? 'ETLS' : code
  return new NotSent(`${failures[kind] ?? otherFailure}${detail && ` (${detail})`}`, { cause })
}
