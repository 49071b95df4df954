// Calls of the public API, the same that every other client makes.
import type { Reason } from '../../../reasons.js'
import { urlOf } from './page.js'

/** What the service said no to: an error in Feathers' shape. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(
    readonly status: number,
    readonly reason: Reason,
    message: string,
    readonly data: Record<string, unknown>,
    /** From `Retry-After`; undefined without one. */
    readonly retryAfterSeconds: number | undefined
  ) {
    super(message)
  }

  /** The problems of a 400, by the path in the body, like `[3].token`. */
  get problems(): { path: string; message: string; reason?: Reason }[] {
    return (this.data['errors'] ?? []) as { path: string; message: string; reason?: Reason }[]
  }
}

/** The service did not answer, or said 503: nothing was changed by this call, or it is not known. */
export class Away extends Error {
  override readonly name = 'Away'

  constructor(readonly retryAfterSeconds: number | undefined) {
    super('the service is away')
  }
}

export interface CallOptions {
  body?: unknown
  /** The access token of the caller. */
  token?: string | undefined
  /** An Idempotency-Key: a repetition of the call is answered alike, and does nothing. */
  key?: string
  signal?: AbortSignal
}

export interface Answer<T> {
  status: number
  body: T
  headers: Headers
}

const seconds = (headers: Headers) => {
  const text = headers.get('Retry-After')
  return text === null || !/^\d+$/.test(text) ? undefined : Number(text)
}

/** `path` begins without a slash: `invite/<id>/preview`. Throws Refusal or Away; an abort stays an AbortError. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
  const { body, token, key, signal } = options
  let response: Response
  let text: string
  try {
    response = await fetch(urlOf(path), {
      method,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'Idempotency-Key': key })
      },
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal })
    })
    text = await response.text()
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Away(undefined)
  }
  const { status, headers, ok } = response
  let answer: unknown
  try {
    answer = text === '' ? null : JSON.parse(text)
  } catch {
    // A proxy in between answers in HTML when the service is not there.
    throw new Away(seconds(headers))
  }
  if (ok) return { status, body: answer as T, headers }
  if (status === 503 || status === 502 || status === 504) throw new Away(seconds(headers))
  const { message = '', data } = (answer ?? {}) as { message?: string; data?: Record<string, unknown> }
  throw new Refusal(status, (data?.['reason'] ?? 'unforeseen') as Reason, message, data ?? {}, seconds(headers))
}

/** A key for one call: 128 random bits. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
