// The settings of webhooks: the one that sends short messages, and the one that reports of deliveries call.
import { Type, type Static } from '@sinclair/typebox'
import { closed } from './formats.js'
import { setting } from './setting.js'

/** A secret of Standard Webhooks: 24 bytes or more. */
const secret = Type.String({ pattern: '^(whsec_([A-Za-z0-9+/]{4}){8,}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)?$' })
const form = 'whsec_ and 24 bytes or more in base64, for example what echo whsec_$(openssl rand -base64 32) prints'

/** A part of the settings in settings.ts. */
export const smsSettings = Type.Object(
  {
    webhookUrl: setting(Type.String({ pattern: '^(https?://[^\\s]+)?$' }), {
      env: 'SMS_WEBHOOK_URL',
      form: 'an http or https URL',
      example: 'https://sms.example.com/send',
      default: '',
      about: 'Where each short message is posted, signed; see [docs/delivery.md](docs/delivery.md).'
    }),
    webhookSecret: setting(secret, {
      env: 'SMS_WEBHOOK_SECRET',
      form,
      default: '',
      about: 'Signs these calls, as Standard Webhooks say.'
    })
  },
  closed
)

export const deliveryReportSecret = setting(secret, {
  env: 'DELIVERY_REPORT_SECRET',
  form,
  default: '',
  about: 'Verifies the reports at `POST /delivery-report`; without it, there is no such path.'
})

/** The contradictions between the settings of short messages. */
export function* smsProblems({ webhookUrl, webhookSecret }: Static<typeof smsSettings>): Generator<string> {
  if (Boolean(webhookUrl) !== Boolean(webhookSecret)) {
    yield 'SMS_WEBHOOK_URL, SMS_WEBHOOK_SECRET: set both or neither, for example SMS_WEBHOOK_URL=https://sms.example.com/send'
  }
}
