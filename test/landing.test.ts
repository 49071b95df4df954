// The invited person's page in use: each test acts as a person, then looks into the database and at the inviter's view. The
// page must not do two things: tell the passcode to anybody, or change anything before a click.
import { expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { complaintsBut, describeInBrowser, type Visit } from './support/pages.js'
import { bearer, heading, linkOf, mailed, openIn, signedInAs } from './support/landing.js'
import { newAddress, person } from './support/people.js'
import { useServer } from './support/server.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer({
  pages: { acceptUrl: 'https://app.example.com/{inviteType}?to={targetObjectId}&at={locationId}' }
})
const { db } = server
const button = (page: Page, name: RegExp | string) => page.getByRole('button', { name })
const rowOf = async (id: string) => (await db('invites').where({ id }))[0]
const historyOf = async (id: string) =>
  (await db('invite_history').where({ inviteId: id }).orderBy('createdAt')).map(({ action }) => action as string)
const usersNamed = async (name: string) => Number((await db('users').where({ name }).count())[0]?.['count'])
const accounts = (address: string) => db('identity_providers').where({ token: address })

/** The fields and the button of a newcomer. */
async function register(page: Page, name: string, email?: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  if (email) await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill('a long password')
  await button(page, 'Make an account and accept').click()
}
async function headed(page: Page, text: string | RegExp): Promise<void> {
  await expect.poll(() => heading(page).innerText()).toMatch(text)
}

/** No request has the passcode in its address or its Referer, and none goes anywhere else. */
async function keptSecret({ requests }: Visit, passcode: string): Promise<void> {
  expect(requests.length).toBeGreaterThan(3)
  for (const request of requests) {
    const { referer = '' } = await request.allHeaders()
    expect(request.url()).not.toContain(passcode)
    expect(referer).not.toContain(passcode)
    expect(request.url().startsWith(server.url)).toBe(true)
  }
}

describeInBrowser('an invited person', ({ visit }) => {
  it('without an account makes one by the mailed link, and is in: verified, signed in, with a way on', async () => {
    const ada = await person(server, 'Ada')
    const { invite, address, link, passcode } = await mailed(server, ada)
    const visited = await visit()
    const { page } = visited
    const began = performance.now()
    await page.goto(link)
    await register(page, 'Grace Hopper')
    await headed(page, 'You are in: Garden club')
    console.info(`landing: ${Math.round(performance.now() - began)} ms from the link to accepted`)
    expect(await page.getByText('You are signed in as Grace Hopper.').isVisible()).toBe(true)
    const onward = page.getByRole('link', { name: 'Continue' })
    expect(await onward.getAttribute('href')).toBe(`https://app.example.com/channel?to=${invite.targetObjectId}&at=`)
    expect(await accounts(address)).toMatchObject([{ type: 'email', verified: true }])
    const row = await ada.must('GET', `/invite/${invite.id}`)
    expect([row.status, row.invitee.name]).toEqual(['accepted', 'Grace Hopper'])
    expect(await db('channel_users').where({ channelId: invite.targetObjectId, userId: row.inviteeId })).toHaveLength(1)
    expect(page.url()).toBe(`${server.url}/i/${invite.id}`)
    await page.reload()
    await headed(page, 'You are in: Garden club')
    await keptSecret(visited, passcode)
    expect(complaintsBut(visited)).toEqual([])
  })

  it('finds no stale form by the back button, and a second link in the tab begins anew', async () => {
    const ada = await person(server, 'Ada')
    const [first, second] = [await mailed(server, ada), await bearer(server, ada)]
    const { page } = await visit()
    await page.goto(first.link)
    await register(page, 'Back')
    await headed(page, 'You are in: Garden club')
    await page.goto(second.link)
    await page.waitForSelector('text=Accept as Back')
    await page.goBack()
    await headed(page, 'You are in: Garden club')
    expect(await page.locator('form').count()).toBe(0)
    // The wrong passcode of the same invite, typed over the address.
    await page.evaluate(`location.hash = 'passcode=${'x'.repeat(32)}'`)
    await headed(page, 'This link does not work')
    await page.evaluate(`location.hash = '${first.passcode}'`)
    await headed(page, 'This invite was used already')
    await button(page, 'Continue').click()
    await headed(page, 'You are in: Garden club')
  })

  it('who clicks twice makes one account', async () => {
    const { invite, link } = await bearer(server, await person(server, 'Ada'), { maxUses: 5 })
    const { page, requests } = await visit()
    await page.route('**/accept', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await route.continue()
    })
    await page.goto(link)
    await page.getByLabel('Your name').fill('Twice')
    await page.getByLabel('E-mail address').fill(newAddress())
    await page.getByLabel('Password', { exact: true }).fill('a long password')
    const submit = button(page, 'Make an account and accept')
    await submit.dblclick()
    expect(await submit.getAttribute('aria-busy')).toBe('true')
    await page.keyboard.press('Enter')
    await headed(page, 'You are in: Garden club')
    expect(requests.filter((request) => request.url().endsWith('/accept'))).toHaveLength(1)
    expect(await usersNamed('Twice')).toBe(1)
    expect((await rowOf(invite.id)).uses).toBe(1)
  })

  it('whose answer is lost gets it by the same key: one account, signed in', async () => {
    const { invite, link } = await bearer(server, await person(server, 'Ada'), { maxUses: 5 })
    const { page, requests } = await visit()
    let lost = 0
    await page.route('**/accept', async (route) => {
      if (lost++ > 0) return route.continue()
      await route.fetch()
      return route.abort()
    })
    await page.goto(link)
    await register(page, 'Lost', newAddress())
    await page.waitForSelector('[role=timer]')
    await button(page, 'Try again').click()
    await headed(page, 'You are in: Garden club')
    expect(await page.getByText('You are signed in as Lost.').isVisible()).toBe(true)
    const keys = requests
      .filter((request) => request.url().endsWith('/accept'))
      .map((request) => request.headers()['idempotency-key'])
    expect([keys.length, new Set(keys).size]).toEqual([2, 1])
    expect([await usersNamed('Lost'), (await rowOf(invite.id)).uses]).toEqual([1, 1])
  })

  it('who is signed in here accepts with one click', async () => {
    const [ada, hugo] = [await person(server, 'Ada'), await person(server, 'Hugo')]
    const { invite, link } = await bearer(server, ada)
    const visited = await visit()
    await signedInAs(visited, hugo)
    await visited.page.goto(link)
    await button(visited.page, 'Accept as Hugo').click()
    await headed(visited.page, 'You are in: Garden club')
    expect((await rowOf(invite.id)).inviteeId).toBe(hugo.id)
    await keptSecret(visited, invite.passcode ?? '')
  })

  it('signed in as another one is told for whom the invite is, and switches', async () => {
    const [ada, hugo] = [await person(server, 'Ada'), await person(server, 'Hugo')]
    const { address, link, invite } = await mailed(server, ada)
    const visited = await visit()
    const { page } = visited
    await signedInAs(visited, hugo)
    await page.goto(link)
    await page.waitForSelector('.notice')
    const told = await page.locator('.notice').innerText()
    expect(told).toContain('i•••@e•••.com')
    expect(told).toContain('Hugo')
    expect(await page.getByText(/^Accept/).count()).toBe(0)
    await button(page, 'Use another account').click()
    await register(page, 'Switched')
    await headed(page, 'You are in: Garden club')
    expect((await accounts(address)).length).toBe(1)
    expect((await rowOf(invite.id)).inviteeId).not.toBe(hugo.id)
  })

  it('whose session has ended is nobody here, without a word about it', async () => {
    const [ada, hugo] = [await person(server, 'Ada'), await person(server, 'Hugo')]
    const { link } = await bearer(server, ada)
    const visited = await visit()
    await signedInAs(visited, { id: hugo.id, name: hugo.name, token: `${hugo.token}x` })
    await visited.page.goto(link)
    await visited.page.getByLabel('Your name').waitFor()
    expect(await visited.page.evaluate(`localStorage.length`)).toBe(0)
    expect(await visited.page.locator('.notice').count()).toBe(0)
  })

  it('with an account signs in there, and an address that is taken leads there with all texts kept', async () => {
    const [ada, hugo] = [await person(server, 'Ada'), await person(server, 'Hugo')]
    const { invite, link } = await bearer(server, ada)
    const { page } = await visit()
    await page.goto(link)
    await register(page, 'Somebody', hugo.email)
    await page.getByText('This address has an account already.').waitFor()
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(hugo.email)
    await button(page, 'I have no account yet').click()
    expect(await page.getByLabel('Your name').inputValue()).toBe('Somebody')
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('a long password')
    await button(page, 'I have an account').click()
    await page.getByLabel('Password', { exact: true }).fill('wrong password')
    await button(page, 'Sign in').click()
    await page.getByText('do not belong together').waitFor()
    await page.getByLabel('Password', { exact: true }).fill(hugo.password)
    await page.keyboard.press('Enter')
    await button(page, 'Accept as Hugo').click()
    await headed(page, 'You are in: Garden club')
    expect((await rowOf(invite.id)).inviteeId).toBe(hugo.id)
  })

  it('whose address has a verified account is asked to sign in, and no account is offered', async () => {
    const [ada, hugo] = [await person(server, 'Ada'), await person(server, 'Hugo')]
    await verifyAddress(server, hugo)
    const { link } = await mailed(server, ada, { token: hugo.email })
    const { page } = await visit()
    await page.goto(link)
    await page.getByText('There is an account for this invite already.').waitFor()
    expect(await page.getByText('I have no account yet').count()).toBe(0)
    await page.getByLabel('E-mail address').fill(hugo.email)
    await page.getByLabel('Password', { exact: true }).fill(hugo.password)
    await button(page, 'Sign in').click()
    await button(page, 'Accept as Hugo').waitFor()
  })

  it('declines by the mailed link, after a question, and the inviter sees it', async () => {
    const ada = await person(server, 'Ada')
    const { invite, link } = await mailed(server, ada)
    const { page } = await visit()
    await page.goto(link)
    await button(page, 'Decline').click()
    await button(page, 'No, keep it').click()
    expect((await rowOf(invite.id)).status).toBe('pending')
    await button(page, 'Decline').click()
    await button(page, 'Yes, decline').click()
    await headed(page, 'You have declined the invite')
    expect((await ada.must('GET', `/invite/${invite.id}`)).status).toBe('declined')
    expect(page.url()).toBe(`${server.url}/i/${invite.id}`)
    await page.reload()
    await headed(page, 'You have declined the invite')
  })

  it('of an account needs no passcode, accepts and declines', async () => {
    const [ada, hugo] = [await person(server, 'Ada'), await person(server, 'Hugo')]
    const [one, other] = [await ada.inviteToChannel(hugo), await ada.inviteToChannel(hugo)]
    const { page } = await visit()
    await page.goto(`${server.url}/i/${one.id}`)
    await headed(page, 'This link is not complete')
    await page.getByLabel('E-mail address').fill(hugo.email)
    await page.getByLabel('Password', { exact: true }).fill(hugo.password)
    await button(page, 'Sign in').click()
    await button(page, 'Accept as Hugo').click()
    await headed(page, /^You are in/)
    await page.goto(`${server.url}/i/${other.id}`)
    await button(page, 'Decline').click()
    await button(page, 'Yes, decline').click()
    await headed(page, 'You have declined the invite')
    expect([(await rowOf(one.id)).status, (await rowOf(other.id)).status]).toEqual(['accepted', 'declined'])
  })

  it('comes by the short link of a text message, and is asked for an e-mail address', async () => {
    const number = `+4917${String(Date.now()).slice(-8)}`
    const { invite, passcode } = await mailed(server, await person(server, 'Ada'), {
      token: number,
      identityProviderType: 'sms'
    })
    const short = Buffer.from(invite.id.replaceAll('-', ''), 'hex').toString('base64url')
    const { page } = await visit()
    await page.goto(`${server.url}/i/${short}#${passcode}`)
    await register(page, 'Phone', newAddress())
    await headed(page, 'You are in: Garden club')
    expect(await accounts(number)).toMatchObject([{ type: 'sms', verified: true }])
  })

  it('uses the keyboard alone', async () => {
    const { link } = await mailed(server, await person(server, 'Ada'))
    const { page } = await visit()
    await page.goto(link)
    await page.getByLabel('Your name').waitFor()
    // The heading has the focus, so a screen reader begins there.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
    for (const text of ['Keyboard', 'a long password']) {
      await page.keyboard.press('Tab')
      await page.keyboard.type(text)
    }
    for (const _ of ['show', 'keep', 'submit']) await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.type')).toBe('submit')
    await page.keyboard.press('Space')
    await headed(page, 'You are in: Garden club')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Continue')
  })

  it('reads in the language that the inviter chose, unless they choose another one', async () => {
    const { link, invite, passcode } = await mailed(server, await person(server, 'Ada'), { locale: 'ja' })
    const { page } = await visit({ locale: 'fr' })
    await page.goto(link)
    await page.waitForURL(/\?lang=ja/)
    await headed(page, 'Adaさん')
    await page.locator('footer select').selectOption('de')
    await page.waitForURL(/\?lang=de/)
    await headed(page, 'lädt dich')
    await page.goto(linkOf(server, invite.id, passcode, '?lang=en'))
    await register(page, 'Polyglot')
    await headed(page, 'You are in')
    expect((await rowOf(invite.id)).status).toBe('accepted')
  })

  it('is told problems at their fields, in words of the page', async () => {
    const { link } = await bearer(server, await person(server, 'Ada'))
    const { page } = await visit({ locale: 'de' })
    await page.goto(link)
    await page.getByLabel('Dein Name').fill('Ada')
    await page.getByLabel('E-Mail-Adresse').fill('ada@example')
    await page.getByLabel('Passwort', { exact: true }).fill('kurz')
    await page.locator('.button.primary').click()
    expect(await page.locator('.problem').allInnerTexts()).toEqual(['Wähle ein Passwort mit 8 bis 256 Zeichen.'])
    expect(await page.evaluate('document.activeElement.name')).toBe('password')
    await page.getByLabel('Passwort', { exact: true }).fill('ein langes Passwort')
    await page.locator('.button.primary').click()
    await expect.poll(() => page.locator('.problem').allInnerTexts()).toEqual([expect.stringMatching('E-Mail-Adresse')])
  })
})

describeInBrowser('the page', ({ visit }) => {
  it('opens by itself at the time of the opening', async () => {
    const { invite, link } = await bearer(server, await person(server, 'Ada'), {
      timed: true,
      endTime: '2098-01-31T08:05:00Z'
    })
    await openIn(server, invite.id, 3)
    const { page } = await visit()
    await page.goto(link)
    await page.getByText('not open yet').waitFor()
    await register(page, 'Early', newAddress())
    await headed(page, 'You are in: Garden club')
    expect((await rowOf(invite.id)).status).toBe('accepted')
  })

  it('counts down after too many wrong passcodes, and then lets try', async () => {
    const { invite } = await bearer(server, await person(server, 'Ada'))
    const { page } = await visit()
    await page.clock.install()
    await page.goto(`${server.url}/i/${invite.id}`)
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await page.evaluate(`location.hash = 'wrong${attempt}'`)
      await headed(page, attempt < 6 ? 'This link does not work' : 'Too many attempts')
    }
    // The quarter of an hour began with the first attempt, some seconds ago on a busy machine.
    expect(await page.locator('[role=timer]').innerText()).toMatch(/^in 1[45] minutes$/)
    expect(await button(page, 'Try again').isDisabled()).toBe(true)
    await page.clock.fastForward('15:01')
    await expect.poll(() => button(page, 'Try again').isDisabled()).toBe(false)
  })

  it('tries again when the browser is online again, and after Retry-After', async () => {
    const { invite, link } = await bearer(server, await person(server, 'Ada'))
    const { page, context } = await visit()
    await page.goto(`${server.url}/i/${invite.id}`)
    await headed(page, 'not complete')
    await context.setOffline(true)
    await page.evaluate(`location.hash = 'passcode=${invite.passcode}'`)
    await page.getByText('Nothing is lost').waitFor()
    await context.setOffline(false)
    await page.getByLabel('Your name').waitFor()

    const stopping = {
      name: 'Unavailable',
      message: 'stopping',
      code: 503,
      className: 'unavailable',
      data: { reason: 'stopping' }
    }
    let times = 0
    await page.route('**/preview', (route) =>
      times++ === 0 ? route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: stopping }) : route.continue()
    )
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByText('Nothing is lost').waitFor()
    await page.getByLabel('Your name').waitFor()
    expect(times).toBe(2)
    expect((await rowOf(invite.id)).status).toBe('pending')
  })

  it('changes nothing when it is fetched, or opened and left', async () => {
    const ada = await person(server, 'Ada')
    const { invite, link, passcode } = await mailed(server, ada)
    // The message has gone out before its delivery is written down.
    await expect.poll(async () => (await rowOf(invite.id)).deliveryStatus).toBe('sent')
    const before = await rowOf(invite.id)
    for (const method of ['GET', 'HEAD']) {
      const reply = await fetch(link, { method })
      expect([reply.status, (await reply.text()).includes(passcode)]).toEqual([200, false])
    }
    expect(await historyOf(invite.id)).toEqual(['created', 'delivered'])
    const { page } = await visit()
    await page.goto(link)
    await page.getByLabel('Your name').waitFor()
    await page.reload()
    await page.getByLabel('Your name').waitFor()
    expect(await rowOf(invite.id)).toEqual(before)
    expect(new Set(await historyOf(invite.id))).toEqual(new Set(['created', 'delivered', 'previewed']))
  })

  it('makes no other call for an id with an encoded slash in it: nothing is accepted without a click', async () => {
    const ada = await person(server, 'Ada')
    const { invite, link } = await bearer(server, ada)
    const visited = await visit()
    await signedInAs(visited, await person(server, 'Ben'))
    for (const id of [`${invite.id}%2Faccept%23`, '..%2Fscope%3F', '%', '%E0%A4']) {
      await visited.page.goto('about:blank')
      await visited.page.goto(link.replace(invite.id, id))
      await headed(visited.page, 'This link does not work')
    }
    expect(visited.requests.filter((one) => one.resourceType() === 'fetch').map((one) => one.url())).toEqual([])
    expect((await rowOf(invite.id)).uses).toBe(0)
  })

  it('lets a person sign in and accept in a browser that forbids its stores', async () => {
    const ben = await person(server, 'Ben')
    const { invite, link } = await bearer(server, await person(server, 'Ada'))
    const { page, context } = await visit()
    await context.addInitScript(`for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError') } })`)
    await page.goto(link)
    await button(page, 'I have an account').click()
    await page.getByLabel('E-mail address').fill(ben.email)
    await page.getByLabel('Password').fill(ben.password)
    await button(page, 'Sign in').click()
    await button(page, 'Accept as Ben').click()
    await headed(page, 'You are in: Garden club')
    expect((await rowOf(invite.id)).status).toBe('accepted')
  })

  it('is the same for every invite, kept by nobody, and allows nothing from elsewhere', async () => {
    const { link } = await mailed(server, await person(server, 'Ada'))
    const [one, other] = await Promise.all([fetch(link), fetch(`${server.url}/i/nothing`)])
    expect(await one.text()).toBe(await other.text())
    const header = (name: string) => one.headers.get(name)
    expect(header('cache-control')).toBe('no-store')
    expect(header('referrer-policy')).toBe('no-referrer')
    expect(header('x-robots-tag')).toBe('noindex')
    const policy = header('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /)
    expect(policy).toMatch(/frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/)
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  })

  it('and its files go out in the coding that is asked for, and are the same in each', async () => {
    const html = await (await fetch(`${server.url}/i/x`)).text()
    const files = [...html.matchAll(/(?:src|href)="\.\.\/(assets\/[^"]+)"/g)].map(([, path]) => `/${path}`)
    expect(files).toHaveLength(2)
    for (const path of ['/i/x', ...files]) {
      const got = async (encoding: string) => {
        const reply = await fetch(`${server.url}${path}`, { headers: { 'accept-encoding': encoding } })
        expect(reply.headers.get('vary')).toContain('Accept-Encoding')
        return [reply.headers.get('content-encoding'), await reply.text()]
      }
      const [, plain] = await got('identity')
      expect([await got('br, gzip'), await got('gzip')]).toEqual([
        ['br', plain],
        ['gzip', plain]
      ])
    }
  })

  it.each([
    ['en', 'This page needs JavaScript'],
    ['ja', 'JavaScript が必要です']
  ])('says without JavaScript what it needs, in %s', async (locale, text) => {
    const visited = await visit({ javaScript: false, locale, width: 320 })
    await visited.page.goto(`${server.url}/i/x#passcode=secret`)
    expect(await visited.page.locator('main').innerText()).toContain(text)
    expect(complaintsBut(visited)).toEqual([])
  })

  it.each(['en', 'de', 'fr', 'es', 'ja', 'ar'])('is small in %s: HTML, script and style', async (locale) => {
    const { page, context } = await visit({ locale })
    const network = await context.newCDPSession(page)
    await network.send('Network.enable')
    let sent = 0
    network.on('Network.loadingFinished', ({ encodedDataLength }) => (sent += encodedDataLength))
    const bodies: Promise<number>[] = []
    page.on('response', (response) => bodies.push(response.body().then((body) => body.length)))
    await page.goto(`${server.url}/i/x`)
    await page.waitForSelector('h1')
    await expect.poll(() => bodies.length).toBe(3)
    const whole = (await Promise.all(bodies)).reduce((sum, bytes) => sum + bytes, 0)
    console.info(`landing in ${locale}: ${sent} bytes on their way, ${whole} unpacked`)
    expect(sent).toBeGreaterThan(5000)
    expect(sent).toBeLessThanOrEqual(40_000)
    expect(whole).toBeLessThanOrEqual(50_000)
  })
})
