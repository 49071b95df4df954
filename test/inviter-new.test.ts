// The form of a new invite, in a browser: what is filled in is what is made, once, and what the recipient gets.
import type { Page } from 'playwright-core'
import { decodeQR } from 'qr/decode.js'
import { expect, it } from 'vitest'
import { axe, complaintsBut, describeInBrowser, sideways } from './support/pages.js'
import { newAddress, person, type Person } from './support/people.js'
import { keepSecret } from './support/secrets.js'
import { useServer } from './support/server.js'
import { looks, visitAs } from './support/inviter.js'
import { messagesTo } from './support/stops.js'

const server = await useServer()
const { db } = server

const rowsOf = (who: Person) => db('invites').where({ userId: who.id }).orderBy('id')
const choose = (page: Page, label: string | RegExp) => page.getByRole('radio', { name: label }).check()
const send = (page: Page) => page.getByRole('button', { name: 'Send the invite' }).click()
const makeLink = (page: Page) => page.getByRole('button', { name: 'Make the link' }).click()
/** Waits until the form has made its invite. */
const made = (page: Page) => page.getByRole('button', { name: 'Invite another person' }).waitFor()
const fillAddress = (page: Page, address: string) => page.getByLabel('E-mail address').fill(address)
const inDays = (days: number) => Date.now() + days * 24 * 3600 * 1000

/** The points of a picture, four for each of the code. */
const pointsOfCode = `(async () => {
  const picture = document.querySelector('img.code')
  await picture.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 400
  const context = canvas.getContext('2d')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, 400, 400)
  context.drawImage(picture, 0, 0, 400, 400)
  return [...context.getImageData(0, 0, 400, 400).data]
})()`

describeInBrowser('the form of a new invite', (visits) => {
  const open = (who: Person, look?: Parameters<typeof visitAs>[3]) => visitAs(visits, who, '#new', look)

  it('invites a friend by e-mail, for the days and in the language that are chosen', async () => {
    const ada = await person(server, 'Ada')
    const address = newAddress()
    const visit = await open(ada)
    const { page } = visit
    await fillAddress(page, ` ${address} `)
    await choose(page, '30 days')
    await page.getByLabel('Language of the message').selectOption('de')
    await send(page)
    await made(page)
    expect(await page.getByRole('status').filter({ hasText: address }).count()).toBe(1)
    const [row] = await rowsOf(ada)
    expect(row).toMatchObject({ inviteType: 'friend', token: address, identityProviderType: 'email', locale: 'de' })
    expect(Math.abs(Date.parse(row.expiresAt) - inDays(30))).toBeLessThan(120_000)
    await expect.poll(() => server.mail()).toContain(`To: ${address}`)
    expect(server.mail()).toContain('Ada möchte mit dir befreundet sein')
    expect(complaintsBut(visit)).toEqual([])
  })

  it('invites to an existing channel within a window, told in the zone of the reader', async () => {
    const ada = await person(server)
    await ada.channel('Chess club')
    const garden = await ada.channel('Garden club')
    const { page } = await open(ada, { timezone: 'Asia/Tokyo' })
    await choose(page, /^Channel/)
    await page.getByLabel('Search by name').fill('gard')
    await expect.poll(() => page.locator('.place').allTextContents()).toEqual(['Garden club'])
    await page.getByRole('button', { name: 'Garden club' }).click()
    await fillAddress(page, newAddress())
    await choose(page, 'Only from one time to another')
    await page.getByLabel('Opens').fill('2098-03-01T09:00')
    await page.getByLabel('Closes').fill('2098-03-02T10:30')
    await page.getByText('More settings').click()
    await page.getByLabel('Arrival').selectOption('spectate')
    await page.getByLabel('Delete the invite once it is accepted').check()
    await send(page)
    await made(page)
    const [row] = await rowsOf(ada)
    expect(row).toMatchObject({ inviteType: 'channel', targetObjectId: garden.id, timed: true, spawnType: 'spectate' })
    expect(row.deleteOnUse).toBe(true)
    expect([row.startTime, row.endTime].map((time) => new Date(time).toISOString())).toEqual([
      '2098-03-01T00:00:00.000Z',
      '2098-03-02T01:30:00.000Z'
    ])
  })

  it('makes a location on the way, and invites a member by their code', async () => {
    const [ada, ben] = await Promise.all([person(server, 'Ada'), person(server, 'Ben')])
    const { inviteCode } = await ben.must('GET', `/user/${ben.id}`)
    const { page } = await open(ada)
    await choose(page, /^Location/)
    await page.getByRole('button', { name: 'Make a new location' }).click()
    await page.getByLabel('Its name').fill('Tea house')
    await page.getByRole('button', { name: 'Make', exact: true }).click()
    await page.getByText('Tea house').waitFor()
    await choose(page, 'By the invite code of a member')
    await page.getByRole('textbox', { name: 'Invite code' }).fill('no-such-code')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByText('No member has this code').waitFor()
    await page.getByRole('textbox', { name: 'Invite code' }).fill(` ${inviteCode.toLowerCase()}`)
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByText('You invite Ben.').waitFor()
    await send(page)
    await made(page)
    const [location] = await db('locations').where({ name: 'Tea house' })
    expect(await rowsOf(ada)).toMatchObject([
      { inviteType: 'location', targetObjectId: location.id, inviteeId: ben.id, token: null }
    ])
    expect((await ben.must('GET', '/invite?action=received')).data).toHaveLength(1)
  })

  it('starts an instance of a location, and makes a link to it for three people', async () => {
    const ada = await person(server)
    const { id: locationId } = await ada.location('Tea house')
    const { page } = await open(ada)
    await choose(page, /^Instance/)
    await page.getByRole('button', { name: 'Tea house' }).click()
    await page.getByRole('button', { name: 'Start a new instance' }).click()
    await page.getByText(/Since/).waitFor()
    await choose(page, 'By a link that anybody can use')
    await page.getByLabel('How many people').fill('3')
    await makeLink(page)
    await made(page)
    const [instance] = await db('instances').where({ locationId })
    expect(await rowsOf(ada)).toMatchObject([
      { inviteType: 'instance', targetObjectId: instance.id, recipient: 'bearer', maxUses: 3 }
    ])
  })

  it('invites by text message to make an account; no member is asked to', async () => {
    const ada = await person(server)
    const { page } = await open(ada)
    await choose(page, /^New account/)
    expect(await page.getByRole('radio', { name: /member/ }).count()).toBe(0)
    await choose(page, 'By text message')
    await page.getByLabel('Phone number').fill('+49 (170) 123-4567')
    await send(page)
    await made(page)
    expect(await rowsOf(ada)).toMatchObject([
      { inviteType: 'new-user', token: '+491701234567', identityProviderType: 'sms', targetObjectId: null }
    ])
    await expect.poll(() => messagesTo(server, '+491701234567')).toBe(1)
  })

  it('makes one invite when the button is pressed twice, and when the answer gets lost', async () => {
    const ada = await person(server)
    const { page } = await open(ada)
    await fillAddress(page, newAddress())
    await page.getByRole('button', { name: 'Send the invite' }).dblclick()
    await made(page)
    expect(await rowsOf(ada)).toHaveLength(1)

    await page.getByRole('button', { name: 'Invite another person' }).click()
    const address = newAddress()
    await fillAddress(page, address)
    await page.route('**/invite', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await send(page)
    await page.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor()
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(address)
    await page.unroute('**/invite')
    await send(page)
    await made(page)
    expect(await rowsOf(ada)).toHaveLength(2)
    expect(messagesTo(server, address)).toBeLessThan(2)
  })

  it('shows a link once, with a QR code of it, and the sheet that is printed has both', async () => {
    const ada = await person(server, 'Ada')
    await ada.channel('Garden club')
    const visit = await open(ada)
    const { page } = visit
    await choose(page, /^Channel/)
    await page.getByRole('button', { name: 'Garden club' }).click()
    await choose(page, 'By a link that anybody can use')
    await makeLink(page)
    await made(page)
    const link = await page.getByLabel('Link of the invite').inputValue()
    keepSecret(link.split('=')[1])
    const [row] = await rowsOf(ada)
    expect(link.startsWith(`${server.url}/i/${row.id}#passcode=`)).toBe(true)
    await page.getByText('never again').waitFor()
    await page.getByRole('button', { name: 'Show QR code' }).click()
    await page.getByRole('img', { name: 'QR code' }).waitFor()
    const data = (await page.evaluate(pointsOfCode)) as number[]
    expect(decodeQR({ data: Uint8ClampedArray.from(data), width: 400, height: 400 })).toBe(link)

    await page.evaluate('window.print = () => { window.printed = document.body.className }')
    await page.getByRole('button', { name: 'Print' }).click()
    await expect.poll(() => page.evaluate('window.printed')).toBe('prints-sheet')
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('#app').isVisible()).toBe(false)
    const sheet = await page.locator('.print-sheet').innerText()
    expect(sheet).toContain('Ada invites you to the channel “Garden club”')
    expect(sheet).toContain('The invite is good until')
    expect(sheet).toContain(link)
    await page.evaluate('window.dispatchEvent(new Event("afterprint"))')
    await page.emulateMedia({ media: 'screen' })
    expect(await page.locator('.print-sheet').count()).toBe(0)
    expect(complaintsBut(visit)).toEqual([])
  })

  it('replaces a link that got lost with its answer', async () => {
    const ada = await person(server)
    const { page } = await open(ada)
    await choose(page, 'By a link that anybody can use')
    await page.route('**/invite', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await makeLink(page)
    await page.getByRole('alert').waitFor()
    await page.unroute('**/invite')
    await makeLink(page)
    await page.getByRole('button', { name: 'Get a new link' }).click()
    const link = await page.getByLabel('Link of the invite').inputValue()
    const [row, ...others] = await rowsOf(ada)
    expect(others).toEqual([])
    const passcode = link.split('#passcode=')[1]
    keepSecret(passcode)
    await ada.must('POST', `/invite/${row.id}/preview`, { passcode })
  })

  it('says at the field what the service refuses, and keeps what was filled in', async () => {
    const ada = await person(server)
    const address = newAddress()
    await ada.invite({ inviteType: 'friend', token: address, identityProviderType: 'email' })
    const { page } = await open(ada)
    await send(page)
    await page.getByText('Enter an e-mail address').waitFor()
    await fillAddress(page, address)
    await send(page)
    await page.locator('.problem').filter({ hasText: 'already has an open invite' }).waitFor()
    expect(await page.getByLabel('E-mail address').getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(address)
    await choose(page, 'Until a date')
    await page.getByLabel('Good until').fill('2098-01-01T00:00')
    await fillAddress(page, newAddress())
    await send(page)
    await page.locator('.problem').filter({ hasText: 'At most 30 days' }).waitFor()
    expect(await rowsOf(ada)).toHaveLength(1)
  })

  it('can be filled in and sent by the keyboard alone', async () => {
    const ada = await person(server)
    const address = newAddress()
    const { page } = await open(ada)
    const typeRadio = page.getByRole('radio', { name: /^Friend/ })
    await typeRadio.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type(address)
    await page.keyboard.press('Enter')
    await made(page)
    expect(await rowsOf(ada)).toMatchObject([{ token: address, inviteType: 'friend' }])
  })

  it.each(looks)('has no fault for axe, and no sideways scroll: $scheme, $locale, $width', async (look) => {
    const ada = await person(server)
    await ada.channel('A channel with quite a long name, longer than a narrow screen is wide')
    const { page } = await open(ada, look)
    await page.locator('input[value=channel]').check()
    await page.locator('.place').waitFor()
    await page.locator('input[value=window]').check()
    await page.locator('summary').click()
    await page.locator('button[type=submit]').click()
    await page.locator('.problem').first().waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
    await page.locator('.place').click()
    await page.locator('input[value=link]').check()
    await page.locator('input[value="7"]').check()
    await page.locator('button[type=submit]').click()
    await page.locator('.link-card').waitFor()
    expect(await axe(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
  })
})
