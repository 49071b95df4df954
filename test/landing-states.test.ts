// Every state of the page of an invited person: what it says, in light and dark, on a phone and from right to left, with
// axe. LANDING_SCREENSHOTS names a folder that gets the pictures.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { axe, complaintsBut, describeInBrowser, sideways, type Visit } from './support/pages.js'
import { bearer, expire, linkOf, mailed, openIn, signedInAs } from './support/landing.js'
import { person } from './support/people.js'
import { useServer } from './support/server.js'
import { verifyAddress } from './support/verify.js'

const folder = process.env['LANDING_SCREENSHOTS']
if (folder) mkdirSync(folder, { recursive: true })
const server = await useServer({ pages: { acceptUrl: 'https://app.example.com/join/{inviteType}/{targetObjectId}' } })

type Reach = (visit: Visit, go: (link: string) => Promise<unknown>) => Promise<unknown>

const ada = () => person(server, 'Ada Lovelace')
const hugo = () => person(server, 'Hugo')
const primary = (page: Page) => page.locator('.button.primary').click()
const fill = async (page: Page, texts: Record<string, string>) => {
  for (const [name, text] of Object.entries(texts)) await page.fill(`[name=${name}]`, text)
}

const wrongLink = (id: string) => linkOf(server, id, 'x'.repeat(32))
const noInvite = '01890000-0000-7000-8000-000000000000'

/** The states by name: how each is reached, and the heading in English. */
const states: Record<string, [reach: Reach, heading: RegExp]> = {
  'pending-email': [
    async (_, go) => go((await mailed(server, await ada())).link),
    /^Ada Lovelace invites you to the channel “Garden club”$/
  ],
  'pending-phone': [
    async (_, go) =>
      go((await mailed(server, await ada(), { token: '+491701234567', identityProviderType: 'sms' })).link),
    /Garden club/
  ],
  'pending-link': [async (_, go) => go((await bearer(server, await ada())).link), /Garden club/],
  'pending-long-names': [
    async (_, go) => {
      const inviter = await person(server, 'Donaudampfschifffahrtsgesellschaftskapitänsmützenträgerverein')
      const { id: targetObjectId } = await inviter.channel('محمد بن عبد الرحمن الخوارزمي '.repeat(2).trim())
      return go((await bearer(server, inviter, { targetObjectId })).link)
    },
    /Donau/
  ],
  'form-faults': [
    async ({ page }, go) => {
      await go((await bearer(server, await ada())).link)
      await primary(page)
      await page.waitForSelector('.problem')
    },
    /Garden club/
  ],
  'form-taken': [
    async ({ page }, go) => {
      await go((await bearer(server, await ada())).link)
      await fill(page, { name: 'Hugo', email: (await hugo()).email, password: 'a long password' })
      await primary(page)
      await page.waitForSelector('.notice')
    },
    /Garden club/
  ],
  'form-away': [
    async ({ page }, go) => {
      await go((await bearer(server, await ada())).link)
      await fill(page, { name: 'Hugo', email: 'hugo@example.com', password: 'a long password' })
      await page.route('**/accept', (route) => route.abort())
      await primary(page)
      await page.waitForSelector('.notice')
    },
    /Garden club/
  ],
  'sign-in': [
    async ({ page }, go) => {
      await go((await mailed(server, await ada())).link)
      await page.locator('.others button').first().click()
    },
    /Garden club/
  ],
  'sign-in-must': [
    async (_, go) => {
      const owner = await hugo()
      await verifyAddress(server, owner)
      await go((await mailed(server, await ada(), { token: owner.email })).link)
    },
    /Garden club/
  ],
  'decline-question': [
    async ({ page }, go) => {
      await go((await mailed(server, await ada())).link)
      await page.locator('.button.plain').last().click()
      await page.waitForSelector('.ask')
    },
    /Garden club/
  ],
  member: [
    async (visit, go) => {
      await signedInAs(visit, await hugo())
      await go((await bearer(server, await ada())).link)
    },
    /Garden club/
  ],
  'member-by-account': [
    async (visit, go) => {
      const invitee = await hugo()
      await signedInAs(visit, invitee)
      const { id } = await (await ada()).inviteToChannel(invitee)
      await go(`${server.url}/i/${id}`)
    },
    /Ada Lovelace invites you to the channel/
  ],
  'other-account': [
    async (visit, go) => {
      await signedInAs(visit, await hugo())
      await go((await mailed(server, await ada())).link)
    },
    /Garden club/
  ],
  'has-account': [
    async (visit, go) => {
      await signedInAs(visit, await hugo())
      await go((await bearer(server, await ada(), { inviteType: 'new-user', targetObjectId: null })).link)
    },
    /make an account/
  ],
  own: [
    async (visit, go) => {
      const inviter = await ada()
      await signedInAs(visit, inviter)
      await go((await bearer(server, inviter)).link)
    },
    /Garden club/
  ],
  early: [
    async (_, go) => {
      const { invite, link } = await bearer(server, await ada(), { timed: true, endTime: '2098-01-31T08:05:00Z' })
      await openIn(server, invite.id, 3 * 3600 + 60)
      await go(link)
    },
    /Garden club/
  ],
  expired: [
    async (_, go) => {
      const { invite, link } = await mailed(server, await ada())
      await expire(server, invite.id)
      await go(link)
    },
    /^This invite has expired$/
  ],
  asked: [
    async ({ page }, go) => {
      const { invite, link } = await mailed(server, await ada())
      await expire(server, invite.id)
      await go(link)
      await primary(page)
      await page.waitForSelector('.notice.good')
    },
    /expired/
  ],
  'asked-again': [
    async ({ page }, go) => {
      const { invite, link } = await mailed(server, await ada())
      await expire(server, invite.id)
      await go(link)
      await primary(page)
      await page.waitForSelector('.notice.good')
      await page.reload()
      await primary(page)
      await page.waitForSelector('.notice.good')
    },
    /expired/
  ],
  revoked: [
    async (_, go) => {
      const inviter = await ada()
      const { invite, link } = await mailed(server, inviter)
      await inviter.must('DELETE', `/invite/${invite.id}`)
      await go(link)
    },
    /^This invite was taken back$/
  ],
  gone: [
    async (_, go) => {
      const { invite, link, passcode } = await mailed(server, await ada())
      await fetch(`${server.url}/invite/${invite.id}/decline`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ passcode })
      })
      await go(link)
    },
    /^This invite was declined$/
  ],
  used: [
    async (_, go) => {
      const { invite, link } = await bearer(server, await ada())
      await (await hugo()).accept(invite.id, { passcode: invite.passcode })
      await go(link)
    },
    /^This invite was used already$/
  ],
  'used-by-me': [
    async (visit, go) => {
      const { invite, link } = await bearer(server, await ada())
      const accepter = await hugo()
      await accepter.accept(invite.id, { passcode: invite.passcode })
      await signedInAs(visit, accepter)
      await go(link)
    },
    /used already/
  ],
  'used-by-another': [
    async (visit, go) => {
      const { invite, link } = await bearer(server, await ada())
      await (await hugo()).accept(invite.id, { passcode: invite.passcode })
      await signedInAs(visit, await hugo())
      await go(link)
      await primary(visit.page)
      await visit.page.waitForSelector('.notice.bad')
    },
    /used already/
  ],
  incomplete: [(_, go) => go(`${server.url}/i/${noInvite}`), /^This link is not complete$/],
  'incomplete-signed-in': [
    async (visit, go) => {
      await signedInAs(visit, await hugo())
      await go(`${server.url}/i/${noInvite}`)
    },
    /not complete/
  ],
  wrong: [async (_, go) => go(wrongLink((await mailed(server, await ada())).invite.id)), /^This link does not work$/],
  limited: [
    async ({ page }, go) => {
      const { invite } = await mailed(server, await ada())
      for (let wrong = 0; wrong < 5; wrong += 1) {
        await fetch(`${server.url}/invite/${invite.id}/preview`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ passcode: `wrong${wrong}` })
        })
      }
      await go(wrongLink(invite.id))
      await page.waitForSelector('[role=timer]')
    },
    /^Too many attempts$/
  ],
  away: [
    async ({ page }, go) => {
      await page.route('**/preview', (route) => route.abort())
      await go((await mailed(server, await ada())).link)
      await page.waitForSelector('[role=timer]')
    },
    /^Your invitation$/
  ],
  accepted: [
    async (visit, go) => {
      await signedInAs(visit, await hugo())
      await go((await bearer(server, await ada())).link)
      await primary(visit.page)
      await visit.page.waitForSelector('a.button')
    },
    /^You are in: Garden club$/
  ],
  'accepted-new-user': [
    async ({ page }, go) => {
      await go((await mailed(server, await ada(), { inviteType: 'new-user', targetObjectId: null })).link)
      await fill(page, { name: 'Grace Hopper', password: 'a long password' })
      await primary(page)
      await page.waitForSelector('a.button')
    },
    /^Your account is ready$/
  ],
  declined: [
    async ({ page }, go) => {
      await go((await mailed(server, await ada())).link)
      await page.locator('.button.plain').last().click()
      await page.locator('.button.danger').click()
      await page.waitForSelector('.ask', { state: 'detached' })
    },
    /^You have declined the invite$/
  ]
}

async function judge(visit: Visit, name: string, look: string) {
  const { page } = visit
  const where = `${name} ${look}`
  if (folder) await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
  expect([where, await sideways(page)]).toEqual([where, 0])
  expect([where, await axe(page)]).toEqual([where, []])
}

describeInBrowser('each state of the page of an invited person', ({ visit }) => {
  it.each(Object.entries(states))('%s', async (name, [reach, heading]) => {
    const opened = async (locale: string, width: number) => {
      const visited = await visit({ locale, width, timezone: 'Europe/Berlin' })
      await reach(visited, async (link) => {
        await visited.page.goto(link)
        await visited.page.waitForSelector('main:not(:has(.waiting)) h1')
      })
      return visited
    }
    const english = await opened('en', 1280)
    await expect.poll(() => english.page.locator('h1').innerText()).toMatch(heading)
    // The heading has the focus, or a field that is wrong: a screen reader begins there.
    await judge(english, name, 'light')
    await english.page.emulateMedia({ colorScheme: 'dark' })
    await english.page.setViewportSize({ width: 320, height: 800 })
    await judge(english, name, 'dark-320')
    expect(complaintsBut(english)).toEqual([])
    await english.context.close()

    const arabic = await opened('ar', 320)
    expect(await arabic.page.locator('html').getAttribute('dir')).toBe('rtl')
    await judge(arabic, name, 'ar')
    expect(complaintsBut(arabic)).toEqual([])
    await arabic.context.close()
    if (folder && ['pending-email', 'accepted', 'wrong'].includes(name)) {
      const japanese = await opened('ja', 320)
      await judge(japanese, name, 'ja')
      await japanese.context.close()
    }
  })
})
