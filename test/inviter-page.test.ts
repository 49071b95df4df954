// The inviter's page: its lists, what changes in them by itself, and what can be done with one invite.
import { expect, it } from 'vitest'
import { expectRows, idsOn, live, manyInvites, rowOf, statusIn, visitAs } from './support/inviter.js'
import { complaintsBut, describeInBrowser } from './support/pages.js'
import { admin, call, person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const below = await useServer({ publicUrl: 'https://example.com/some/service' })

describeInBrowser('the page of the inviter', (visits) => {
  it('signs a person in, shows their list by one call, and forgets them when they sign out', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const visit = await visits.visit()
    const { page, requests } = visit
    await page.goto(`${server.url}/invites`)
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('do not belong together').waitFor()
    await page.getByLabel('Password').fill(ada.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await rowOf(page, id).waitFor()
    expect(requests.filter((one) => one.url().includes('/invite?'))).toHaveLength(1)
    expect(requests.filter((one) => !one.url().startsWith(server.url))).toEqual([])

    await page.reload()
    await rowOf(page, id).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
    await page.reload()
    await page.getByLabel('Password').waitFor()
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0)
    expect(complaintsBut(visit)).toEqual([])
  })

  it('makes an account', async () => {
    const { page } = await visits.visit()
    await page.goto(`${server.url}/invites`)
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByLabel('Your name').fill('Newcomer')
    await page.getByLabel('E-mail address').fill('newcomer@example.com')
    await page.getByLabel('Password').fill('a password of some length')
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByText('You have not invited anybody yet.').waitFor()
    expect(await page.getByRole('link', { name: 'Invite somebody' }).getAttribute('href')).toBe('#new')
    expect(await server.db('users').where({ name: 'Newcomer' })).toHaveLength(1)
  })

  it('leads back to the form, with a sentence, when the token has ended', async () => {
    const ada = await person(server, 'Ada')
    const { page } = await visitAs(visits, { server, id: ada.id, name: ada.name, token: `${ada.token}x` })
    await page.getByText('Your session has ended. Sign in again.').waitFor()
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password').fill(ada.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Sent' }).waitFor()
    expect(await page.getByText('Your session has ended.').count()).toBe(0)
  })

  it('shows nothing of a person who has signed out in another tab', async () => {
    const ada = await person(server, 'Ada')
    const visit = await visits.visit()
    const { page, context } = visit
    await page.goto(`${server.url}/invites`)
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password').fill(ada.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const other = await context.newPage()
    await other.goto(`${server.url}/invites`)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
    expect(await page.getByText('Your session has ended.').count()).toBe(0)
  })

  it('shows sixty invites page by page, each once, in three orders, also when rows come and go in between', async () => {
    const ada = await person(server, 'Ada')
    const ids = (await manyInvites(ada, 60)).map((invite) => invite.id)
    const newest = ids.toReversed()
    const { page } = await visitAs(visits, ada)
    await expectRows(page, newest.slice(0, 25))
    await page.getByText('60 invites').waitFor()
    await page.getByText('25 of 60 shown').waitFor()
    // One that was shown goes, and one comes: a page by number would repeat or skip a row.
    await ada.must('DELETE', `/invite/${newest[3]}`)
    const more = page.getByRole('button', { name: 'Show more' })
    await more.click()
    await expectRows(page, newest.slice(0, 50))
    await more.click()
    await expectRows(page, newest)
    expect(await more.count()).toBe(0)

    await page.getByLabel('Order').selectOption('oldest')
    await expectRows(page, ids.slice(0, 25))
    await more.click()
    await expectRows(page, ids.slice(0, 50))

    // All at once: their times are equal, and the ids decide.
    await ada.patch({ id: { $in: ids.slice(10, 50) } }, { spawnType: 'spectate' })
    await page.getByLabel('Order').selectOption('changed')
    const rows = await server
      .db('invites')
      .where({ userId: ada.id })
      .orderBy([
        { column: 'updatedAt', order: 'desc' },
        { column: 'id', order: 'desc' }
      ])
    const changed = rows.map(({ id }) => id)
    await expectRows(page, changed.slice(0, 25))
    await more.click()
    await expectRows(page, changed.slice(0, 50))
    await more.click()
    await expectRows(page, changed)
  })

  it('searches and filters, and keeps both in the address', async () => {
    const ada = await person(server, 'Ada')
    const choir = await ada.channel('Ça va, % & "chœur"')
    const link = await ada.invite({ inviteType: 'channel', targetObjectId: choir.id, maxUses: 5 })
    const ben = await person(server, 'O’Ben\\_%')
    const forBen = await ada.invite({ inviteType: 'friend', inviteeId: ben.id })
    const mailed = await ada.inviteAddress()
    const revoked = await ada.inviteAddress()
    await ada.must('DELETE', `/invite/${revoked.id}`)
    const { page } = await visitAs(visits, ada)
    await expectRows(page, [revoked.id, mailed.id, forBen.id, link.id])
    expect(await rowOf(page, link.id).innerText()).toContain('Link, used 0 of 5')
    expect(await rowOf(page, link.id).innerText()).toContain('Channel: Ça va, % & "chœur"')

    const search = page.getByRole('searchbox')
    for (const [text, ids] of [
      ['ça va, %', [link.id]],
      ['\\_%', [forBen.id]],
      [mailed.token?.slice(2, 12) ?? '', [mailed.id]],
      ['nothing like this', []]
    ] as const) {
      await search.fill(text)
      await expectRows(page, [...ids])
    }
    await page.getByText('No invite matches these filters.').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await expectRows(page, [revoked.id, mailed.id, forBen.id, link.id])
    await page.getByLabel('Status').selectOption('revoked')
    await expectRows(page, [revoked.id])
    await page.getByLabel('Status').selectOption('pending')
    await page.getByLabel('For').selectOption('friend')
    await expectRows(page, [mailed.id, forBen.id])
    await page.reload()
    await expectRows(page, [mailed.id, forBen.id])
    // Views are links: "back" leads to the view before.
    await page.getByRole('link', { name: 'Received' }).click()
    await page.getByText('No invites for you').waitFor()
    await page.goBack()
    await expectRows(page, [mailed.id, forBen.id])
    expect(page.url()).toContain('#sent?status=pending&type=friend')
  })

  it('hears of what others do: a row changes in its place, and new rows come on top', async () => {
    const [ada, ben] = [await person(server, 'Ada'), await person(server, 'Ben')]
    const older = await ada.inviteAddress()
    const { id } = await ada.inviteToChannel(ben)
    const { page } = await visitAs(visits, ada)
    const other = await visitAs(visits, ben, '#received')
    await expectRows(page, [id, older.id])
    await Promise.all([live(page), live(other.page)])
    await page.evaluate('window.sameDocument = true')

    await other.page.getByRole('button', { name: 'Accept the invite from Ada' }).click()
    await rowOf(other.page, id).getByText('Accepted').waitFor()
    await rowOf(page, id).getByText('Accepted').waitFor()
    expect(await statusIn(server, id)).toBe('accepted')
    await ada.must('PATCH', `/invite/${older.id}`, { deleteOnUse: true })
    const newer = await ada.inviteToChannel(ben)
    await expectRows(page, [newer.id, id, older.id])
    await page.getByText('3 invites').waitFor()
    await expectRows(other.page, [newer.id, id])
    await other.page.getByRole('button', { name: 'Decline the invite from Ada' }).click()
    await rowOf(page, newer.id).getByText('Declined').waitFor()
    expect(await page.evaluate('window.sameDocument')).toBe(true)
  })

  it('lists again after the connection was away, and says so meanwhile', async () => {
    const ada = await person(server, 'Ada')
    const first = await ada.inviteAddress()
    const { page, context } = await visitAs(visits, ada)
    await expectRows(page, [first.id])
    await live(page)
    await context.setOffline(true)
    server.app.io.disconnectSockets(true)
    await page.getByText('Reconnecting…').waitFor()
    const missed = await ada.inviteAddress()
    await context.setOffline(false)
    await expectRows(page, [missed.id, first.id])
    await live(page)
    expect(await page.getByText('Reconnecting…').count()).toBe(0)
  })

  it('shows the facts and the history of an invite, with the names that it knows, and closes by Escape', async () => {
    const [ada, ben] = [await person(server, 'Ada'), await person(server, 'Ben')]
    const invite = await ada.inviteToChannel(ben)
    await ada.must('PATCH', `/invite/${invite.id}`, { spawnType: 'spectate' })
    await ben.accept(invite.id)
    const { page } = await visitAs(visits, ada)
    const opener = rowOf(page, invite.id).getByRole('button', { name: 'Ben' })
    await opener.press('Enter')
    const about = page.getByRole('region', { name: 'The invite Ben' })
    await about.getByText(invite.id).waitFor()
    await expect
      .poll(async () => (await about.locator('.timeline li p:first-child').allInnerTexts()).map((text) => text.trim()))
      .toEqual(['Created · You', 'Changed · You', 'Accepted · Ben'])
    expect(await about.locator('.timeline code').innerText()).toBe('spawnType')
    expect(await about.innerText()).toContain('As a spectator')
    await about.getByRole('button', { name: 'Copy the id' }).focus()
    await page.keyboard.press('Escape')
    await about.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.className')).toBe('opener')
  })

  it('shows how the delivery goes, without a reload', async () => {
    const ada = await person(server, 'Ada')
    const { page } = await visitAs(visits, ada)
    await page.getByText('You have not invited anybody yet.').waitFor()
    await live(page)
    const { id } = await ada.inviteAddress()
    await rowOf(page, id).getByText('Sent', { exact: true }).waitFor()
    const { deliveryStatus } = await server.db('invites').where({ id }).first()
    expect(deliveryStatus).toBe('sent')
  })

  it('sends again: a new link is shown once, and the next time until when', async () => {
    const ada = await person(server, 'Ada')
    const link = await ada.bearerLink()
    const { page } = await visitAs(visits, ada)
    await rowOf(page, link.id).locator('.opener').click()
    await page.getByRole('button', { name: 'Make a new link' }).click()
    await page.getByText('The old one no longer works.').waitFor()
    const shown = page.locator('.about').getByText(`/i/${link.id}#passcode=`)
    const text =
      (await shown.count()) > 0 ? await shown.first().innerText() : await page.locator('.about input').inputValue()
    const passcode = text.split('passcode=')[1]?.trim() ?? ''
    const preview = (code: string) => call(server, 'POST', `/invite/${link.id}/preview`, { body: { passcode: code } })
    expect((await preview(passcode)).status).toBe(200)
    expect((await preview(link.passcode)).status).toBe(404)
    await page.getByRole('button', { name: 'Make a new link' }).click()
    await page.getByText(/You can send it again after .*\d\d:\d\d/).waitFor()
  })

  it('revokes after a question', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const { page } = await visitAs(visits, ada)
    await rowOf(page, id).locator('.opener').click()
    const about = page.locator('.about')
    await about.getByRole('button', { name: 'Revoke' }).click()
    await about.getByText('Revoke this invite?').waitFor()
    expect(await statusIn(server, id)).toBe('pending')
    await about.getByRole('button', { name: 'Revoke' }).click()
    await rowOf(page, id).getByText('Revoked').waitFor()
    expect(await statusIn(server, id)).toBe('revoked')
  })

  it('tells that a holder of an expired invite asks for a new one, which a button sends', async () => {
    const ada = await person(server, 'Ada')
    const invite = await ada.inviteAddress()
    const passcode = await server.mailedPasscode(invite.id)
    await server
      .db('invites')
      .where({ id: invite.id })
      .update({
        createdAt: server.db.raw(`now() - interval '1 day'`),
        expiresAt: server.db.raw(`now() - interval '1 hour'`)
      })
    await server.db('outbox').delete()
    const { page } = await visitAs(visits, ada)
    await live(page)
    const asked = await call(server, 'POST', `/invite/${invite.id}/request`, { body: { passcode } })
    expect(asked.status).toBe(202)
    const notice = page.locator('.request')
    await notice.getByText('somebody asks for a new invitation').waitFor()
    expect(await notice.innerText()).toContain(invite.token)
    await notice.getByRole('button', { name: 'Send again' }).click()
    await notice.getByText('The invite was sent again.').waitFor()
    await rowOf(page, invite.id).getByText('Pending').waitFor()
    expect(await server.mailedPasscode(invite.id, passcode)).not.toBe(passcode)
  })

  it('shows an administrator everybody’s invites, and others not', async () => {
    const [ada, boss] = [await person(server, 'Ada'), await admin(server)]
    const { id } = await ada.inviteAddress()
    const { page } = await visitAs(visits, boss)
    await page.getByRole('link', { name: 'Everybody’s' }).click()
    await rowOf(page, id).waitFor()
    expect(await rowOf(page, id).locator('.inviter').innerText()).toBe('Ada')
    const other = await visitAs(visits, ada, '#all')
    await rowOf(other.page, id).waitFor()
    expect(await other.page.getByRole('link', { name: 'Everybody’s' }).count()).toBe(0)
    expect(await idsOn(other.page)).toEqual([id])
  })

  it('works below a path, its socket too', async () => {
    const ada = await person(below, 'Ada')
    const { id } = await ada.inviteAddress()
    const visit = await visits.visit()
    const { page, requests } = visit
    await page.goto(`${below.url}/some/service/invites/`)
    await page.getByLabel('E-mail address').fill(ada.email)
    await page.getByLabel('Password').fill(ada.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await rowOf(page, id).waitFor()
    await live(page)
    await ada.must('DELETE', `/invite/${id}`)
    await rowOf(page, id).getByText('Revoked').waitFor()
    expect(requests.filter((one) => !new URL(one.url()).pathname.startsWith('/some/service/'))).toEqual([])
    expect(complaintsBut(visit)).toEqual([])
  })
})
