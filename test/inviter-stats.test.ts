// The statistics, in a browser: their numbers are those of the database.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { axe, complaintsBut, describeInBrowser, sideways } from './support/pages.js'
import { person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { looks, visitAs } from './support/inviter.js'

const server = await useServer()
const { db } = server

/** Five invites of three types, on several days: one is accepted, one declined, one has expired, one was looked at. */
async function history(): Promise<Person> {
  const [ada, ben] = await Promise.all([person(server, 'Ada'), person(server, 'Ben')])
  const accepted = await ada.inviteToChannel(ben)
  await ben.accept(accepted.id)
  const declined = await ada.invite({ inviteType: 'friend', inviteeId: ben.id })
  await ben.must('POST', `/invite/${declined.id}/decline`, {})
  const link = await ada.bearerLink()
  await ben.must('POST', `/invite/${link.id}/preview`, { passcode: link.passcode })
  const expired = await ada.inviteAddress()
  await server.mailedPasscode(expired.id)
  await db('invites')
    .where({ id: expired.id })
    .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 minute'`) })
  await ada.inviteAddress({ inviteType: 'new-user' })
  await db('invites')
    .where({ userId: ada.id, inviteType: 'new-user' })
    .update({
      createdAt: db.raw(`clock_timestamp() - interval '10 days'`)
    })
  return ada
}

/** The numbers of the funnel, by the name of the step. */
const funnel = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(`Object.fromEntries([...document.querySelectorAll('.funnel tbody tr')].map((row) =>
    [row.querySelector('th').innerText, row.querySelector('.number').innerText]))`)
/** The sums of the columns of the table, by its heads. */
const tableSums = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(`(() => {
    const heads = [...document.querySelectorAll('.rows thead th')].map((head) => head.textContent)
    const sums = {}
    for (const row of document.querySelectorAll('.rows tbody tr')) {
      [...row.children].forEach((cell, at) => { if (at > 1) sums[heads[at]] = (sums[heads[at]] ?? 0) + Number(cell.textContent) })
    }
    return sums
  })()`)
const heightOfParts = (page: Page): Promise<number> =>
  page.evaluate(
    `[...document.querySelectorAll('.chart .part')].reduce((sum, part) => sum + Number(part.getAttribute('height')), 0)`
  )

describeInBrowser('the statistics', (visits) => {
  it('show what happened to the invites that one sent, as a funnel, a chart and a table', async () => {
    const ada = await history()
    const visit = await visitAs(visits, ada, '#stats')
    const { page } = visit
    await page.locator('.funnel').waitFor()
    const count = async (where: object) => (await db('invites').where({ userId: ada.id, ...where })).length
    expect(await funnel(page)).toMatchObject({
      Made: String(await count({})),
      'Looked at': '1',
      Accepted: String(await count({ status: 'accepted' })),
      Declined: String(await count({ status: 'declined' })),
      Expired: '1'
    })
    const sums = await tableSums(page)
    expect(sums).toMatchObject({ Made: 5, Accepted: 1, Declined: 1, Expired: 1 })
    const label = await page.getByRole('img', { name: /Made, by day and type/ }).getAttribute('aria-label')
    expect(label).toContain('5 in all, at most 4 on one day')
    const ofAll = await heightOfParts(page)
    await page.getByLabel('Show').selectOption('accepted')
    await page.getByRole('img', { name: /Accepted, by day and type/ }).waitFor()
    expect(await heightOfParts(page)).toBeLessThan(ofAll)
    expect(complaintsBut(visit)).toEqual([])
  })

  it('are of the period, the side and the type that one asks for', async () => {
    const ada = await history()
    const { page } = await visitAs(visits, ada, '#stats')
    await expect.poll(() => funnel(page)).toMatchObject({ Made: '5' })
    await page.getByLabel('Period').selectOption('7')
    await expect.poll(() => funnel(page)).toMatchObject({ Made: '4' })
    await page.getByLabel('Type of invite').selectOption('channel')
    await expect.poll(() => funnel(page)).toMatchObject({ Made: '2', Accepted: '1', Declined: '0' })
    expect(await page.locator('.legend li').allInnerTexts()).toEqual(['Channel'])
    await page.getByLabel('Invites', { exact: true }).selectOption('received')
    await page.getByText('There was nothing in this period.').waitFor()
  })

  it('can be asked for again when the service was away', async () => {
    const ada = await history()
    const { page } = await visitAs(visits, ada, '#stats')
    await page.locator('.funnel').waitFor()
    await page.route('**/invite-stats*', (route) => route.abort())
    await page.getByLabel('Period').selectOption('90')
    await page.getByRole('alert').waitFor()
    await page.unroute('**/invite-stats*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => funnel(page)).toMatchObject({ Made: '5' })
  })

  it.each(looks)('have no fault for axe, and no sideways scroll: $scheme, $locale, $width', async (look) => {
    const ada = await history()
    const { page } = await visitAs(visits, ada, '#stats', look)
    await page.locator('.funnel').waitFor()
    await page.locator('summary').click()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
  })
})
