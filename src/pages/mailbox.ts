// /dev/mailbox: the messages that a developer's service has not really sent, as a page and as JSON for tests. Messages
// have passcodes in them, so these paths are there for this machine alone, and for no page of another origin.
import type { FeathersKoaContext, Middleware } from '@feathersjs/koa'
import type { Application } from '../declarations.js'
import type { Kept, Mailbox } from '../delivery/carriers/mailbox.js'
import { badRequest, methodNotAllowed, notFound } from '../errors.js'
import { isLoopbackHeader } from '../schema/is-loopback.js'
import type { AssetServer } from './assets.js'
import { answerWithPage, type BrowserPage } from './browser-page.js'
import { attachmentsOf, entryOf, framedHtml, framePolicy, wholeOf } from './mailbox-views.js'

const path = /^\/dev\/mailbox(\/|\/messages(?:\/([\da-f-]{36})(?:\/(html|raw|files\/(\d{1,2})))?)?)?$/

/**
 * Whether a request comes from this machine and asks for it by a name of its own. Another name is that of a tunnel, or of
 * a foreign page whose name has been made to lead here (DNS rebinding). A proxy that changes the name says for whom it asks.
 */
function isForThisMachine({ headers }: FeathersKoaContext): boolean {
  const forwarded = [headers['x-forwarded-for'], headers['x-forwarded-host'], headers['x-real-ip']].flatMap((value) =>
    value === undefined ? [] : String(value).split(',')
  )
  return isLoopbackHeader(headers.host) && headers['forwarded'] === undefined && forwarded.every(isLoopbackHeader)
}

/** A browser says which page has caused a request: only this one may, but any page may have a link to it. */
function isByThisOrigin(ctx: FeathersKoaContext, isPage: boolean): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site === '' || site === 'none' || site === 'same-origin') return true
  return isPage && ctx.get('Sec-Fetch-Mode') === 'navigate' && ctx.get('Sec-Fetch-Dest') === 'document'
}

interface Wish {
  to: string | undefined
  after: number
}

/** The query of the list. A key that it does not know would let a test see more messages than it asked for. */
function wishIn({ query }: FeathersKoaContext): Wish {
  const { to, after = '0', ...others } = query
  for (const key of Object.keys(others)) throw badRequest({ path: key, message: 'is not known: use to or after' })
  if (Array.isArray(to)) throw badRequest({ path: 'to', message: 'must be one address' })
  if (Array.isArray(after) || !/^\d{1,15}$/.test(after)) {
    throw badRequest({ path: 'after', message: 'must be the number of a message' })
  }
  // A raw `+`, with which a phone number begins, is a space in a query.
  const address = to?.replace(/^ (?=\d)/, '+').trim()
  return { to: address && address.toLowerCase(), after: Number(after) }
}

const isWished = ({ message, number }: Kept, { to, after }: Wish) =>
  number > after && (to === undefined || message.recipient.toLowerCase() === to)

/** Nothing in the source or in a file may run or load anything. */
const inert = `default-src 'none'; sandbox; frame-ancestors 'none'`

function answerWithMessage(ctx: FeathersKoaContext, kept: Kept, part: string | undefined, index: string | undefined) {
  if (part === undefined) {
    ctx.body = wholeOf(kept)
  } else if (part === 'raw') {
    ctx.set('Content-Security-Policy', inert)
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = kept.source
  } else if (part === 'html') {
    const html = framedHtml(kept)
    if (html === undefined) throw notFound()
    ctx.set('Content-Security-Policy', framePolicy)
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = html
  } else {
    const file = attachmentsOf(kept)[Number(index)]
    if (!file) throw notFound()
    ctx.set('Content-Security-Policy', inert)
    ctx.attachment(file.name)
    ctx.type = file.type
    ctx.body = file.content
  }
}

/** Stands before the middleware that admits other origins, and before the services. */
export function mailboxPages(app: Application, mailbox: Mailbox, { assets }: AssetServer): Middleware {
  const config = app.get('config')
  const media = { email: mailbox.media.has('email'), sms: mailbox.media.has('sms') }
  const page: Omit<BrowserPage, 'base'> = {
    name: 'mailbox',
    title: 'mailbox.title',
    words: [],
    settings: { media, inviterPage: config.pages.inviter },
    language: 'en',
    frames: true,
    withoutScript: 'page.no-script'
  }
  return async (ctx, next) => {
    const [whole, rest, id, part, index] = path.exec(ctx.path) ?? []
    if (whole === undefined) return next()
    const isPage = rest === undefined || rest === '/'
    if (!isForThisMachine(ctx) || !isByThisOrigin(ctx, isPage)) return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
    ctx.set('Cache-Control', 'no-store')
    ctx.set('X-Robots-Tag', 'noindex')
    ctx.set('Referrer-Policy', 'no-referrer')
    ctx.set('Cross-Origin-Resource-Policy', 'same-origin')
    if (isPage) {
      return answerWithPage(ctx, { ...page, base: rest === '/' ? '../../' : '../' }, { config, assets })
    }
    if (id === undefined) {
      const wish = wishIn(ctx)
      const found = mailbox.messages.filter((kept) => isWished(kept, wish))
      ctx.body = { since: mailbox.since, data: found.map(entryOf) }
      return undefined
    }
    const kept = mailbox.find(id)
    if (!kept) throw notFound()
    return answerWithMessage(ctx, kept, part, index)
  }
}
