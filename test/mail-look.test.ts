// How a mail looks: Chromium shows the HTML that arrived, in each language, on a narrow and on a wide screen, in the
// light and in the dark scheme. MAIL_SCREENSHOTS names a folder that gets the pictures.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { decodeQR } from 'qr/decode.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { locales } from '../src/words/catalogues.js'
import { Words } from '../src/words/words.js'
import { chromiumPath } from './support/browser.js'
import { startMailServer } from './support/mail-server.js'
import { until } from './support/patience.js'
import { person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const folder = process.env['MAIL_SCREENSHOTS']
const mails = await startMailServer()
afterAll(() => mails.close())
const server = await useServer({
  mailFile: '',
  mail: { smtpUrl: mails.url, from: 'Invites <invites@example.com>' },
  publicUrl: 'https://invites.example.com',
  defaultLocale: 'en'
})

/** Relative luminance and contrast (WCAG 2), in the page. */
const contrasts = `(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number)
  const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  const luminance = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(at).backgroundColor)
      if (a > 0) return [r, g, b]
    }
    return [255, 255, 255]
  }
  return [...document.querySelectorAll('h1, p, a')]
    .filter((element) => element.innerText.trim() !== '')
    .map((element) => {
      const [one, other] = [luminance(rgb(getComputedStyle(element).color)), luminance(ground(element))]
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
      return { text: element.innerText.slice(0, 40), contrast }
    })
})()`

const widths = [320, 600]
const schemes = ['light', 'dark'] as const

/** Shows the HTML, checks what must hold for each mail, and returns how many times it was shown. */
async function look(page: Page, name: string, html: string, link: string, direction: string): Promise<number> {
  let shown = 0
  for (const width of widths) {
    for (const colorScheme of schemes) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.setContent(html)
      if (folder) {
        const path = join(folder, `${name}-${width}-${colorScheme}.png`)
        await page.screenshot({ path, fullPage: true })
      }
      const at = `${name} ${width} ${colorScheme}`
      const sideways = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect([at, sideways]).toEqual([at, 0])
      const links = page.locator(`a[href="${link}"]`)
      expect(await links.count()).toBe(2)
      for (const one of await links.all()) {
        expect(await one.isVisible()).toBe(true)
        const box = await one.boundingBox()
        expect([at, box !== null && box.x >= 0 && box.x + box.width <= width]).toEqual([at, true])
      }
      // The link in full, whole.
      expect(await links.nth(1).innerText()).toBe(link)
      const picture = await page.evaluate('document.images[0].naturalWidth > 0')
      expect([at, picture]).toEqual([at, true])
      expect(await page.locator('html').getAttribute('dir')).toBe(direction)
      const seen = (await page.evaluate(contrasts)) as { text: string; contrast: number }[]
      expect(seen.length).toBeGreaterThan(6)
      expect([at, seen.filter(({ contrast }) => contrast < 4.5)]).toEqual([at, []])
      expect(await page.evaluate('getComputedStyle(document.querySelector("h1")).textAlign')).toBe(
        direction === 'rtl' ? 'right' : 'left'
      )
      shown += 1
    }
  }
  return shown
}

/** The points of the picture of the code, as the page shows them. */
const pointsOfCode = `(() => {
  const [picture] = document.images
  const canvas = document.createElement('canvas')
  canvas.width = picture.naturalWidth
  canvas.height = picture.naturalHeight
  const context = canvas.getContext('2d')
  context.drawImage(picture, 0, 0)
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height)
  return { data: [...data], width, height, shown: picture.width }
})()`

/** Invites an address into a new channel, and returns the mail that arrives. */
async function inviteTo(inviter: Person, channelName: string, more: object) {
  const { id: targetObjectId } = await inviter.channel(channelName)
  const { token } = await inviter.inviteAddress({ inviteType: 'channel', targetObjectId, ...more })
  return (await mails.mailTo(token ?? '')).parsed
}

const window = { timed: true, startTime: '2098-01-31T08:05:00Z', endTime: '2098-12-01T00:00:00Z' }

/** The link of the invite in a text. */
const linkIn = (text: string) => /https:\/\/invites\.example\.com\/i\/\S+/.exec(text)?.[0] ?? ''

if (chromiumPath === undefined) {
  it('how a mail looks is skipped: no Chromium', () => expect(chromiumPath).toBeUndefined())
} else {
  describe('a mail in Chromium', () => {
    let browser: Browser
    let page: Page
    beforeAll(async () => {
      if (folder) mkdirSync(folder, { recursive: true })
      // As root, Chromium starts only without its sandbox. The pages are ours.
      browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
      page = await browser.newPage()
    })
    afterAll(() => browser?.close())

    it.each(locales)('is readable on each screen in %s', async (locale) => {
      const words = Words.in([locale])
      const inviter = await person(server, 'Ada Lovelace')
      const parsed = await inviteTo(inviter, 'Garden club', { locale })
      const html = parsed.html || ''
      expect(await look(page, `invite-${locale}`, html, linkIn(parsed.text ?? ''), words.direction)).toBe(4)
    })

    it('has a code that leads to the link, two points of the picture for each that is shown', async () => {
      const inviter = await person(server, 'Ada')
      const { token } = await inviter.inviteAddress()
      const { parsed } = await mails.mailTo(token ?? '')
      await page.setContent(parsed.html || '')
      const code = (await page.evaluate(pointsOfCode)) as {
        data: number[]
        width: number
        height: number
        shown: number
      }
      const { data, width, height, shown } = code
      expect([shown * 2, height]).toEqual([width, width])
      expect(decodeQR({ data: Uint8ClampedArray.from(data), width, height })).toBe(linkIn(parsed.text ?? ''))
    })

    it.each([
      ['en', 'W'.repeat(100), 'محمد بن عبد الرحمن الخوارزمي', {}],
      ['ar', '山田 太郎', 'The channel of all the people who like long names and tell everybody about them', {}],
      ['de', 'Donaudampfschifffahrtsgesellschaftskapitänsmützenträgerverein', '"; <b>&amp;\'', window]
    ])('is readable with long and foreign names, in %s', async (locale, name, target, more) => {
      const inviter = await person(server)
      await inviter.must('PATCH', `/user/${inviter.id}`, { name })
      const parsed = await inviteTo(inviter, target, { locale, ...more })
      const { direction } = Words.in([locale])
      expect(await look(page, `names-${locale}`, parsed.html || '', linkIn(parsed.text ?? ''), direction)).toBe(4)
    })

    it.each(locales)('about an account is readable on each screen in %s', async (locale) => {
      const ada = await person(server, 'Ada')
      await ada.must('PATCH', `/user/${ada.id}`, { locale })
      const { direction } = Words.in([locale])
      const asks = {
        verify: () => ada.must('POST', '/user/verify', {}),
        reset: () => ada.must('POST', '/password-reset', { email: ada.email })
      }
      for (const [purpose, ask] of Object.entries(asks)) {
        await ask()
        const pattern = new RegExp(`https://invites\\.example\\.com/${purpose}#token=[\\w-]+`)
        const mail = await until(
          () => mails.received.find(({ to, parsed }) => to.includes(ada.email) && pattern.test(parsed.text ?? '')),
          purpose
        )
        const [link = ''] = pattern.exec(mail.parsed.text ?? '') ?? []
        expect(await look(page, `${purpose}-${locale}`, mail.parsed.html || '', link, direction)).toBe(4)
      }
    })
  })
}
