// POST /delivery-report: a provider, or an adapter beside it, says what became of a message. It is signed as a Standard
// Webhook (https://www.standardwebhooks.com) over the bytes of the body, so it stands before the services, which get
// objects.
import type { Middleware } from '@feathersjs/koa'
import { Webhook } from 'standardwebhooks'
import { clientAddressReader } from '../callers/client-address.js'
import type { Application } from '../declarations.js'
import type { MessageKind } from '../delivery/message.js'
import { applyReport, reportSchema } from '../delivery/report.js'
import { methodNotAllowed, refuse } from '../errors.js'
import { checkerOf } from '../schema/validation.js'
import { jsonOf, readBytes, requireJson } from './body.js'

const check = checkerOf(reportSchema)

/** Whether the headers sign these bytes, at most five minutes ago. */
function isSigned(webhook: Webhook, bytes: Buffer, headers: Record<string, string>): boolean {
  try {
    webhook.verify(bytes, headers, { jsonParse: false })
    return true
  } catch {
    return false
  }
}

/** `kinds` own the messages. Without a secret there is no such path. */
export function deliveryReport(app: Application, kinds: MessageKind[]): Middleware {
  const { deliveryReportSecret: secret, trustedProxies } = app.get('config')
  const [db, inFlight] = [app.get('db'), app.get('inFlight')]
  const clientAddress = clientAddressReader(trustedProxies)
  const webhook = secret ? new Webhook(secret) : undefined

  return async (ctx, next) => {
    if (!webhook || ctx.path !== '/delivery-report') return next()
    if (ctx.method !== 'POST') throw methodNotAllowed(['POST'])
    requireJson(ctx.req)
    const bytes = await readBytes(ctx.req, ctx.res)
    if (!isSigned(webhook, bytes, ctx.headers as Record<string, string>)) throw refuse('bad-signature')
    const report = check(jsonOf(bytes))
    const work = () => applyReport(db, kinds, report)
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { applied: await inFlight.run(clientAddress(ctx.req) ?? '', work, { changes: true }) }
  }
}
