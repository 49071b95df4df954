// The coding of a body, as the browser takes it: a page of 48 KB is one of 15 KB on its way.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FeathersKoaContext } from '@feathersjs/koa'
import { LRUCache } from 'lru-cache'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

const coders = {
  br: (body: Buffer) => brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (body: Buffer) => zip(body, { level: 9 })
}

/** The pages and files are few and the same for everybody: each is coded once. */
const coded = new LRUCache<string, Buffer>({ max: 200 })

/**
 * Answers with a body that has no secret in it, in a coding that the browser takes. `name` stands for the content: other
 * content has another name.
 */
export async function answerCoded(ctx: FeathersKoaContext, name: string, content: string | Buffer): Promise<void> {
  ctx.vary('Accept-Encoding')
  const body = Buffer.from(content)
  const wanted = ctx.acceptsEncodings('br', 'gzip', 'identity')
  if (wanted !== 'br' && wanted !== 'gzip') {
    ctx.body = body
    return
  }
  const key = `${wanted} ${name}`
  const known = coded.get(key) ?? (await coders[wanted](body))
  coded.set(key, known)
  ctx.set('Content-Encoding', wanted)
  ctx.body = known
}
