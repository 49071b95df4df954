// How the inviter's page looks and reads: axe, a narrow screen, the dark scheme, Arabic, the keyboard alone.
// INVITER_SCREENSHOTS names a folder that gets the pictures.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { live, manyInvites, rowOf, statusIn, visitAs } from './support/inviter.js'
import { axe, complaintsBut, describeInBrowser, sideways } from './support/pages.js'
import { until } from './support/patience.js'
import { admin, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const folder = process.env['INVITER_SCREENSHOTS']
if (folder) mkdirSync(folder, { recursive: true })
const server = await useServer()

/** Invites of every status, type and delivery, sent and received. */
async function world(): Promise<Person> {
  const [boss, ben, mohammed] = [
    await admin(server),
    await person(server, 'Ben van der Hoogenband-Featherstonehaugh'),
    await person(server, 'محمد بن علي')
  ]
  const garden = await boss.channel('Garden club')
  const place = await boss.location('The old mill')
  await manyInvites(boss, 24)
  const accepted = await boss.invite({ inviteType: 'channel', targetObjectId: garden.id, inviteeId: ben.id })
  await boss.must('PATCH', `/invite/${accepted.id}`, { spawnType: 'spectate', spawnDetails: { spectate: boss.id } })
  await ben.accept(accepted.id)
  const declined = await boss.invite({ inviteType: 'location', targetObjectId: place.id, inviteeId: mohammed.id })
  await mohammed.must('POST', `/invite/${declined.id}/decline`, {})
  const revoked = await boss.inviteAddress()
  await boss.must('DELETE', `/invite/${revoked.id}`)
  const expired = await boss.inviteAddress()
  await boss.invite({ inviteType: 'new-user', token: '+491701234567', identityProviderType: 'sms' })
  const failed = await boss.inviteAddress({ makeAdmin: true })
  await boss.invite({ inviteType: 'channel', targetObjectId: garden.id, maxUses: 25 })
  await server
    .db('invites')
    .where({ id: expired.id })
    .update({
      createdAt: server.db.raw(`now() - interval '9 days'`),
      expiresAt: server.db.raw(`now() - interval '2 days'`)
    })
  await until(
    () => server.db('invites').where({ id: failed.id, deliveryStatus: 'sent' }).first(),
    'the message is sent'
  )
  await server.db('invites').where({ id: failed.id }).update({ deliveryStatus: 'failed', deliveryReason: 'bounced' })
  await ben.invite({ inviteType: 'friend', inviteeId: boss.id })
  await mohammed.invite({
    inviteType: 'channel',
    targetObjectId: (await mohammed.channel('نادي القراءة')).id,
    inviteeId: boss.id
  })
  return boss
}

/** The views, and what is done in them before they are looked at. */
const views: [name: string, hash: string, act?: (page: Page) => Promise<void>][] = [
  ['sent', '#sent'],
  ['received', '#received'],
  ['all', '#all'],
  ['none', '#sent?search=nothing'],
  [
    'details',
    '#sent?status=accepted',
    async (page) => {
      await page.locator('.opener').first().click()
      await page.locator('.timeline li').first().waitFor()
    }
  ],
  [
    'edit',
    '#sent',
    async (page) => {
      await page.locator('thead input').check()
      await page.locator('.bulk .button.plain').first().click()
      await page.locator('.bulk .ends .button').first().click()
      for (const box of (await page.locator('.change > label input').all()).slice(2, 5)) await box.check()
      await page.locator('.call summary').click()
    }
  ],
  [
    'revoke',
    '#sent',
    async (page) => {
      await page.locator('tbody .pick input').first().check()
      await page.locator('.bulk .danger').click()
      await page.locator('.panel .danger').waitFor()
    }
  ],
  ['new', '#new'],
  ['import', '#import'],
  ['stats', '#stats']
]

const looks = [
  { name: 'light', look: { scheme: 'light', width: 1280 } },
  { name: 'dark', look: { scheme: 'dark', width: 1280 } },
  { name: 'arabic', look: { scheme: 'light', width: 1280, locale: 'ar' } },
  { name: 'narrow', look: { scheme: 'light', width: 320, height: 640 } },
  { name: 'narrow-arabic', look: { scheme: 'dark', width: 320, height: 640, locale: 'ar' } }
] as const

const boss = await world()

describeInBrowser('the look of the inviter’s page', (visits) => {
  const picture = (page: Page, name: string) =>
    folder ? page.screenshot({ path: join(folder, `${name}.png`), fullPage: true }) : undefined

  it.each(looks)(
    'has no fault of accessibility in any view, and no sideways scroll: $name',
    async ({ name, look }) => {
      let looked = 0
      const visit = await visitAs(visits, boss, '#sent', look)
      const { page } = visit
      await live(page)
      for (const [view, hash, act] of views) {
        // By another view in between, so that each begins anew.
        await page.goto(`${server.url}/invites#received?search=${view}`)
        await page.goto(`${server.url}/invites${hash}`)
        await page.locator(`nav [aria-current][href="${hash.split('?')[0]}"]`).waitFor()
        await page.locator('main h1').waitFor()
        await page.locator('.waiting').waitFor({ state: 'detached' })
        await act?.(page)
        await picture(page, `${view}-${name}`)
        expect([view, await axe(page)]).toEqual([view, []])
        expect([view, await sideways(page)]).toEqual([view, 0])
        expect([view, complaintsBut(visit)]).toEqual([view, []])
        looked += 1
      }
      expect(looked).toBe(views.length)
    },
    120_000
  )

  it.each(looks)('has no fault in its form to sign in: $name', async ({ name, look }) => {
    const visit = await visits.visit(look)
    const { page } = visit
    await page.goto(`${server.url}/invites`)
    await page.locator('input[type=password]').waitFor()
    await picture(page, `sign-in-${name}`)
    expect(await axe(page)).toEqual([])
    await page.locator('.card > .plain').click()
    await page.locator('input[autocomplete=name]').waitFor()
    await picture(page, `register-${name}`)
    expect([await axe(page), await sideways(page), complaintsBut(visit)]).toEqual([[], 0, []])
  })

  it('can be used by the keyboard alone', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const { page } = await visits.visit()
    await page.goto(`${server.url}/invites`)
    await page.locator('input[type=password]').waitFor()
    const focused = () =>
      page.evaluate(
        `(document.activeElement.getAttribute('aria-label') ?? '') + '|' + document.activeElement.innerText + '|' + (document.activeElement.labels?.[0]?.innerText ?? '')`
      )
    /** Tab until the focus is on a thing with this text. */
    const tabTo = async (text: string | RegExp) => {
      for (let steps = 0; steps < 40; steps += 1) {
        await page.keyboard.press('Tab')
        if (String(await focused()).match(text)) return
      }
      throw new Error(`the keyboard does not reach ${text}: it is on ${String(await focused())}`)
    }
    await tabTo('E-mail address')
    await page.keyboard.type(ada.email)
    await tabTo('Password')
    await page.keyboard.type(ada.password)
    await page.keyboard.press('Enter')
    await rowOf(page, id).waitFor()
    await tabTo(/Select the invite/)
    await page.keyboard.press('Space')
    await page.getByText('1 selected').waitFor()
    await page.keyboard.press('Shift+Tab')
    for (let steps = 0; steps < 8 && !String(await focused()).includes('Revoke'); steps += 1) {
      await page.keyboard.press('Shift+Tab')
    }
    await page.keyboard.press('Enter')
    await page.getByText('1 invite will be revoked.').waitFor()
    // The heading of the panel has the focus, so the next stop is its button.
    await tabTo('Revoke 1 invite')
    await page.keyboard.press('Enter')
    await page.getByText('1 invite was revoked.').waitFor()
    expect(await statusIn(server, id)).toBe('revoked')
  })

  it('is small, and loads its socket and nothing else later', async () => {
    const visit = await visitAs(visits, boss, '#sent')
    await live(visit.page)
    const responses = await Promise.all(
      visit.requests.filter((one) => one.url().includes('/assets/')).map((one) => one.response())
    )
    const sizes = await Promise.all(responses.map(async (one) => (await one?.body())?.length ?? 0))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    console.info(`bytes of the page: ${total} in ${sizes.length} files (${sizes.join(', ')})`)
    expect(sizes.length).toBeGreaterThan(2)
    expect(total).toBeLessThan(300_000)
  })
})
