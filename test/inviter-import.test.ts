// Inviting a list, in a browser: every good row is invited once, whatever happens on the way, and the report tells of each.
import { readFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { axe, complaintsBut, describeInBrowser, sideways, type Visit } from './support/pages.js'
import { newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { looks, visitAs } from './support/inviter.js'

const server = await useServer()
const { db } = server

const addresses = (count: number) => {
  const list = randomBytes(4).toString('hex')
  return Array.from({ length: count }, (_, at) => `p${at}.${list}@example.com`)
}
const invitedBy = async (who: Person): Promise<string[]> =>
  (await db('invites').where({ userId: who.id }).select('token')).map(({ token }) => token)
const fill = async (page: Page, text: string) => {
  await page.getByRole('textbox', { name: 'Addresses' }).fill(text)
  await page.getByRole('button', { name: 'Check the list' }).click()
}
const send = (page: Page) => page.getByRole('button', { name: /^Send \d+ invites?$/ }).click()
const finished = (page: Page) => page.getByText('All rows are done.').waitFor()

/** The rows of the report, by the head. */
async function report(page: Page): Promise<Record<string, string>[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the report' }).click()
  ])
  expect(download.suggestedFilename()).toBe('invites-report.csv')
  const text = readFileSync(await download.path(), 'utf8').replace(/^\ufeff/, '')
  const [head = [], ...rows] = text
    .trim()
    .split('\r\n')
    .map((line) => [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell]) => cell ?? ''))
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])))
}

describeInBrowser('inviting a list', (visits) => {
  const open = (who: Person, look?: Parameters<typeof visitAs>[3]): Promise<Visit> =>
    visitAs(visits, who, '#import', look)

  it('invites the 243 good ones of 250 rows, and reports the seven others', async () => {
    const ada = await person(server)
    const good = addresses(243)
    const twins = [newAddress(), newAddress()]
    for (const token of twins) await ada.invite({ inviteType: 'friend', token, identityProviderType: 'email' })
    // Bad in the eyes of the page, two of them formulas; bad in the eyes of the service; and a second time the same.
    const bad = ['no address', '=1+1', '@name', good[0]?.toUpperCase() ?? '', 'a"b@example..com', ...twins]
    const lines = [...good.slice(0, 120), ...bad, ...good.slice(120)]
    const visit = await open(ada)
    const { page } = visit
    await page.getByLabel('Or take them from a file').setInputFiles({
      name: 'people.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        `Name;E-Mail\n${lines.map((line, at) => `Person ${at};"${line.replaceAll('"', '""')}"`).join('\n')}\n`
      )
    })
    await page.getByRole('button', { name: 'Check the list' }).click()
    await page.getByText('245 addresses are ready').waitFor()
    await page.getByText('5 rows have a problem').waitFor()
    expect(await page.locator('tr.bad').count()).toBe(5)
    await send(page)
    await finished(page)
    await page.getByText('243 invited · 2 failed').waitFor()
    expect((await invitedBy(ada)).sort()).toEqual([...good, ...twins].sort())

    const rows = await report(page)
    expect(rows).toHaveLength(250)
    expect(rows.filter(({ result }) => result === 'invited')).toHaveLength(243)
    const failed = rows.filter(({ result }) => result === 'failed')
    expect(failed.map(({ row, reason }) => [Number(row), reason])).toEqual([
      [122, 'malformed'],
      [123, 'malformed'],
      [124, 'malformed'],
      [125, 'twice'],
      [126, 'malformed'],
      [127, 'twin'],
      [128, 'twin']
    ])
    // A spreadsheet must not run what a row says.
    expect(failed.slice(1, 3).map(({ address }) => address)).toEqual([`'=1+1`, `'@name`])
    const invite = await ada.must('GET', `/invite/${rows[0]?.['invite']}`)
    expect(invite.token).toBe(good[0])
    expect(complaintsBut(visit)).toEqual([])
  })

  it('takes a pasted list with several separators, for a channel, for as long as is chosen', async () => {
    const ada = await person(server)
    const { id } = await ada.channel('Garden club')
    const [one, two, three, four] = addresses(4) as [string, string, string, string]
    const { page } = await open(ada)
    await page.getByRole('radio', { name: /^Channel/ }).check()
    await page.getByRole('button', { name: 'Garden club' }).click()
    await page.getByRole('radio', { name: '3 days' }).check()
    await page.getByLabel('Language of the message').selectOption('fr')
    await fill(page, `${one}, ${two};Cy Example <${three}>\n${four}\n+49 170 1234567`)
    await page.getByText('5 addresses are ready').waitFor()
    await send(page)
    await finished(page)
    const rows = await db('invites').where({ userId: ada.id })
    const expected = ['+491701234567', one, two, three, four]
    expect(rows.map(({ token }): string => token).sort()).toEqual(expected.sort())
    for (const row of rows) {
      expect(row).toMatchObject({ inviteType: 'channel', targetObjectId: id, locale: 'fr' })
      expect(Math.abs(Date.parse(row.expiresAt) - Date.now() - 3 * 24 * 3600 * 1000)).toBeLessThan(120_000)
    }
  })

  it('stops after the call on its way, and goes on where it was', async () => {
    const ada = await person(server)
    const list = addresses(250)
    const { page } = await open(ada)
    await page.route('**/invite', async (route) => {
      await page.getByRole('button', { name: 'Stop' }).click()
      await route.continue()
    })
    await fill(page, list.join('\n'))
    await send(page)
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    expect(await invitedBy(ada)).toHaveLength(100)
    await page.getByText('100 of 250').waitFor()
    expect((await report(page)).filter(({ result }) => result === 'open')).toHaveLength(150)
    await page.unroute('**/invite')
    await page.getByRole('button', { name: 'Go on' }).click()
    await finished(page)
    expect((await invitedBy(ada)).sort()).toEqual(list.sort())
  })

  it('goes on after a reload in the middle of a call, and makes nothing twice', async () => {
    const ada = await person(server)
    const list = addresses(250)
    const { page } = await open(ada)
    let calls = 0
    await page.route('**/invite', async (route) => {
      calls += 1
      // The second call reaches the service, and its answer reaches nobody: the page is gone.
      if (calls !== 2) return route.continue()
      await route.fetch()
      await page.unroute('**/invite')
      void page.reload()
    })
    await fill(page, list.join('\n'))
    await send(page)
    await finished(page)
    expect(calls).toBe(2)
    expect((await invitedBy(ada)).sort()).toEqual(list.sort())
    await page.getByText('250 invited').waitFor()
  })

  it('repeats a call whose answer got lost, and makes nothing twice', async () => {
    const ada = await person(server)
    const list = addresses(120)
    const { page } = await open(ada)
    const keys: string[] = []
    await page.route('**/invite', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '')
      if (keys.length > 1) return route.continue()
      await route.fetch()
      await route.abort()
    })
    await fill(page, list.join('\n'))
    await send(page)
    await page.getByText('nothing is made twice').waitFor()
    await finished(page)
    expect((await invitedBy(ada)).sort()).toEqual(list.sort())
    expect([keys.length, keys[0] === keys[1], keys[1] === keys[2]]).toEqual([3, true, false])
  })

  it('waits as long as the service says when there were too many, and stops on demand', async () => {
    const ada = await person(server)
    const { page } = await open(ada)
    await page.route('**/invite', (route) =>
      route.fulfill({
        status: 429,
        headers: { 'Retry-After': '600' },
        json: { name: 'TooManyRequests', message: 'x', code: 429, data: { reason: 'quota-inviter' } }
      })
    )
    await fill(page, addresses(3).join('\n'))
    await send(page)
    await page.getByText('You have made many invites. It goes on by itself').waitFor()
    await page.getByText(/^(600|59\d) seconds left$/).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.unroute('**/invite')
    await page.getByRole('button', { name: 'Go on' }).click()
    await finished(page)
    expect(await invitedBy(ada)).toHaveLength(3)
  })

  it('refuses a list that is too long, has no address, or is no text', async () => {
    const ada = await person(server)
    const { page } = await open(ada)
    await fill(page, ' \n ')
    await page.getByText('There is no address in this list.').waitFor()
    const file = (buffer: Buffer) =>
      page.getByLabel('Or take them from a file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer })
    await file(Buffer.from(addresses(5001).join('\n')))
    await page.getByRole('button', { name: 'Check the list' }).click()
    await page.getByText('The list has 5,001 rows').waitFor()
    await file(Buffer.alloc(1024 * 1024 + 1, 'a'))
    await page.getByText('larger than 1 MB').waitFor()
    await file(Buffer.from([0x50, 0x4b, 0, 0]))
    await page.getByText('cannot be read as text').waitFor()
    expect(await invitedBy(ada)).toEqual([])
  })

  it.each(looks)('has no fault for axe, and no sideways scroll: $scheme, $locale, $width', async (look) => {
    const ada = await person(server)
    const { page } = await open(ada, look)
    const check = async () => {
      expect(await axe(page)).toEqual([])
      expect(await sideways(page)).toBe(0)
    }
    await page.locator('textarea').waitFor()
    await check()
    const token = newAddress()
    await ada.invite({ inviteType: 'friend', token, identityProviderType: 'email' })
    await page.locator('textarea').fill(`${addresses(30).join('\n')}\nnobody\n${token}`)
    await page.locator('button[type=submit]').click()
    await page.locator('table.rows').waitFor()
    await check()
    await page.locator('.button.primary').click()
    await page.locator('tr.bad').waitFor()
    await check()
  })
})
