// A message as an e-mail, in nodemailer's terms: the same for a server that takes it and for the mailbox that shows it.
import { dkimKey, mailbox, type MailSettings } from '../../schema/mail-settings.js'
import type { ContentFile, Message } from '../message.js'

interface Sender {
  from: { name: string; address: string }
  replyTo?: { name: string; address: string } | undefined
}

/** The sender of the settings. Undefined without MAIL_FROM. */
export function senderOf(settings: MailSettings): Sender | undefined {
  const from = mailbox(settings.from)
  return from && { from, replyTo: mailbox(settings.replyTo) }
}

/** The part of a transport's options by which it signs. */
export function signature({ dkimDomain, dkimSelector, dkimKeyFile }: MailSettings) {
  if (!dkimKeyFile) return {}
  return { dkim: { domainName: dkimDomain, keySelector: dkimSelector, privateKey: dkimKey(dkimKeyFile) } }
}

/** The part of a transport's options by which no content may read a file or a page of this machine into a message. */
export const noOtherContent = { disableFileAccess: true, disableUrlAccess: true }

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

export function mailOf(message: Message, { from, replyTo }: Sender) {
  const { id, recipient, subject, text, html, files = [] } = message
  return {
    from,
    ...(replyTo && { replyTo }),
    to: { name: '', address: recipient },
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    subject,
    text,
    ...(html !== undefined && { html }),
    attachments: files.map(attachment),
    headers: headersOf(message)
  }
}
