// The page of the mailbox in a browser: a developer sees each message as it arrives, reads it, and follows its link.
import axe from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from './support/browser.js'
import { newAddress, person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer({ pages: { mailbox: true }, mailFile: '' })
const ada = await person(server, 'Ada')

describe.runIf(chromiumPath)('the page of the mailbox', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())

  const narrow = { viewport: { width: 320, height: 640 } }
  const row = (page: Page, recipient: string) => page.locator('.messages a', { hasText: recipient })

  /** The page in a fresh browser; `complaints` are what the browser writes to its console. */
  async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await browser.newContext(options)).newPage()
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${server.url}/dev/mailbox`)
    await page.getByText('Live', { exact: true }).waitFor()
    return { page, complaints }
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe.source)
    const found = await page.evaluate(
      `axe.run(document, { iframes: false }).then(({ violations }) => violations.map(({ id }) => id))`
    )
    return found as string[]
  }

  it('says what to do while it is empty, and shows what arrives without a reload', async () => {
    const { page, complaints } = await open()
    await page.getByRole('link', { name: 'Invite somebody' }).waitFor()
    expect(await violations(page)).toEqual([])
    const address = newAddress()
    await ada.inviteAddress({ token: address })
    await row(page, address).waitFor()
    expect(await row(page, address).textContent()).toMatch(/^New: /)
    await expect.poll(() => page.title()).toMatch(/^\(1\) Mailbox/)

    await row(page, address).click()
    await page.getByRole('heading', { name: 'Ada invites you to be friends' }).waitFor()
    await expect.poll(() => page.title()).toMatch(/^Mailbox/)
    await page.reload()
    await page.getByText(`to ${address}`).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('shows a message as HTML, text and source, and its links lead to the page of the invited person', async () => {
    const address = newAddress()
    const { id } = await ada.inviteAddress({ token: address })
    const { page, complaints } = await open()
    await row(page, address).click()
    const landing = new RegExp(`^${server.url}/i/${id}#passcode=[\\w-]+$`)
    const follow = async (click: () => Promise<void>) => {
      const [tab] = await Promise.all([page.waitForEvent('popup'), click()])
      await tab.waitForURL(landing)
      expect((await tab.content()).includes('id="app"')).toBe(true)
      await tab.close()
    }
    await follow(() => page.getByRole('link', { name: 'Open the link' }).click())
    const frame = page.frameLocator('iframe')
    await follow(() => frame.getByRole('link', { name: 'Open the invite' }).click())
    expect(
      await frame.locator('img').evaluate((image) => (image as { naturalWidth?: number }).naturalWidth)
    ).toBeGreaterThan(20)

    // The arrows lead from tab to tab.
    await page.getByRole('tab', { name: 'HTML' }).focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.getByRole('tabpanel').textContent()).toContain('Open the invite:')
    await follow(() => page.getByRole('tabpanel').getByRole('link').first().click())
    await page.keyboard.press('Tab')
    await page.getByRole('tab', { name: 'Text' }).focus()
    await page.keyboard.press('End')
    await expect.poll(() => page.getByRole('tabpanel').textContent()).toContain('MIME-Version: 1.0')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('finds the messages of a recipient', async () => {
    const [one, other] = [newAddress('one'), newAddress('other')]
    for (const token of [one, other]) await ada.inviteAddress({ token })
    const { page } = await open()
    await row(page, other).waitFor()
    await page.getByLabel('Search by recipient').fill(one.toUpperCase())
    await row(page, other).waitFor({ state: 'detached' })
    expect(await row(page, one).count()).toBe(1)
    await page.getByLabel('Search by recipient').fill('nobody at all')
    await page.getByText('No message to “nobody at all”.').waitFor()
    await page.context().close()
  })

  it('on a phone is the list, then the message, and goes back', async () => {
    const phone = `+4917099${String(Date.now()).slice(-5)}`
    await ada.inviteAddress({ token: phone, identityProviderType: 'sms' })
    const { page } = await open(narrow)
    const width = () => page.evaluate('document.documentElement.scrollWidth')
    await row(page, phone).waitFor()
    expect(await page.locator('article').count()).toBe(0)
    expect(await width()).toBe(320)
    await row(page, phone).focus()
    await page.keyboard.press('Enter')
    await page.getByText(`to ${phone}`).waitFor()
    expect(await row(page, phone).isVisible()).toBe(false)
    expect(await page.getByRole('tab').allTextContents()).toEqual(['Text', 'Source'])
    expect(await width()).toBe(320)
    await page.getByRole('link', { name: 'All messages' }).click()
    await row(page, phone).waitFor({ state: 'visible' })
    await page.goBack()
    await page.getByText(`to ${phone}`).waitFor()
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('has nothing that axe complains of, in a %s scheme', async (colorScheme) => {
    const address = newAddress()
    const endTime = new Date(Date.now() + 3_600_000).toISOString()
    await ada.inviteAddress({ token: address, timed: true, endTime })
    for (const size of [{ viewport: { width: 1280, height: 800 } }, narrow]) {
      const { page } = await open({ colorScheme, ...size })
      await row(page, address).waitFor()
      expect(await violations(page)).toEqual([])
      await row(page, address).click()
      await page.getByRole('link', { name: 'invite.ics' }).waitFor()
      for (const name of await page.getByRole('tab').allTextContents()) {
        await page.getByRole('tab', { name }).click()
        await page.locator('iframe, pre').waitFor()
        expect([name, await violations(page)]).toEqual([name, []])
      }
      await page.context().close()
    }
  })

  it('says when the service does not answer, and is live again by itself', async () => {
    const { page } = await open()
    await page.route('**/dev/mailbox/messages?*', (route) => route.abort())
    const state = page.locator('.live')
    await expect.poll(() => state.textContent()).toBe('The service does not answer')
    await page.unroute('**/dev/mailbox/messages?*')
    await expect.poll(() => state.textContent()).toBe('Live')
    await page.context().close()
  })
})
