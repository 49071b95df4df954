// The way that a new user goes after `npm start`: the three addresses that it prints, two browsers, one invite.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { complaintsBut, describeInBrowser } from './support/pages.js'
import { until } from './support/patience.js'
import { startProcess } from './support/processes.js'

const directory = mkdtempSync(join(tmpdir(), 'invite-journey-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describeInBrowser('a new user', ({ visit }) => {
  it('signs in, invites an address, reads the message, registers by its link, and sees the answer come by itself', async () => {
    const service = await startProcess({
      NODE_ENV: 'development',
      DEMO: 'on',
      PAGES_MAILBOX: 'on',
      // Embedded, whichever database the other tests run on: there is no demo on another.
      DATABASE_URL: '',
      DATA_DIRECTORY: directory
    })
    try {
      const printed = await until(() => /Start here:[^]*curl /.exec(service.log())?.[0], 'the text of the first start')
      const [inviterUrl, mailboxUrl, docsUrl] = printed.match(/http:\S+/g) ?? []
      expect([inviterUrl, mailboxUrl, docsUrl]).toEqual(
        ['/invites', '/dev/mailbox', '/docs'].map((path) => `${service.url}${path}`)
      )
      const [, email = '', password = ''] = /Ada +(\S+@\S+) +(\S+)/.exec(printed) ?? []
      const inviter = await visit()
      const invited = await visit({ scheme: 'dark' })
      const began = performance.now()

      await inviter.page.goto(inviterUrl ?? '')
      await inviter.page.getByLabel('E-mail address').fill(email)
      await inviter.page.getByLabel('Password').fill(password)
      await inviter.page.getByRole('button', { name: 'Sign in' }).click()
      await inviter.page.locator('.live-mark.live').waitFor()
      await inviter.page.getByRole('link', { name: 'New invite' }).click()
      await inviter.page.getByLabel('E-mail address').fill('zoe@example.com')
      await inviter.page.getByRole('button', { name: 'Send the invite' }).click()
      await inviter.page.getByRole('button', { name: 'Invite another person' }).waitFor()
      await inviter.page.getByRole('link', { name: 'Sent' }).click()
      const row = inviter.page.locator('tr.invite', { hasText: 'zoe@example.com' })
      await row.getByText('Pending').waitFor()

      await invited.page.goto(mailboxUrl ?? '')
      await invited.page.getByText('zoe@example.com').first().click()
      const opened = invited.context.waitForEvent('page')
      await invited.page.getByRole('link', { name: 'Open the link' }).click()
      const landing = await opened
      await landing.getByLabel('Your name').fill('Zoe')
      await landing.getByLabel('Password', { exact: true }).fill('a long password')
      await landing.getByRole('button', { name: 'Make an account and accept' }).click()
      await landing.getByRole('heading', { name: 'You and Ada are friends now' }).waitFor()

      // The test has not touched the first browser since: the socket brings the change.
      await inviter.page.locator('tr.invite', { hasText: 'Zoe' }).getByText('Accepted').waitFor()
      const seconds = (performance.now() - began) / 1000
      console.info(`journey: ${seconds.toFixed(1)} s from the first page to the answer in the inviter's list`)
      // Chromium does not give the sandboxed frame of a message an agent cluster of its own, and says so.
      expect([complaintsBut(inviter), complaintsBut(invited, /origin-keyed agent cluster/)]).toEqual([[], []])

      // The docs and the start page are where the text says.
      expect((await fetch(docsUrl ?? '')).status).toBe(200)
      const root = await fetch(`${service.url}/`, { redirect: 'manual' })
      expect([root.status, new URL(root.headers.get('location') ?? '', `${service.url}/`).href]).toEqual([
        302,
        inviterUrl
      ])
    } finally {
      await service.stop()
    }
  })
})
