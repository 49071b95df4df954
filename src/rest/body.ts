// Reads a request's body: JSON in UTF-8, at most 64 KB, and nothing else.
import type { IncomingMessage } from 'node:http'
import { badRequest, refuse } from '../errors.js'
import { parseJson } from '../schema/validation.js'

const maxBytes = 64 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** `application/json`, `application/merge-patch+json` and their like; no charset but UTF-8. */
function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type'] ?? ''
  const [mime = '', ...parameters] = type
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (mime !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(mime)) {
    throw refuse('not-json')
  }
  const charsets = parameters
    .filter((parameter) => /^charset\s*=/.test(parameter))
    .map((parameter) =>
      parameter
        .slice(parameter.indexOf('=') + 1)
        .replaceAll('"', '')
        .trim()
    )
  if (charsets.some((charset) => charset !== 'utf-8' && charset !== 'utf8')) {
    throw refuse('not-utf8')
  }
  const encoding = request.headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw refuse('compressed')
  }
}

/** Whether the request says that it has a body. */
const hasBody = (request: IncomingMessage) =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

const tooLarge = () => refuse('too-large')

/** Collects the body by its events: leaving `for await` early would destroy the socket before the answer is out. */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge())
    const chunks: Buffer[] = []
    let length = 0
    const collect = (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) {
        request.off('data', collect)
        reject(tooLarge())
      } else {
        chunks.push(chunk)
      }
    }
    request.on('data', collect)
    const cutOff = () => reject(badRequest({ path: 'body', message: 'did not arrive whole' }))
    request.once('error', cutOff)
    request.once('close', cutOff)
    request.once('end', () => {
      request.off('error', cutOff)
      request.off('close', cutOff)
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    })
  })
}

/** The body as JSON. None at all is `undefined`, which only calls that need no data take. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  if (!hasBody(request)) return undefined
  requireJson(request)
  const bytes = await bytesOf(request)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw badRequest({ path: 'body', message: 'must be in UTF-8' })
  }
  return parseJson(text, 'body')
}
