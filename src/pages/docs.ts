// /openapi.json, and /docs: Swagger UI from its package, served from here alone.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Middleware } from '@feathersjs/koa'
// Not the package's main file, which loads the whole page into this process.
import swaggerUiDirectory from 'swagger-ui-dist/absolute-path.js'
import type { Application } from '../declarations.js'
import { methodNotAllowed } from '../errors.js'
import { openapi } from '../openapi/openapi.js'
import { pageDocs } from './pages.docs.js'

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Invite service</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

// Without validatorUrl: null the document would be sent to a validator elsewhere.
const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0
})
`

/**
 * Nothing from elsewhere, nothing inline but the styles that Swagger UI sets. Plain HTTP stays plain: helmet's
 * upgrade-insecure-requests would ask for the page's parts over an HTTPS that may not be there.
 */
const policy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`
].join(';')

interface Page {
  type: string
  content: () => Promise<Buffer | string> | string
  /** Seconds that a copy may be used without asking. */
  maxAge?: number
}

const hour = 3600
const asset = (name: string, type: string): Page => ({
  type,
  content: () => readFile(join(swaggerUiDirectory(), name)),
  maxAge: hour
})

const pagesOf = (app: Application): ReadonlyMap<string, Page> => {
  const page: Page = { type: 'text/html; charset=utf-8', content: () => html }
  return new Map<string, Page>([
    // Built when first asked for: services are registered after this middleware.
    [
      '/openapi.json',
      { type: 'application/json; charset=utf-8', content: () => JSON.stringify(openapi(app, pageDocs)) }
    ],
    ['/docs', page],
    ['/docs/', page],
    ['/docs/start.js', { type: 'text/javascript; charset=utf-8', content: () => start, maxAge: hour }],
    ['/docs/swagger-ui.css', asset('swagger-ui.css', 'text/css; charset=utf-8')],
    ['/docs/swagger-ui-bundle.js', asset('swagger-ui-bundle.js', 'text/javascript; charset=utf-8')],
    ['/docs/favicon-32x32.png', asset('favicon-32x32.png', 'image/png')]
  ])
}

interface Ready {
  body: Buffer
  etag: string
}

/** Paths are looked up whole in a fixed table, so that no path leads to any other file. */
export function docs(app: Application): Middleware {
  const pages = pagesOf(app)
  const ready = new Map<Page, Ready>()

  const prepare = async (page: Page): Promise<Ready> => {
    const body = Buffer.from(await page.content())
    return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
  }

  return async (ctx, next) => {
    const page = pages.get(ctx.path)
    if (!page) return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD'])
    const known = ready.get(page) ?? (await prepare(page))
    ready.set(page, known)
    const { body, etag } = known
    ctx.set('Content-Security-Policy', policy)
    ctx.set('Cache-Control', page.maxAge ? `public, max-age=${page.maxAge}` : 'no-cache')
    ctx.etag = etag
    // Koa's `fresh` asks for a 2xx first.
    ctx.status = 200
    if (ctx.fresh) {
      ctx.status = 304
      return
    }
    ctx.type = page.type
    ctx.body = body
  }
}
