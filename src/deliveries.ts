// The delivery of the configured messages: their kinds and carriers, alike in the service and in a process of its own.
import type { AccessTokens } from './callers/tokens.js'
import { isOfThisMachine, type Config } from './config.js'
import { mailFile } from './delivery/carriers/mail-file.js'
import { Mailbox } from './delivery/carriers/mailbox.js'
import { smsWebhook } from './delivery/carriers/sms-webhook.js'
import { smtp } from './delivery/carriers/smtp.js'
import type { Carrier, Medium, MessageKind } from './delivery/message.js'
import { DeliveryWorker, type DeliveryOptions } from './delivery/worker.js'
import { isLoopback } from './schema/is-loopback.js'
import { inviteMessages } from './services/invite/delivery/compose.js'
import { accountMessages } from './services/user/account-messages.js'

/**
 * The mailbox of the developer, which takes the messages of each medium without another carrier, and a copy of those that
 * go into the file. There is none in production, none where other machines can connect, and none on a database of
 * another machine: its messages may be for a service that really sends them.
 */
export function mailboxFor(config: Config): Mailbox | undefined {
  const { pages, production, host, delivery, database, mailFile: file, mail, sms, brand } = config
  const isWanted = pages.mailbox && !production && delivery.inProcess && isLoopback(host)
  if (!isWanted || (database.url && !isOfThisMachine(database.url))) return undefined
  const media = new Set<Medium>()
  if (file || !mail.smtpUrl) media.add('email')
  if (file || !sms.webhookUrl) media.add('sms')
  return media.size === 0 ? undefined : new Mailbox({ media, mail, name: brand.name })
}

/** Hands each message to both. */
const both = (first: Carrier, second: Carrier): Carrier => ({
  async send(message) {
    await first.send(message)
    return second.send(message)
  }
})

type Carriers = Partial<Record<Medium, Carrier>>

/** One for each medium that the configuration has a carrier for. The file takes all messages in place of the others. */
function carriersOf({ mailFile: file, mail, sms, delivery }: Config, mailbox: Mailbox | undefined): Carriers {
  if (file) {
    const carrier = mailbox ? both(mailFile(file), mailbox) : mailFile(file)
    return { email: carrier, sms: carrier }
  }
  const kept = Object.fromEntries([...(mailbox?.media ?? [])].map((medium) => [medium, mailbox])) as Carriers
  return {
    ...kept,
    ...(mail.smtpUrl && { email: smtp(mail, delivery.concurrency) }),
    ...(sms.webhookUrl && { sms: smsWebhook(sms) })
  }
}

interface Sources {
  tokens: AccessTokens
  /** The base URL of links. */
  publicUrl: () => string
}

/** The kinds of messages that this service sends. */
export function messageKinds({ defaultLocale, timeZone }: Config, { tokens, publicUrl }: Sources): MessageKind[] {
  const common = { publicUrl, defaultLocale, timeZone }
  return [
    inviteMessages({ key: tokens.keyFor('delivery'), stopKey: tokens.keyFor('unsubscribe'), ...common }),
    ...accountMessages({ key: tokens.keyFor('account'), ...common })
  ]
}

/** Does not start it. */
export function deliveryWorker(
  config: Config,
  {
    mailbox,
    ...options
  }: Pick<DeliveryOptions, 'db' | 'logger' | 'kinds' | 'onOutcome'> & {
    mailbox?: Mailbox | undefined
  }
): DeliveryWorker {
  if (config.mailFile && (config.mail.smtpUrl || config.sms.webhookUrl)) {
    options.logger.warn('MAIL_FILE is set: all messages go into the file, and none to another carrier')
  }
  return new DeliveryWorker({
    ...options,
    carriers: carriersOf(config, mailbox),
    concurrency: config.delivery.concurrency
  })
}
