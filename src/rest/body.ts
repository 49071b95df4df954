// Reads a request's body: JSON in UTF-8, at most 64 KB, and nothing else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'content-type'
import getRawBody from 'raw-body'
import { badRequest, refuse } from '../errors.js'
import { parseJson } from '../schema/json.js'
import { maxBodyBytes } from '../schema/validation.js'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** `application/json`, `application/merge-patch+json` and their like; no charset but UTF-8. */
function requireJson(request: IncomingMessage): void {
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

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  try {
    return await getRawBody(request, { limit: maxBodyBytes, length: request.headers['content-length'] })
  } catch (error) {
    // Reads and drops the rest of the body. A connection that closes with unread bytes is reset, and the client loses
    // the answer.
    request.resume()
    if (isTooLarge(error)) throw refuse('too-large')
    throw badRequest({ path: 'body', message: 'did not arrive whole' })
  }
}

const tooLong = (request: IncomingMessage) => Number(request.headers['content-length'] ?? 0) > maxBodyBytes

/** Tells a client that waits with its body (`Expect: 100-continue`) to send it. HTTP/1.0 has no such answer. */
function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.httpVersion === '1.1' && /\b100-continue\b/i.test(request.headers.expect ?? '')) response.writeContinue()
}

/** The body as JSON; `undefined` when the request has none, or an empty one. */
export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  if (!announcesBody(request)) return undefined
  // Chunks tell only at their end whether there is a body, and so whether its type counts.
  if (!isChunked(request)) requireJson(request)
  if (!tooLong(request)) askForBody(request, response)
  const bytes = await bytesOf(request)
  if (bytes.length === 0) return undefined
  requireJson(request)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw badRequest({ path: 'body', message: 'must be in UTF-8' })
  }
  return parseJson(text, 'body')
}
