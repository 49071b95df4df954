// Enough is enough: the recipient of an invitation stops them, from one inviter or from all, and takes that back.
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { stopToken } from '../src/services/invite/delivery/stop-token.js'
import { hashAddress } from '../src/services/invite/delivery/stop-list.js'
import { newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { messagesTo, post, stopUrlFor } from './support/stops.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer({ rateLimitFactor: 100 })
const { db } = server
const oneClick = 'List-Unsubscribe=One-Click'
const to = (token: string) => ({ inviteType: 'friend', token, identityProviderType: 'email' })
const fate = async (who: Person, { id }: Invite) => {
  const { delivery } = await who.must<Invite>('GET', `/invite/${id}`)
  return [delivery?.status, delivery?.reason]
}
const historyOf = async (who: Person, { id }: Invite) =>
  (await who.must('GET', `/invite/${id}/history`)).map(({ action }: { action: string }) => action)

/** An invitation that has arrived: who sent it, where, and the link in it. */
async function invited(name = 'Ada') {
  const ada = await person(server, name)
  const address = newAddress()
  const invite = await ada.invite(to(address))
  return { ada, address, invite, url: await stopUrlFor(server, address) }
}
const rowsOf = (address: string) => db('mail_stops').where({ address: hashAddress(address) })

describe('the link in a message', () => {
  it('stops all invitations with one click, and each inviter learns why', async () => {
    const { ada, address, url } = await invited()
    const bob = await person(server, 'Bob')
    expect((await post(url, oneClick)).status).toBe(200)
    const theirs = await bob.invite(to(address))
    await expect.poll(() => fate(bob, theirs)).toEqual(['failed', 'suppressed'])
    expect(await historyOf(bob, theirs)).toEqual(['created', 'suppressed'])
    const mine = await ada.invite({ ...to(address), inviteType: 'new-user' })
    await expect.poll(() => fate(ada, mine)).toEqual(['failed', 'suppressed'])
    expect(messagesTo(server, address)).toBe(1)
    expect(await rowsOf(address)).toMatchObject([{ inviterId: null, medium: 'email', reason: 'unsubscribed' }])
  })

  it('takes the one click as a multipart form as well', async () => {
    const { address, url } = await invited()
    const body = new FormData()
    body.set('List-Unsubscribe', 'One-Click')
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
    expect(await rowsOf(address)).toHaveLength(1)
  })

  it('stops those of one inviter alone, and is undone: a message that is sent again arrives', async () => {
    const { ada, address, url } = await invited()
    const bob = await person(server, 'Bob')
    expect((await post(url, 'stop=inviter')).text).toContain('no more invitations from Ada')
    const stopped = await ada.invite({ ...to(address), inviteType: 'new-user' })
    await expect.poll(() => fate(ada, stopped)).toEqual(['failed', 'suppressed'])
    const other = await bob.invite(to(address))
    await expect.poll(() => fate(bob, other)).toEqual(['sent', null])
    expect(await rowsOf(address)).toMatchObject([{ inviterId: ada.id }])

    expect((await post(url, 'stop=none')).status).toBe(200)
    expect(await rowsOf(address)).toEqual([])
    await ada.must('POST', `/invite/${stopped.id}/resend`, {})
    await expect.poll(() => fate(ada, stopped)).toEqual(['sent', null])
    expect(messagesTo(server, address)).toBe(3)
  })

  it('does the same when it is done twice, and takes back what a report did', async () => {
    const { address, url } = await invited()
    for (const form of ['stop=all', oneClick, 'stop=inviter', 'stop=inviter']) {
      expect((await post(url, form)).status).toBe(200)
    }
    expect(await rowsOf(address)).toHaveLength(2)
    await db('mail_stops')
      .update({ reason: 'bounced' })
      .where({ address: hashAddress(address), inviterId: null })
    expect((await post(url, 'stop=none')).status).toBe(200)
    expect(await rowsOf(address)).toEqual([])
  })

  it('changes nothing when it is read, however it is read', async () => {
    const { address, url } = await invited()
    for (const method of ['GET', 'HEAD']) {
      const reply = await fetch(url, { method })
      expect([method, reply.status, (await reply.text()) === '']).toEqual([method, 200, method === 'HEAD'])
    }
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const reply = await fetch(url, { method })
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD'])
    }
    expect(await rowsOf(address)).toEqual([])
  })

  it('does not work when a character is another one, and does not say which', async () => {
    const { ada, address, url } = await invited()
    const token = url.slice(url.lastIndexOf('/') + 1)
    const foreign = stopToken(Buffer.alloc(32), { medium: 'email', inviterId: ada.id, address: hashAddress(address) })
    const at = (n: number) => `${token.slice(0, n)}${token[n] === 'A' ? 'B' : 'A'}${token.slice(n + 1)}`
    const pages = new Set<string>()
    for (const bad of [at(0), at(5), at(40), at(87), foreign, token.slice(1), `${token}x`, 'x']) {
      const reply = await post(`${server.url}/unsubscribe/${bad}`, oneClick)
      expect([bad, reply.status]).toEqual([bad, 404])
      pages.add(reply.text)
    }
    expect(pages.size).toBe(1)
    expect(await rowsOf(address)).toEqual([])
  })

  it('does not have the address in it', async () => {
    const { address, url } = await invited()
    const bytes = Buffer.from(url.slice(url.lastIndexOf('/') + 1), 'base64url').toString('latin1')
    expect(bytes).not.toContain(address.split('@')[0])
    expect(url.startsWith(`${server.url}/unsubscribe/`)).toBe(true)
  })

  it('takes small forms of its own fields only', async () => {
    const { address, url } = await invited()
    expect((await post(url, '{}', { 'content-type': 'application/json' })).status).toBe(415)
    expect((await post(url, `${oneClick}&x=${'x'.repeat(3000)}`)).status).toBe(413)
    for (const form of [
      '',
      'stop=',
      'stop=everything',
      'List-Unsubscribe=Two-Clicks',
      'stop=x&List-Unsubscribe=One-Click'
    ]) {
      expect([form, (await post(url, form)).status]).toEqual([form, 400])
    }
    expect((await post(url, 'no form', { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(400)
    expect(await rowsOf(address)).toEqual([])
  })

  it('outlives the inviter: what is theirs is gone, and all can still be stopped', async () => {
    const { ada, address, url } = await invited()
    await post(url, 'stop=inviter')
    await db('users').where({ id: ada.id }).delete()
    expect(await rowsOf(address)).toEqual([])
    expect((await post(url, 'stop=inviter')).status).toBe(200)
    expect(await rowsOf(address)).toEqual([])
    expect((await post(url, 'stop=all')).status).toBe(200)
    expect(await rowsOf(address)).toHaveLength(1)
  })
})

describe('a block and a stop', () => {
  it('do not show through each other: a block looks like success, and a stop like a stop', async () => {
    const [ada, owner] = [await person(server, 'Ada'), await person(server, 'Owner')]
    await verifyAddress(server, owner)
    // A second address of the same account.
    const second = newAddress()
    await db('identity_providers').insert({
      ...(await db('identity_providers').where({ userId: owner.id }).first()),
      id: crypto.randomUUID(),
      token: second
    })
    server.app.get('callers').forget(owner.id)
    const first = await ada.invite(to(owner.email))
    const url = await stopUrlFor(server, owner.email)
    await owner.must('POST', '/user-relationship', { relatedUserId: ada.id, userRelationshipType: 'blocking' })
    const invite = await ada.invite(to(second))
    await expect.poll(() => fate(ada, invite)).toEqual(['sent', null])
    expect(await historyOf(ada, invite)).toEqual(['created', 'delivered'])
    expect(messagesTo(server, second)).toBe(0)
    expect((await owner.must('GET', '/invite?action=received')).data).toEqual([])
    for (const { id } of [first, invite]) expect((await owner.call('GET', `/invite/${id}`)).status).toBe(404)

    await post(url, 'stop=inviter')
    await ada.must('POST', `/invite/${first.id}/resend`, {})
    await expect.poll(() => fate(ada, first)).toEqual(['failed', 'suppressed'])
    expect(messagesTo(server, owner.email)).toBe(1)
  })
})

describe('the page', () => {
  it('loads its style and nothing else, runs nothing, is kept by nobody, and speaks the language of its reader', async () => {
    const { url } = await invited('Eve <b>www.example.com</b>')
    const page = await fetch(url, { headers: { 'accept-language': 'ar-EG, en;q=0.5' } })
    const text = await page.text()
    expect(text).toMatch(/^<!doctype html>\n<html lang="ar" dir="rtl">/)
    expect(text).not.toMatch(/<b>|www\.example\.com|https?:|<script| src=| style=/)
    expect(text.match(/ href="[^"]*"/g)).toEqual([
      ' href="data:,"',
      expect.stringMatching(/^ href="\.\.\/assets\/style-\w+\.css"$/)
    ])
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(
      /^default-src 'none';style-src 'self';img-src 'self' data:;form-action 'self';frame-ancestors 'none'/
    )
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('x-robots-tag')).toBe('noindex')
    expect(page.headers.get('content-language')).toBe('ar')
  })
})

const browserPath = '/usr/bin/chromium'
const hasBrowser = existsSync(browserPath)
if (!hasBrowser) console.info(`stops.test.ts: the page in a browser is skipped, there is no ${browserPath}`)

describe.runIf(hasBrowser)('the page in a browser without JavaScript', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  }, 60_000)
  afterAll(() => browser.close())

  it.each([
    [320, 'light'],
    [1280, 'dark']
  ] as const)(
    'stops and starts again at a width of %i, %s',
    async (width, colorScheme) => {
      const { address, url } = await invited('Donaudampfschifffahrtsgesellschaftskapitaenin')
      const context = await browser.newContext({
        javaScriptEnabled: false,
        colorScheme,
        locale: 'en',
        viewport: { width, height: 700 }
      })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (line) => complaints.push(line.text()))
      await page.goto(url)
      const steps = [
        [/Those from/, 1, /no more invitations from/],
        [/Stop all/, 2, /no more invitations at this address/],
        [/again/, 0, /You get invitations at this address again/]
      ] as const
      for (const [button, rows, state] of steps) {
        await page.getByRole('button', { name: button }).click()
        expect(await page.getByRole('status').textContent()).toMatch(state)
        expect(await rowsOf(address)).toHaveLength(rows)
        const box = await page.locator('main').boundingBox()
        expect(box && box.x + box.width).toBeLessThanOrEqual(width)
        for (const one of await page.getByRole('button').all()) {
          expect((await one.boundingBox())?.height).toBeGreaterThanOrEqual(44)
        }
      }
      // The style is there: its hash is in the policy.
      const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(paper).toBe(colorScheme === 'dark' ? 'rgb(18, 22, 29)' : 'rgb(243, 245, 248)')
      expect(complaints).toEqual([])
      await context.close()
    },
    60_000
  )
})
