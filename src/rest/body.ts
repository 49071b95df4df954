// Reads a request's body: JSON in UTF-8, at most 64 KB, and nothing else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'content-type'
import getRawBody from 'raw-body'
import { badRequest, refuse, type ReasonOf } from '../errors.js'
import { parseJson } from '../schema/json.js'
import { maxBodyBytes } from '../schema/validation.js'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** `application/json`, `application/merge-patch+json` and their like; no charset but UTF-8. */
export function requireJson(request: IncomingMessage): void {
  const header = request.headers['content-type'] ?? ''
  const { type, parameters } = parse(header)
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw refuse('not-json')
  }
  // The parser keeps the first charset. A proxy may go by the last one, so there must be no second.
  const charsets = header.match(/;\s*charset\s*=/gi)?.length ?? 0
  const isUtf8 = charsets === 0 || (charsets === 1 && /^utf-?8$/i.test(parameters['charset'] ?? ''))
  if (!isUtf8) throw refuse('not-utf8')
  const encoding = request.headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw refuse('compressed')
  }
}

const isChunked = (request: IncomingMessage) => request.headers['transfer-encoding'] !== undefined

/** Whether the request says that it has a body. A chunked one may still be empty. */
const announcesBody = (request: IncomingMessage) =>
  isChunked(request) || Number(request.headers['content-length'] ?? 0) > 0

const isTooLarge = (error: unknown) => error instanceof Error && 'type' in error && error.type === 'entity.too.large'

interface Most {
  bytes: number
  /** Of a body that is larger. */
  reason: ReasonOf<413>
}

const mostOfBody: Most = { bytes: maxBodyBytes, reason: 'too-large' }

async function bytesOf(request: IncomingMessage, { bytes: limit, reason }: Most): Promise<Buffer> {
  try {
    return await getRawBody(request, { limit, length: request.headers['content-length'] })
  } catch (error) {
    // Reads and drops the rest of the body. A connection that closes with unread bytes is reset, and the client loses
    // the answer.
    request.resume()
    if (isTooLarge(error)) throw refuse(reason)
    throw badRequest({ path: 'body', message: 'did not arrive whole' })
  }
}

/** Tells a client that waits with its body (`Expect: 100-continue`) to send it. HTTP/1.0 has no such answer. */
function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.httpVersion === '1.1' && /\b100-continue\b/i.test(request.headers.expect ?? '')) response.writeContinue()
}

/** The bytes of the body; 413 for more than `most`. */
export async function readBytes(
  request: IncomingMessage,
  response: ServerResponse,
  most = mostOfBody
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) <= most.bytes) askForBody(request, response)
  return bytesOf(request, most)
}

/** The body as JSON, from its bytes. */
export function jsonOf(bytes: Buffer): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw badRequest({ path: 'body', message: 'must be in UTF-8' })
  }
  return parseJson(text, 'body')
}

/** The body as JSON; `undefined` when the request has none, or an empty one. */
export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  if (!announcesBody(request)) return undefined
  // Chunks tell only at their end whether there is a body, and so whether its type counts.
  if (!isChunked(request)) requireJson(request)
  const bytes = await readBytes(request, response)
  if (bytes.length === 0) return undefined
  requireJson(request)
  return jsonOf(bytes)
}
