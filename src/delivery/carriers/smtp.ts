// The carrier of e-mail: hands messages to an SMTP server.
import { createTransport } from 'nodemailer'
import { isLoopback } from '../../schema/is-loopback.js'
import { dkimKey, mailbox, smtpServer, type MailSettings } from '../../schema/mail-settings.js'
import type { Carrier, ContentFile, Message } from '../message.js'
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

function signature({ dkimDomain, dkimSelector, dkimKeyFile }: MailSettings) {
  if (!dkimKeyFile) return {}
  return { dkim: { domainName: dkimDomain, keySelector: dkimSelector, privateKey: dkimKey(dkimKeyFile) } }
}

const attachment = ({ name, type, content, cid }: ContentFile) => ({
  filename: name,
  contentType: type,
  content,
  ...(cid && { cid, contentDisposition: 'inline' as const })
})

/** The header fields that nodemailer has no options for. */
const headersOf = ({ unsubscribe }: Message) => ({
  // So that no program answers: vacation notices would go to people who cannot read them.
  'Auto-Submitted': 'auto-generated',
  'X-Auto-Response-Suppress': 'All',
  ...(unsubscribe !== undefined && {
    // Prepared: it is one URL, which must not be folded.
    'List-Unsubscribe': { prepared: true, value: `<${unsubscribe}>` },
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'
  })
})

/** The carrier for settings that `mailProblems` has no complaint about. */
export function smtp(settings: MailSettings, maxConnections: number, patience = usual): Carrier {
  const server = smtpServer(settings.smtpUrl)
  const from = mailbox(settings.from)
  if (!server || !from) throw new Error('SMTP_URL and MAIL_FROM are needed')
  const { host, port, secure, auth } = server
  const replyTo = mailbox(settings.replyTo)
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
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
    // No content may read a file or a page of this machine into a message.
    disableFileAccess: true,
    disableUrlAccess: true
  })
  return {
    async send(message) {
      const { id, recipient, subject, text, html, files = [] } = message
      try {
        const { response } = await transport.sendMail({
          from,
          ...(replyTo && { replyTo }),
          to: { name: '', address: recipient },
          messageId: `<${id}@${domain}>`,
          subject,
          text,
          ...(html !== undefined && { html }),
          attachments: files.map(attachment),
          headers: headersOf(message),
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
