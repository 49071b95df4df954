// /openapi.json and /docs: Swagger UI from its package, without content of other servers.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Middleware } from '@feathersjs/koa'
// Not the package's main file, which loads the whole page into this process.
import swaggerUiDirectory from 'swagger-ui-dist/absolute-path.js'
import type { Application } from '../declarations.js'
import { openapi } from '../openapi/openapi.js'
import { fixedPages, type FixedPage } from './fixed-pages.js'
import { info, pageDocs } from './pages.docs.js'

/**
 * A proxy may serve all of this under a path of its own, which the service does not know: so every address is relative.
 * `here` leads from the page to its files.
 */
const html = (here: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${info.title}</title>
    <link rel="stylesheet" href="${here}swagger-ui.css" />
    <link rel="icon" type="image/png" href="${here}favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${here}swagger-ui-bundle.js"></script>
    <script src="${here}start.js"></script>
  </body>
</html>
`

// The document is beside the page's directory, wherever that is. Without validatorUrl: null it would be sent to a
// validator elsewhere.
const start = `SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#swagger-ui',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0
})
`

/**
 * The page's Content-Security-Policy: nothing from other servers, and nothing inline but the styles that Swagger UI
 * sets. It leaves out helmet's upgrade-insecure-requests, which makes a browser ask for the page's files over HTTPS:
 * there may be none.
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

const hour = 3600
const asset = (name: string, type: string): FixedPage => ({
  type,
  content: () => readFile(join(swaggerUiDirectory(), name)),
  maxAge: hour
})

/** Stands before the services in the chain of a request: these pages read no token. */
export function docs(app: Application): Middleware {
  const page = (here: string): FixedPage => ({ type: 'text/html; charset=utf-8', content: () => html(here) })
  const pages = new Map<string, FixedPage>([
    [
      '/openapi.json',
      // Built at the first request: services are registered after this middleware.
      { type: 'application/json; charset=utf-8', content: () => JSON.stringify(openapi(app, info, pageDocs)) }
    ],
    ['/docs', page('docs/')],
    ['/docs/', page('')],
    ['/docs/start.js', { type: 'text/javascript; charset=utf-8', content: () => start, maxAge: hour }],
    ['/docs/swagger-ui.css', asset('swagger-ui.css', 'text/css; charset=utf-8')],
    ['/docs/swagger-ui-bundle.js', asset('swagger-ui-bundle.js', 'text/javascript; charset=utf-8')],
    ['/docs/favicon-32x32.png', asset('favicon-32x32.png', 'image/png')]
  ])
  return fixedPages(pages, policy)
}
