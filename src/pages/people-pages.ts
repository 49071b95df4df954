// The pages of people: `/i/<id>` of the invited person, `/verify` and `/reset` of mailed links, `/invites` of the inviter.
// The secret of a link is in its fragment, which no browser sends: a page knows nothing of the invite until its script
// asks the API. So it is the same for every id, and to open it changes nothing.
import type { Middleware } from '@feathersjs/koa'
import type { Application } from '../declarations.js'
import { inviteTypeNames } from '../services/invite/invite.table.js'
import type { AssetServer } from './assets.js'
import { answerWithPage, type BrowserPage } from './browser-page.js'

/** The pages by path. A path that ends in a slash is another directory for relative addresses. */
function pageAt(app: Application, path: string): BrowserPage | undefined {
  const { pages, registration, patchCap } = app.get('config')
  const { carries } = app.get('outbox')
  if (pages.landing && /^\/i\/[^/]{1,100}$/.test(path)) {
    return {
      name: 'landing',
      base: '../',
      title: 'landing.title',
      words: ['landing.', ...inviteTypeNames.map((type) => `invite.${type}`)],
      settings: { acceptUrl: pages.acceptUrl, inviterPage: pages.inviter, mails: carries('email') },
      withoutScript: 'landing.no-script'
    }
  }
  if (pages.landing && (path === '/verify' || path === '/reset')) {
    return {
      name: 'account',
      base: './',
      title: path === '/verify' ? 'verify.subject' : 'reset.subject',
      words: ['account.', 'verify.', 'reset.'],
      settings: { inviterPage: pages.inviter },
      withoutScript: 'page.no-script'
    }
  }
  if (pages.inviter && /^\/invites\/?$/.test(path)) {
    return {
      name: 'invites',
      base: path.endsWith('/') ? '../' : './',
      title: 'inviter.title',
      words: ['inviter.', 'invite.'],
      settings: { registration, patchCap, carriers: { email: carries('email'), sms: carries('sms') } },
      withoutScript: 'page.no-script'
    }
  }
  return undefined
}

/** Stands before the services in the chain of a request: pages read no token. */
export function peoplePages(app: Application, { assets }: AssetServer): Middleware {
  const config = app.get('config')
  return async (ctx, next) => {
    const page = pageAt(app, ctx.path)
    return page ? answerWithPage(ctx, page, { config, assets }) : next()
  }
}
