// Why an SMTP server did not take a message, for the worker and for the inviter.
import { NotSent } from '../message.js'

interface Account {
  user: string
  pass: string
}

/** The part of nodemailer's `NodemailerError` that is read here. */
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

/** The server's answer without the account that it may repeat. */
const withoutAccount = (answer: string, auth: Account | undefined) =>
  [auth?.pass ?? '', auth?.user ?? '']
    .filter(({ length }) => length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '…'), answer)

/** The rejection of `send`. */
export function notSent(error: unknown, auth: Account | undefined): NotSent {
  const failed = error as Failure
  const { code = '', originalCode, command, response = '', responseCode, permanent = false } = failed
  if (isOfMessage(failed)) {
    return new NotSent(withoutAccount(response, auth), { forGood: permanent })
  }
  const detail = [command, responseCode, originalCode].filter(Boolean).join(' ')
  // The message of an error without an answer names hosts and certificates: it is for the log.
  const cause = response ? undefined : new Error(`${code}: ${failed.message}`)
  const kind = ofTls.test(originalCode ?? '') ? 'ETLS' : code
  return new NotSent(`${failures[kind] ?? otherFailure}${detail && ` (${detail})`}`, { cause })
}
