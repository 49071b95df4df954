// The carrier of e-mail: hands messages to an SMTP server.
import { createTransport } from 'nodemailer'
import { isLoopback } from '../../schema/is-loopback.js'
import { smtpServer, type MailSettings } from '../../schema/mail-settings.js'
import type { Carrier } from '../message.js'
import { mailOf, noOtherContent, senderOf, signature } from './mail.js'
import { notSent } from './smtp-answer.js'

/**
 * Limits in milliseconds; the last one is that of a whole message. Servers that look into a message answer late, and a
 * message that is given up then has arrived all the same: RFC 5321 (4.5.3.2.6) asks for ten minutes.
 */
export interface SmtpPatience {
  connect: number
  silence: number
  whole: number
}
const usual: SmtpPatience = { connect: 10_000, silence: 280_000, whole: 290_000 }

/**
 * Outside this machine TLS is required, with a certificate that holds: without it, readers on the way could accept
 * invites. Where the operator asks for less, TLS is used if the server offers it, whatever its certificate.
 */
function protection({ smtpTls }: MailSettings, host: string) {
  const isRequired = smtpTls === 'required' || (smtpTls === 'auto' && !isLoopback(host))
  return { requireTLS: isRequired, tls: { rejectUnauthorized: isRequired } }
}

/** The carrier for settings that `mailProblems` has no complaint about. */
export function smtp(settings: MailSettings, maxConnections: number, patience = usual): Carrier {
  const server = smtpServer(settings.smtpUrl)
  const sender = senderOf(settings)
  if (!server || !sender) throw new Error('SMTP_URL and MAIL_FROM are needed')
  const { host, port, secure, auth } = server
  const transport = createTransport({
    pool: true,
    host,
    ...(port !== undefined && { port }),
    secure,
    ...(auth && { auth }),
    ...protection(settings, host),
    ...signature(settings),
    // A connection that the server closes between two messages costs none of them an attempt.
    maxRequeues: 1,
    // A message that waits for a connection uses up its time.
    maxConnections,
    idleTimeout: 30_000,
    connectionTimeout: patience.connect,
    dnsTimeout: patience.connect,
    greetingTimeout: patience.connect,
    socketTimeout: patience.silence,
    ...noOtherContent
  })
  return {
    async send(message) {
      try {
        const { response } = await transport.sendMail({
          ...mailOf(message, sender),
          // A server that says something now and then would never be silent for long enough.
          signal: AbortSignal.timeout(patience.whole)
        })
        return response
      } catch (error) {
        throw notSent(error, auth)
      }
    },
    close: async () => transport.close({ force: true })
  }
}
