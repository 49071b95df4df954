// /assets/: the files that pages load. Their names have a hash, so a browser keeps them for ever.
import type { Middleware } from '@feathersjs/koa'
import type { Config } from '../config.js'
import { brandStyle, logoOf } from './brand.js'
import { bundle, hashOf, type Bundle, type PageName } from './bundle.js'
import { fixedPages, type FixedPage } from './fixed-pages.js'

export interface Assets {
  /** The addresses of the files, from the base of the service: `assets/landing-….js`. */
  module: (page: PageName) => string
  /** The style sheets of a page, in order; without a page, those of a page that has no module. */
  styles: (page?: PageName) => string[]
  logo: string | null
}

interface Served {
  assets: Assets
  files: Middleware
}

const year = 365 * 24 * 3600

/** Nothing in these files may run or load anything but by the page that has them: an SVG opened alone, neither. */
const policy = `default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'`

const typeOf = (name: string) => (name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8')

function serve({ pages, style, files }: Bundle, config: Config): Served {
  const served = new Map<string, FixedPage>()
  const add = (name: string, type: string, content: string | Buffer) => {
    served.set(`/assets/${name}`, { type, content: () => content, maxAge: year, coded: true })
    return `assets/${name}`
  }
  for (const [name, text] of Object.entries(files)) add(name, typeOf(name), text)
  const logo = logoOf(config)
  const colors = brandStyle(config)
  const colorFiles = colors ? [add(`colors-${hashOf(colors)}.css`, typeOf('.css'), colors)] : []
  const assets: Assets = {
    module: (page) => `assets/${pages[page].module}`,
    styles: (page) => [`assets/${page ? pages[page].style : style}`, ...colorFiles],
    logo: logo ? add(`logo-${hashOf(logo.content)}${logo.extension}`, logo.type, logo.content) : null
  }
  return { assets, files: fixedPages(served, policy) }
}

export interface AssetServer {
  /** Serves the files. */
  files: Middleware
  /** The addresses of the files, for the pages that load them. */
  assets: () => Promise<Assets>
}

/** Bundles at the first request. Throws at once when the logo cannot be read. */
export function assetServer(config: Config): AssetServer {
  logoOf(config)
  let served: Promise<Served> | undefined
  const ready = () => (served ??= bundle().then((made) => serve(made, config)))
  return {
    assets: async () => (await ready()).assets,
    files: async (ctx, next) => (ctx.path.startsWith('/assets/') ? (await ready()).files(ctx, next) : next())
  }
}
