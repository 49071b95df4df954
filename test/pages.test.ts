// The pages of people as a server sends them: their headers, their files, their languages, and what an operator changes.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config.js'
import { assetServer } from '../src/pages/assets.js'
import { bundle, pageNames, writeBundle } from '../src/pages/bundle.js'
import { locales } from '../src/words/catalogues.js'
import { startServer, useServer } from './support/server.js'

const server = await useServer()

const pages = ['/i/018f7d0e-0000-7000-8000-000000000000', '/verify', '/reset', '/invites', '/invites/']
const get = (path: string, headers: Record<string, string> = {}, url = server.url) =>
  fetch(`${url}${path}`, { headers, redirect: 'manual' })
const addressesIn = (html: string) => [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, address]) => address ?? '')
const dataIn = (html: string) =>
  JSON.parse(/<script type="application\/json" id="page">(.*)<\/script>/.exec(html)?.[1] ?? '') as {
    words: Record<string, string>
    brand: Record<string, unknown>
  }

describe('every page', () => {
  it.each(pages)('%s allows nothing from elsewhere, nothing inline, no frame, no copy and no Referer', async (path) => {
    const page = await get(path)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
    )
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('x-robots-tag')).toBe('noindex')
    expect(page.headers.get('vary')).toContain('Accept-Language')
    const html = await page.text()
    expect(html).not.toMatch(/ style=| on\w+=|<style|<script>|https?:\/\//)
    expect(html).toContain('<noscript>')
  })

  it.each(pages)('%s loads its files by relative addresses, and they are good for ever', async (path) => {
    const addresses = addressesIn(await (await get(path)).text()).filter((address) => address !== 'data:,')
    expect(addresses.length).toBeGreaterThanOrEqual(2)
    for (const address of addresses) {
      expect(address).toMatch(/^\.\.?\/assets\/[\w-]+\.(js|css)$/)
      const file = await fetch(new URL(address, `${server.url}${path}`))
      expect([address, file.status, file.headers.get('cache-control')]).toEqual([
        address,
        200,
        'public, max-age=31536000, immutable'
      ])
      expect((await file.text()).length).toBeGreaterThan(50)
    }
  })

  it('answers HEAD without a body, and no other method', async () => {
    for (const path of pages) {
      const head = await fetch(`${server.url}${path}`, { method: 'HEAD' })
      expect([path, head.status, await head.text()]).toEqual([path, 200, ''])
      for (const method of ['POST', 'PUT', 'DELETE']) {
        const reply = await fetch(`${server.url}${path}`, { method })
        expect([path, method, reply.status, reply.headers.get('allow')]).toEqual([path, method, 405, 'GET, HEAD'])
      }
    }
  })

  it.each(locales)('speaks %s to a reader who asks for it, and to one who chose it on the page', async (locale) => {
    const asked = await get('/i/x', { 'accept-language': `${locale}, xx;q=0.5` })
    const chosen = await get(`/i/x?lang=${locale}`, { 'accept-language': 'xx' })
    for (const page of [asked, chosen]) {
      expect(page.headers.get('content-language')).toBe(locale)
      const html = await page.text()
      expect(html).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`)
      expect(dataIn(html).words['page.wait']).toBeTruthy()
    }
  })

  it('has a chosen language that does not exist ignored', async () => {
    for (const lang of ['xx', '', '../de', '<b>', 'de&lang=fr']) {
      const page = await get(`/i/x?lang=${encodeURIComponent(lang)}`)
      expect([lang, page.status, page.headers.get('content-language')]).toEqual([lang, 200, 'en'])
    }
  })

  it('gets the words of its own, and not those of messages', async () => {
    const keys = Object.keys(dataIn(await (await get('/i/x')).text()).words)
    expect(keys).toEqual(expect.arrayContaining(['page.wait', 'landing.title', 'invite.friend', 'direction']))
    expect(keys.filter((key) => /^(inviter|sms|letter|stop|reset|verify)\./.test(key))).toEqual([])
  })

  it('is not there under other paths', async () => {
    for (const path of ['/i', '/i/', '/i/a/b', '/verify/x', '/invites/x', '/assets/', '/assets/style.css']) {
      const reply = await get(path, { accept: 'application/json' })
      expect([path, reply.status, reply.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/json; charset=utf-8'
      ])
    }
  })
})

describe('an operator', () => {
  it('switches each page off, and the links of messages stay as they are', async () => {
    const off = await startServer({ pages: { landing: false, inviter: false } })
    try {
      for (const path of pages) expect([path, (await get(path, {}, off.url)).status]).toEqual([path, 404])
      expect((await get('/unsubscribe/x', {}, off.url)).status).toBe(404)
      expect((await get('/docs', {}, off.url)).status).toBe(200)
    } finally {
      await off.stop()
    }
  })

  const logoFile = join(mkdtempSync(join(tmpdir(), 'brand-')), 'logo.svg')
  writeFileSync(logoFile, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8H0z"/></svg>')

  it('gives every page a name, a logo, colours and a footer of their own', async () => {
    const brand = {
      name: 'Garden & <b>Club</b>',
      logoFile,
      color: '#7a1f5c',
      darkColor: '#f0a8d8',
      footer: 'Imprint',
      footerUrl: 'https://example.com/imprint'
    }
    const branded = await startServer({ brand })
    try {
      for (const path of [...pages, '/unsubscribe/x']) {
        const html = await (await get(path, {}, branded.url)).text()
        expect(html).toContain('Garden &amp; &lt;b&gt;Club&lt;/b&gt;')
        expect(html).not.toContain('<b>')
        const addresses = addressesIn(html)
        const logo = addresses.find((address) => address.endsWith('.svg')) ?? ''
        const image = await fetch(new URL(logo, `${branded.url}${path}`))
        expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
        expect(image.headers.get('content-security-policy')).toContain('sandbox')
        const colors = addresses.find((address) => /colors-[\w-]+\.css$/.test(address)) ?? ''
        const rules = await (await fetch(new URL(colors, `${branded.url}${path}`))).text()
        expect(rules).toBe(
          ':root{--act:#7a1f5c;--on-act:#ffffff}@media(prefers-color-scheme:dark){:root{--act:#f0a8d8;--on-act:#0d1420}}'
        )
      }
      const { brand: shown } = dataIn(await (await get('/invites', {}, branded.url)).text())
      expect(shown).toMatchObject({ name: brand.name, footer: 'Imprint', footerUrl: brand.footerUrl })
    } finally {
      await branded.stop()
    }
  })

  it('is told of a colour that nobody could read, of a logo that is none, and of an address that is no template', () => {
    const problemOf = (overrides: Record<string, unknown>) => {
      try {
        loadConfig(overrides)
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(problemOf({ brand: { color: '#ffff00' } })).toMatch(/BRAND_COLOR: must have a contrast of 4\.5 or more/)
    expect(problemOf({ brand: { darkColor: '#222222' } })).toMatch(/BRAND_COLOR_DARK: must have a contrast/)
    expect(problemOf({ brand: { name: ' ' } })).toMatch(/BRAND_NAME: must/)
    for (const publicUrl of ['https://a.example/b?c', 'https://a.example/b#c', 'https://me:x@a.example']) {
      expect([publicUrl, problemOf({ publicUrl })]).toEqual([publicUrl, expect.stringContaining('PUBLIC_URL: must')])
    }
    expect(problemOf({ brand: { color: 'red' } })).toMatch(/BRAND_COLOR: must be a colour of six hexadecimal digits/)
    for (const acceptUrl of [
      'app.example.com',
      'ftp://a.example',
      'https://{inviteType}.example.com/',
      'https://a.example\\@b.example/',
      'https://me@a.example/',
      'https://a.example/{id}',
      'javascript:x'
    ]) {
      expect([acceptUrl, problemOf({ pages: { acceptUrl } })]).toEqual([
        acceptUrl,
        expect.stringContaining('ACCEPT_URL: must')
      ])
    }
    for (const acceptUrl of [
      '',
      'https://a.example',
      'https://A.example:443?at={targetObjectId}',
      'https://a.example/{inviteType}?at={targetObjectId}#{spawnType}'
    ]) {
      expect([acceptUrl, problemOf({ pages: { acceptUrl } })]).toEqual([acceptUrl, ''])
    }
  })

  it('cannot start with a logo that cannot be read', () => {
    for (const file of ['/does/not/exist.svg', fileURLToPath(import.meta.url)]) {
      const config = loadConfig({ brand: { logoFile: file } })
      expect(() => assetServer(config)).toThrow('BRAND_LOGO_FILE: must be a file')
    }
  })
})

describe('the bundle', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bundle-'))
  const source = fileURLToPath(new URL('../src/pages/browser', import.meta.url))

  it('of a build is that of a checkout, with the same names', async () => {
    await writeBundle(source, directory)
    const built = JSON.parse(readFileSync(join(directory, 'bundle.json'), 'utf8')) as unknown
    expect(built).toEqual(await bundle())
  })

  it('has a module and a style sheet for each page, and nothing of the service', async () => {
    const { pages: files, files: contents, style } = await bundle()
    expect(Object.keys(files)).toEqual([...pageNames])
    for (const name of [...Object.values(files).flatMap(({ module, style }) => [module, style]), style]) {
      expect([name, (contents[name] ?? '').length > 50]).toEqual([name, true])
    }
    const all = Object.values(contents).join('\n')
    // None of these is in a page: the service's libraries, its SQL, addresses of other servers.
    expect(all).not.toMatch(/typebox|node:|insert into|select \* from|cdn\./i)
  })

  it('has the colours that the contrast of an operator’s colours is checked against', () => {
    const sheet = readFileSync(join(source, 'kit/style.css'), 'utf8')
    expect([...sheet.matchAll(/--card: (#\w+);/g)].map(([, color]) => color)).toEqual(['#ffffff', '#1c222c'])
  })
})
