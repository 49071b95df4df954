// The carrier for developers: keeps the last messages in memory, as they would have been sent. No passcode is stored.
import { createTransport } from 'nodemailer'
import type { MailSettings } from '../../schema/mail-settings.js'
import type { Carrier, Medium, Message } from '../message.js'
import { mailOf, noOtherContent, senderOf, signature } from './mail.js'
import { smsCall } from './sms-webhook.js'

/** So many messages are kept. */
const most = 200

export interface Kept {
  message: Message
  /** Counts the messages of this process, from 1. */
  number: number
  /** When it arrived. */
  at: string
  /** An e-mail in MIME, with its headers; a short message as the JSON of the call to a webhook. */
  source: string
}

interface Options {
  /** The media whose messages come here. */
  media: ReadonlySet<Medium>
  mail: MailSettings
  /** The name of the sender where MAIL_FROM has none. */
  name: string
}

export class Mailbox implements Carrier {
  readonly media: ReadonlySet<Medium>
  /** When this mailbox began: the numbers of another one say nothing here. */
  readonly since = new Date().toISOString()
  private readonly kept = new Map<string, Kept>()
  private readonly sourceOf: Record<Medium, (message: Message, at: Date) => Promise<string> | string>
  private count = 0

  constructor({ media, mail, name }: Options) {
    this.media = media
    const sender = senderOf(mail) ?? { from: { name, address: 'invites@localhost' } }
    const transport = createTransport({ streamTransport: true, buffer: true, ...signature(mail), ...noOtherContent })
    this.sourceOf = {
      email: async (message, date) => {
        const { message: source } = await transport.sendMail({ ...mailOf(message, sender), date })
        return source instanceof Buffer ? source.toString() : ''
      },
      sms: (message) => `${JSON.stringify(smsCall(message), null, 2)}\n`
    }
  }

  /** The newest first. */
  get messages(): Kept[] {
    return [...this.kept.values()].toReversed()
  }

  /** `id` is that of the outbox. */
  find(id: string): Kept | undefined {
    return this.kept.get(id)
  }

  /** A message that is sent once more replaces its earlier copy. */
  async send(message: Message): Promise<string> {
    const at = new Date()
    const source = await this.sourceOf[message.medium](message, at)
    this.kept.delete(message.id)
    this.kept.set(message.id, { message, number: ++this.count, at: at.toISOString(), source })
    const [oldest] = this.kept.keys()
    if (this.kept.size > most && oldest !== undefined) this.kept.delete(oldest)
    return 'kept in the mailbox of the developer'
  }
}
