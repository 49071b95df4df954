// Every error that any test of the suite gets must carry a reason of the table, of its own status.
import { reasons, type Reason } from '../../src/reasons.js'

export function requireReason(status: number, body: unknown): void {
  if (status < 400 || typeof body !== 'object' || body === null) return
  const { reason } = ('data' in body ? (body.data ?? {}) : {}) as { reason?: string }
  const known = reasons[reason as Reason] as readonly [number, string] | undefined
  if (known?.[0] !== status) throw new Error(`${status} with the reason ${reason}: ${JSON.stringify(body)}`)
}
