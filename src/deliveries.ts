// The delivery of the configured messages: their kinds and carriers, alike in the service and in a process of its own.
import type { AccessTokens } from './callers/tokens.js'
import type { Config } from './config.js'
import { mailFile } from './delivery/carriers/mail-file.js'
import type { Carrier, Medium, MessageKind } from './delivery/message.js'
import { DeliveryWorker, type DeliveryOptions } from './delivery/worker.js'
import { inviteMessages } from './services/invite/delivery/compose.js'

/** One for each medium that the configuration has a carrier for. */
function carriersOf(config: Config): Partial<Record<Medium, Carrier>> {
  const mail = config.mailFile ? mailFile(config.mailFile) : undefined
  return mail ? { email: mail, sms: mail } : {}
}

interface Deliveries extends Pick<DeliveryOptions, 'db' | 'logger' | 'onOutcome'> {
  tokens: AccessTokens
  /** The base URL of links. */
  publicUrl: () => string
}

/** Does not start it. */
export function deliveryWorker(config: Config, { tokens, publicUrl, ...options }: Deliveries): DeliveryWorker {
  const { defaultLocale, timeZone } = config
  const kinds: MessageKind[] = [inviteMessages({ key: tokens.keyFor('delivery'), publicUrl, defaultLocale, timeZone })]
  return new DeliveryWorker({
    ...options,
    carriers: carriersOf(config),
    kinds,
    concurrency: config.delivery.concurrency
  })
}
