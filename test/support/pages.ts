// The pages of this service in Chromium: contexts that collect what a browser complains of, and axe.
import axeCore from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page, type Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from './browser.js'

interface Look {
  scheme?: 'light' | 'dark'
  /** Of the browser: it asks for pages in this language. */
  locale?: string
  width?: number
  height?: number
  timezone?: string
  javaScript?: boolean
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** Each line that the browser wrote into its console, and each error of a script. */
  complaints: string[]
  /** Every request of the page. */
  requests: Request[]
}

export interface Visits {
  /** A new context with one empty page; it is closed after the tests of the file. */
  visit: (look?: Look) => Promise<Visit>
  browser: () => Browser
}

/** `describe` with one Chromium for its tests; where there is none, a test says that they are skipped. */
export function describeInBrowser(title: string, tests: (visits: Visits) => void): void {
  if (chromiumPath === undefined) {
    it(`${title} is skipped: no Chromium`, () => expect(chromiumPath).toBeUndefined())
    return
  }
  describe.each([title])('%s', () => {
    let browser: Browser
    beforeAll(async () => {
      // As root, Chromium starts only without its sandbox. The pages are ours.
      browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] })
    })
    afterAll(() => browser?.close())
    tests({ browser: () => browser, visit: (look) => visitWith(browser, look) })
  })
}

async function visitWith(browser: Browser, look: Look = {}): Promise<Visit> {
  const { scheme = 'light', locale = 'en', width = 1280, height = 900, timezone = 'UTC', javaScript = true } = look
  const context = await browser.newContext({
    colorScheme: scheme,
    locale,
    timezoneId: timezone,
    viewport: { width, height },
    javaScriptEnabled: javaScript
  })
  // A machine that is busy with other tests fails none by that.
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: Request[] = []
  page.on('console', (line) => complaints.push(`${line.type()}: ${line.text()}`))
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`))
  page.on('request', (request) => requests.push(request))
  return { page, context, complaints, requests }
}

/**
 * A browser writes each answer of 400 and more, each failed request, and advice into its console: those are no complaints.
 */
export const complaintsBut = ({ complaints }: Visit, ...known: RegExp[]) =>
  complaints.filter(
    (line) => ![/Failed to load resource/, /^verbose: /, ...known].some((pattern) => pattern.test(line))
  )

interface Violation {
  id: string
  help: string
  nodes: { html: string; failureSummary: string }[]
}

/** The violations that axe finds in the page as it is now. */
export async function axe(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's Content-Security-Policy does not bind; a script tag would be refused.
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(axeCore.source)
  const violations: Violation[] = await page.evaluate('axe.run(document).then(({ violations }) => violations)')
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`
  )
}

/** By how many pixels the page is wider than the window. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth')
