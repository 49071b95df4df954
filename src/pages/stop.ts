// /unsubscribe/<token>: the recipient of a message stops invitations from its inviter, or from all, and takes that back.
// The token is the only right that it takes: a mail program posts there by itself (RFC 8058), and has no account.
import type { Middleware } from '@feathersjs/koa'
import { clientAddressReader } from '../callers/client-address.js'
import type { Application } from '../declarations.js'
import { badRequest, methodNotAllowed } from '../errors.js'
import { hour, type Quota } from '../limits/quotas.js'
import { plainName } from '../words/plain-name.js'
import { setStopped, standingOf, type Standing, type Stopped } from '../services/invite/delivery/stop-list.js'
import { readStopToken } from '../services/invite/delivery/stop-token.js'
import type { Words } from '../words/words.js'
import type { AssetServer } from './assets.js'
import { wordsFor } from './browser-page.js'
import { readForm } from './form.js'
import { stopHtml, stopPolicy, type StopHtml } from './stop-html.js'

/** In memory: a change of the list is cheap, and its table cannot grow by repetition. */
const stopsPerAddress: Quota = {
  name: 'stopsPerAddress',
  reason: 'quota-stops',
  points: 100,
  seconds: hour,
  inMemory: true
}

const wishes: readonly Stopped[] = ['inviter', 'all', 'none']

/** A mail program sends `List-Unsubscribe=One-Click`, which means all; the page's buttons send `stop`. */
function wishOf(form: FormData): Stopped {
  const stop = form.get('stop')
  const wish = wishes.find((one) => one === stop)
  if (wish) return wish
  if (stop === null && form.get('List-Unsubscribe') === 'One-Click') return 'all'
  throw badRequest({ path: 'stop', message: `must be ${wishes.join(', ')}, or List-Unsubscribe must be One-Click` })
}

/** The words of the page. `changed` is true in the answer to a button. */
function pageOf(words: Words, { inviterName, stopped }: Standing, changed: boolean): Omit<StopHtml, 'look'> {
  const inviter = inviterName === null ? undefined : words.name(plainName(inviterName))
  const again = { value: 'none', label: words.say('stop.none') } as const
  const note = words.say('stop.others')
  if (stopped === 'all') return { words, state: words.say('stop.done.all'), buttons: [again], note }
  if (stopped === 'inviter' && inviter !== undefined) {
    const all = { value: 'all', label: words.say('stop.all.too') } as const
    return { words, state: words.say('stop.done.inviter', { inviter }), buttons: [again, all], note }
  }
  return {
    words,
    ...(changed && { state: words.say('stop.done.none') }),
    ask: words.say('stop.ask'),
    buttons: [
      ...(inviter === undefined ? [] : [{ value: 'inviter', label: words.say('stop.inviter', { inviter }) } as const]),
      { value: 'all', label: words.say('stop.all') }
    ],
    note
  }
}

export function stopPage(app: Application, { assets }: AssetServer): Middleware {
  const { brand, trustedProxies } = app.get('config')
  const [db, quotas, inFlight] = [app.get('db'), app.get('quotas'), app.get('inFlight')]
  const key = app.get('tokens').keyFor('unsubscribe')
  const clientAddress = clientAddressReader(trustedProxies)

  return async (ctx, next) => {
    const token = /^\/unsubscribe\/([^/]+)$/.exec(ctx.path)?.[1]
    if (token === undefined) return next()
    if (!['GET', 'HEAD', 'POST'].includes(ctx.method)) throw methodNotAllowed(['GET', 'POST', 'HEAD'])
    const words = wordsFor(ctx, app.get('config'))
    const answer = async (status: number, page: Omit<StopHtml, 'look'>) => {
      const { styles, logo } = await assets()
      const here = (path: string) => `../${path}`
      const look = { name: brand.name, styles: styles().map(here), logo: logo && here(logo) }
      ctx.set('Content-Security-Policy', stopPolicy)
      ctx.set('Referrer-Policy', 'no-referrer')
      ctx.set('Content-Language', words.locale)
      ctx.status = status
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = stopHtml({ ...page, look })
    }
    ctx.set('Cache-Control', 'no-store')
    ctx.set('X-Robots-Tag', 'noindex')
    ctx.vary('Accept-Language')

    const link = readStopToken(key, token)
    if (!link) return answer(404, { words, state: words.say('stop.bad'), buttons: [] })
    const wish = ctx.method === 'POST' ? wishOf(await readForm(ctx.req, ctx.res)) : undefined
    if (wish) await quotas.spend(stopsPerAddress, link.address.toString('base64url'))
    const work = async () => {
      if (wish) await setStopped(db, link, wish)
      return standingOf(db, link)
    }
    const standing = await inFlight.run(clientAddress(ctx.req) ?? '', work, { changes: wish !== undefined })
    return answer(200, pageOf(words, standing, wish !== undefined))
  }
}
