// Reads the body of a form. It is small: the forms of the pages have one field.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'content-type'
import { badRequest, refuse } from '../errors.js'
import { readBytes } from '../rest/body.js'

const most = { bytes: 2048, reason: 'form-too-large' } as const

/** The two forms that RFC 8058 allows. */
const types = ['application/x-www-form-urlencoded', 'multipart/form-data']

/** The fields of a form of at most 2 KB, by name. 415 for a body that is no form. */
export async function readForm(request: IncomingMessage, response: ServerResponse): Promise<FormData> {
  const header = request.headers['content-type'] ?? ''
  if (!types.includes(parse(header).type)) throw refuse('not-a-form')
  if (request.headers['content-encoding']) throw refuse('compressed')
  const bytes = await readBytes(request, response, most)
  try {
    return await new Response(new Uint8Array(bytes), { headers: { 'content-type': header } }).formData()
  } catch {
    throw badRequest({ path: 'body', message: 'must be a well-formed form' })
  }
}
