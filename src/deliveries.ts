// The delivery of the configured messages: their kinds and carriers, alike in the service and in a process of its own.
import type { AccessTokens } from './callers/tokens.js'
import type { Config } from './config.js'
import { mailFile } from './delivery/carriers/mail-file.js'
import { smsWebhook } from './delivery/carriers/sms-webhook.js'
import { smtp } from './delivery/carriers/smtp.js'
import type { Carrier, Medium, MessageKind } from './delivery/message.js'
import { DeliveryWorker, type DeliveryOptions } from './delivery/worker.js'
import { inviteMessages } from './services/invite/delivery/compose.js'
import { accountMessages } from './services/user/account-messages.js'

/** One for each medium that the configuration has a carrier for. The file takes all messages in place of the others. */
function carriersOf({ mailFile: file, mail, sms, delivery }: Config): Partial<Record<Medium, Carrier>> {
  if (file) {
    const carrier = mailFile(file)
    return { email: carrier, sms: carrier }
  }
  return {
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
  options: Pick<DeliveryOptions, 'db' | 'logger' | 'kinds' | 'onOutcome'>
): DeliveryWorker {
  if (config.mailFile && (config.mail.smtpUrl || config.sms.webhookUrl)) {
    options.logger.warn('MAIL_FILE is set: all messages go into the file, and none to another carrier')
  }
  return new DeliveryWorker({
    ...options,
    carriers: carriersOf(config),
    concurrency: config.delivery.concurrency
  })
}
