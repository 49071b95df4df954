// The carrier of short messages: a call to a webhook of the operator, signed as Standard Webhooks say. docs/delivery.md
// documents the call.
import { Webhook } from 'standardwebhooks'
import { NotSent, type Carrier, type Message } from '../message.js'

/** So much of an answer is read. */
const longestAnswer = 2000

interface Options {
  webhookUrl: string
  /** `whsec_` and 24 bytes or more in base64. */
  webhookSecret: string
  /** How long to wait for an answer. */
  patienceMs?: number
}

/** Answers that speak of this moment, and not of the message. */
const passing = new Set([408, 425, 429])

/** Seconds; a date is read as well. Undefined for a text that is neither. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

/** The beginning of an answer; as much as arrived, where it breaks off or stalls. */
async function beginningOf(response: Response): Promise<string> {
  let text = ''
  try {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      if (text.length >= longestAnswer) break
    }
  } catch {
    // The status has said what counts.
  }
  return text.slice(0, longestAnswer)
}

/** The body of the call. */
export const smsCall = ({ id, recipient, text }: Message) => ({ type: 'sms', id, to: recipient, text })

/** Throws NotSent: a 4xx is for good, but 408, 425 and 429, a 5xx, a redirect and no answer are not. */
export function smsWebhook({ webhookUrl, webhookSecret, patienceMs = 15_000 }: Options): Carrier {
  const webhook = new Webhook(webhookSecret)
  const post = async (id: string, body: string) => {
    const now = new Date()
    try {
      return await fetch(webhookUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': webhook.sign(id, now, body)
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(patienceMs)
      })
    } catch (error) {
      throw new NotSent('no answer', { cause: error })
    }
  }
  return {
    async send(message) {
      const response = await post(message.id, JSON.stringify(smsCall(message)))
      const { ok, status, headers } = response
      if (ok) {
        await response.body?.cancel().catch(() => {})
        return `HTTP ${status}`
      }
      const isOfMessage = status >= 400 && status < 500
      // A server that fails may tell of itself, and not of the message.
      const said = `HTTP ${status} ${isOfMessage ? await beginningOf(response) : ''}`
      const retryAfterSeconds = retryAfter(headers.get('retry-after'))
      throw new NotSent(said, {
        forGood: isOfMessage && !passing.has(status),
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds })
      })
    }
  }
}
