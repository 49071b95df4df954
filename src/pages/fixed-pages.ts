// Pages whose content does not change while the process runs: kept in memory, each with an ETag.
import { createHash } from 'node:crypto'
import type { Middleware } from '@feathersjs/koa'
import { methodNotAllowed } from '../errors.js'
import { answerCoded } from './coding.js'

export interface FixedPage {
  /** Content-Type */
  type: string
  /** Called once, at the first request. */
  content: () => Promise<Buffer | string> | Buffer | string
  /** Seconds for which a copy may be used without asking; without it, a client asks every time. */
  maxAge?: number
  /** It goes out in a coding of fewer bytes, where the browser takes one. */
  coded?: true
}

interface Ready {
  body: Buffer
  etag: string
}

/** A file that is good for a year has a hash in its name, and never changes. */
const cacheControl = ({ maxAge }: FixedPage) => {
  if (!maxAge) return 'no-cache'
  return `public, max-age=${maxAge}${maxAge >= 365 * 24 * 3600 ? ', immutable' : ''}`
}

/** The ETag comes from the content, so that every process that serves the same content agrees on it. */
async function prepare(page: FixedPage): Promise<Ready> {
  const body = Buffer.from(await page.content())
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}

/**
 * Answers GET and HEAD of these paths, with 304 for a copy that is still good, and passes every other path on. Paths are
 * looked up whole in the map, so that no path leads to any other file. `policy` is their Content-Security-Policy.
 */
export function fixedPages(pages: ReadonlyMap<string, FixedPage>, policy: string): Middleware {
  const ready = new Map<FixedPage, Ready>()
  return async (ctx, next) => {
    const page = pages.get(ctx.path)
    if (!page) return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
    const known = ready.get(page) ?? (await prepare(page))
    ready.set(page, known)
    ctx.set('Content-Security-Policy', policy)
    ctx.set('Cache-Control', cacheControl(page))
    ctx.etag = page.coded ? `W/${known.etag}` : known.etag
    // Also of a 304: else a cache between would give one coding to every client.
    if (page.coded) ctx.vary('Accept-Encoding')
    // Koa's `fresh` is false unless the status is a 2xx.
    ctx.status = 200
    if (ctx.fresh) {
      ctx.status = 304
      return
    }
    ctx.type = page.type
    if (page.coded) await answerCoded(ctx, known.etag, known.body)
    else ctx.body = known.body
  }
}
