// The pages of mailed links: an address is confirmed, and a password replaced, by a button and never by opening the page.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { axe, complaintsBut, describeInBrowser, sideways, type Visit } from './support/pages.js'
import { heading, signedInAs } from './support/landing.js'
import { until } from './support/patience.js'
import { call, person, signIn, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const folder = process.env['LANDING_SCREENSHOTS']
if (folder) mkdirSync(folder, { recursive: true })
const server = await useServer()
const { db } = server

/** The newest link of a purpose in the messages to a person; `not` is an old one. */
const mailedLink = (to: Person, purpose: 'verify' | 'reset', not = '') =>
  until(() => {
    const letters = server
      .mail()
      .split('\nTo: ')
      .filter((letter) => letter.startsWith(to.email))
    const links = letters.flatMap((letter) => letter.match(new RegExp(`http\\S+/${purpose}#token=[\\w-]+`)) ?? [])
    return links.findLast((link) => link !== not)
  }, `the link to ${purpose}`)

const isVerified = async ({ email }: Person) =>
  (await db('identity_providers').where({ token: email }))[0].verified as boolean
const button = (page: Page, name: string) => page.getByRole('button', { name })
async function headed(page: Page, text: string): Promise<void> {
  await expect.poll(() => heading(page).innerText()).toBe(text)
}

async function judged(visited: Visit, name: string): Promise<void> {
  const { page } = visited
  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 320]
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width, height: 800 })
    if (folder) await page.screenshot({ path: join(folder, `${name}-${scheme}-${width}.png`), fullPage: true })
    expect([name, scheme, await sideways(page), await axe(page)]).toEqual([name, scheme, 0, []])
  }
  expect(complaintsBut(visited)).toEqual([])
}

const asks = {
  verify: (ada: Person) => ada.must('POST', '/user/verify', {}),
  reset: (ada: Person) => ada.must('POST', '/password-reset', { email: ada.email })
}

describeInBrowser('the page of a mailed link', ({ visit }) => {
  it('confirms an address by its button, and not by being opened', async () => {
    const ada = await person(server, 'Ada')
    await asks.verify(ada)
    const link = await mailedLink(ada, 'verify')
    await fetch(link)
    const visited = await visit()
    const { page, requests } = visited
    await page.goto(link)
    await headed(page, 'Confirm your e-mail address')
    await judged(visited, 'verify')
    expect(await isVerified(ada)).toBe(false)
    await button(page, 'Confirm the address').dblclick()
    await headed(page, 'Your address is confirmed')
    await judged(visited, 'verify-done')
    expect(await isVerified(ada)).toBe(true)
    expect(page.url()).toBe(`${server.url}/verify`)
    const token = link.slice(link.indexOf('=') + 1)
    expect(requests.filter((request) => request.url().includes(token))).toEqual([])
  })

  it('sends a new link for one that was used or replaced, to a person who signs in', async () => {
    const ada = await person(server, 'Ada')
    await asks.verify(ada)
    const old = await mailedLink(ada, 'verify')
    await asks.verify(ada)
    const second = await mailedLink(ada, 'verify', old)
    const visited = await visit()
    const { page } = visited
    await page.goto(old)
    await button(page, 'Confirm the address').click()
    await headed(page, 'This link works no more')
    await judged(visited, 'verify-ended')
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password', { exact: true }).fill(ada.password)
    await button(page, 'Sign in').click()
    await button(page, 'Send a new link').click()
    await page.getByText('A new link is on its way').waitFor()
    await judged(visited, 'verify-sent')
    const third = await until(async () => {
      const link = await mailedLink(ada, 'verify', old)
      return link !== second && link
    }, 'a third link')
    await page.goto(third)
    await button(page, 'Confirm the address').click()
    await headed(page, 'Your address is confirmed')
    expect(await isVerified(ada)).toBe(true)
  })

  it('sets a new password, and ends the session of this browser too', async () => {
    const ada = await person(server, 'Ada')
    await asks.reset(ada)
    const link = await mailedLink(ada, 'reset')
    const visited = await visit()
    const { page } = visited
    await signedInAs(visited, ada)
    await page.goto(link)
    await page.getByLabel('New password').fill('short')
    await button(page, 'Save the password').click()
    expect(await page.locator('.problem').innerText()).toBe('Choose a password of 8 to 256 characters.')
    await judged(visited, 'reset')
    await page.getByLabel('Show the password').check()
    await page.getByLabel('New password').fill('a new password')
    expect(await page.getByLabel('New password').getAttribute('type')).toBe('text')
    await page.keyboard.press('Enter')
    await headed(page, 'Your new password is saved')
    await judged(visited, 'reset-done')
    expect(await page.evaluate('localStorage.length')).toBe(0)
    expect(await page.getByRole('link', { name: 'Go on to your invites' }).getAttribute('href')).toBe(
      `${server.url}/invites`
    )
    expect((await signIn(server, ada.email, 'a new password')).id).toBe(ada.id)
    expect((await ada.call('GET', `/user/${ada.id}`)).status).toBe(401)

    await page.goto('about:blank')
    await page.goto(link)
    await page.getByLabel('New password').fill('another password')
    await button(page, 'Save the password').click()
    await headed(page, 'This link works no more')
    await page.getByLabel('E-mail address').fill(ada.email)
    await button(page, 'Send a new link').click()
    await page.getByText('is on its way').waitFor()
    await judged(visited, 'reset-ended')
    await mailedLink(ada, 'reset', link)
  })

  it('says when the link is cut off, in the language of its reader', async () => {
    const visited = await visit({ locale: 'ar' })
    for (const path of ['/verify', '/reset#token=', '/verify#x']) {
      await visited.page.goto('about:blank')
      await visited.page.goto(`${server.url}${path}`)
      await headed(visited.page, 'هذا الرابط غير كامل')
    }
    await judged(visited, 'account-incomplete-ar')
    expect(await visited.page.locator('button').count()).toBe(0)
  })

  it('says that the service is away, and goes on by another click', async () => {
    const ada = await person(server, 'Ada')
    await asks.verify(ada)
    const { page, context } = await visit()
    await page.goto(await mailedLink(ada, 'verify'))
    await context.setOffline(true)
    await button(page, 'Confirm the address').click()
    await page.getByText('The service does not answer just now.').waitFor()
    await context.setOffline(false)
    await button(page, 'Confirm the address').click()
    await headed(page, 'Your address is confirmed')
    expect((await call(server, 'POST', '/verify')).status).toBe(405)
  })
})
