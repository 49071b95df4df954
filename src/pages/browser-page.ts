// Answers with a page that runs in the browser: its language, its headers, and its HTML.
import type { FeathersKoaContext } from '@feathersjs/koa'
import type { Config } from '../config.js'
import { methodNotAllowed } from '../errors.js'
import { catalogues, type WordKey } from '../words/catalogues.js'
import { Words } from '../words/words.js'
import type { AssetServer } from './assets.js'
import { hashOf, type PageName } from './bundle.js'
import { answerCoded } from './coding.js'
import {
  pageHtml,
  type AccountSettings,
  type InviterSettings,
  type LandingSettings,
  type MailboxSettings,
  type PageData
} from './page-html.js'

export interface BrowserPage {
  name: PageName
  /** From the page to the base of the service: `../` for `/i/<id>`. */
  base: string
  title: WordKey
  /** The beginnings of the keys of its words. */
  words: string[]
  /** Its own part of the data. */
  settings?: LandingSettings | AccountSettings | InviterSettings | MailboxSettings
  /** The one language that it is written in; without it, that of the reader. */
  language?: 'en'
  /** Whether it shows frames of this service. */
  frames?: true
  withoutScript: WordKey
}

/**
 * Nothing from other servers, nothing inline, no text as code. It leaves out helmet's upgrade-insecure-requests, which
 * would ask for the files of the page over HTTPS where there may be none. `connect-src 'self'` covers websockets.
 */
const policyOf = ({ frames }: BrowserPage) =>
  [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `connect-src 'self'`,
    `img-src 'self' data:`,
    ...(frames ? [`frame-src 'self'`] : []),
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`
  ].join('; ')

const languages = Object.fromEntries([...catalogues].map(([tag, words]) => [tag, words['language'] ?? tag]))

/** The language that a reader chose on the page (`?lang=`), else one that the browser asks for, else the default. */
export function wordsFor(ctx: FeathersKoaContext, { defaultLocale, timeZone }: Config): Words {
  const { lang } = ctx.query
  const asked = typeof lang === 'string' ? [lang] : []
  return Words.in([...asked, ...ctx.acceptsLanguages().slice(0, 10), defaultLocale], timeZone)
}

/** Answers GET and HEAD with the page. A page is the same for every reader, and holds nothing of an invite. */
export async function answerWithPage(
  ctx: FeathersKoaContext,
  page: BrowserPage,
  { config, assets }: { config: Config; assets: AssetServer['assets'] }
): Promise<void> {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
  const words = page.language ? Words.in([page.language]) : wordsFor(ctx, config)
  const { module, styles, logo } = await assets()
  const { name, footer, footerUrl } = config.brand
  const data: PageData = {
    locale: words.locale,
    languages: page.language ? {} : languages,
    words: words.of(['direction', 'dates', 'page.', ...page.words], [page.withoutScript]),
    base: page.base,
    brand: { name, logo: logo && `${page.base}${logo}`, footer, footerUrl },
    ...page.settings
  }
  ctx.set('Content-Security-Policy', policyOf(page))
  ctx.set('Referrer-Policy', 'no-referrer')
  ctx.set('Cache-Control', 'no-store')
  ctx.set('X-Robots-Tag', 'noindex')
  ctx.set('Content-Language', words.locale)
  ctx.vary('Accept-Language')
  ctx.type = 'text/html; charset=utf-8'
  const html = pageHtml({
    words,
    heading: words.say(page.title),
    data,
    module: `${page.base}${module(page.name)}`,
    styles: styles(page.name).map((path) => `${page.base}${path}`),
    withoutScript: words.say(page.withoutScript)
  })
  await answerCoded(ctx, hashOf(html), html)
}
