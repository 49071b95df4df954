// One call for many invites, made by the inviter's page, and the same call as the page gives it to copy: each language
// is executed against the service.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { curlOf } from '../src/pages/browser/invites/bulk/snippets/curl.js'
import { fetchOf } from '../src/pages/browser/invites/bulk/snippets/fetch.js'
import { pythonOf } from '../src/pages/browser/invites/bulk/snippets/python.js'
import { rubyOf } from '../src/pages/browser/invites/bulk/snippets/ruby.js'
import { filterOf, changeable } from '../src/pages/browser/invites/list/filter.js'
import { noChoice } from '../src/pages/browser/invites/list/choice.js'
import { expectRows, manyInvites, rowOf, statusIn, visitAs } from './support/inviter.js'
import { complaintsBut, describeInBrowser } from './support/pages.js'
import { admin, person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer({ patchCap: 55 })
const run = promisify(execFile)
const directory = mkdtempSync(join(tmpdir(), 'snippets-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Runs a snippet as a person would who pastes it, with the token in the environment. */
async function execute(program: string, text: string, token: string): Promise<string> {
  const file = join(directory, program === 'node' ? 'call.mjs' : 'call')
  writeFileSync(file, text)
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8', TOKEN: token }
  const { stdout } = await run(program, [file], { env })
  return stdout
}
const runs = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false
  )
const languages = [
  ['curl', 'sh', curlOf],
  ['JavaScript', 'node', fetchOf],
  ['Ruby', 'ruby', rubyOf],
  ['Python', 'python3', pythonOf]
] as const

describe('the call to copy', async () => {
  for (const [name, program, write] of languages) {
    if (!(program === 'sh' || (await runs(program)))) {
      it(`in ${name} is skipped: no ${program}`, async () => expect(await runs(program)).toBe(false))
      continue
    }
    it(`in ${name} says exactly what the page means, whatever is in it`, async () => {
      const ada = await person(server, 'Ada')
      const search = `50% "off" + 'now' \\o/ $HOME \`id\` #{1} é 漢字 & <b>?`
      const channel = await ada.channel(search)
      const made = await Promise.all([
        ada.invite({ inviteType: 'channel', targetObjectId: channel.id }),
        ada.invite({ inviteType: 'channel', targetObjectId: (await ada.channel()).id })
      ])
      const filter = changeable(filterOf('sent', { ...noChoice, search }, ada.id), 'edit', false)
      const spawnDetails = { spawnPoint: `it's "a" \\ + ☃ #{2} $PATH \`ls\` \u2028 %41\n!` }
      const url = `${server.url}/invite`
      const answer = await execute(program, write({ method: 'PATCH', url, filter, body: { spawnDetails } }), ada.token)
      expect(answer).toContain(made[0]?.id)
      const rows = await Promise.all(made.map(({ id }) => ada.must('GET', `/invite/${id}`)))
      expect(rows.map((row) => row.spawnDetails)).toEqual([spawnDetails, {}])
      await execute(program, write({ method: 'DELETE', url, filter, body: undefined }), ada.token)
      expect(await Promise.all(made.map(({ id }) => statusIn(server, id)))).toEqual(['revoked', 'pending'])
      expect(write({ method: 'PATCH', url, filter, body: {} })).not.toContain(ada.token)
    })
  }
})

describeInBrowser('many invites at once', (visits) => {
  const snippet = (page: Page) => page.locator('.call pre').innerText()
  const selectAll = async (page: Page, count: number) => {
    await page.getByLabel('Select the loaded invites').check()
    await page.getByRole('button', { name: `Select all ${count} that match this filter` }).click()
  }

  it('edits fifty by all that match, and a shell does the same with the curl that the page copies', async () => {
    const ada = await person(server, 'Ada')
    const many = await manyInvites(ada, 53, (at) => ({ inviteType: at < 50 ? 'friend' : 'new-user' }))
    const friends = many.slice(0, 50).map(({ id }) => id)
    const spawnTypes = async (type: string) => {
      const rows = await server.db('invites').where({ userId: ada.id, spawnType: type }).orderBy('id')
      return rows.map(({ id }) => id)
    }
    const visit = await visitAs(visits, ada, '#sent?type=friend')
    const { page, context } = visit
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByText('25 of 50 shown').waitFor()
    await selectAll(page, 50)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByText('50 invites will change.').waitFor()
    await page.getByLabel('How people arrive').check()
    await page.locator('select[id]').last().selectOption('spectate')
    await page.getByText('The same call for your program').click()
    const copied = () => page.evaluate('navigator.clipboard.readText()')
    await page.locator('.call').getByRole('button', { name: 'Copy' }).click()
    await page.locator('.call .copied', { hasText: 'Copied' }).waitFor()
    const curl = String(await copied())
    expect(curl).toBe(await snippet(page))
    expect(curl).not.toContain(ada.token)
    for (const tab of ['JavaScript', 'Ruby', 'Python']) {
      await page.getByRole('tab', { name: tab }).click()
      expect(await snippet(page)).toContain('TOKEN')
    }
    await page.getByRole('button', { name: 'Change 50 invites' }).click()
    await page.getByText('50 invites were changed.').waitFor()
    expect(await spawnTypes('spectate')).toEqual(friends)

    // Undone in the database, and done again by the shell.
    await server.db('invites').where({ userId: ada.id }).update({ spawnType: null })
    expect(await spawnTypes('spectate')).toEqual([])
    const answered = JSON.parse(await execute('sh', curl, ada.token)) as { id: string }[]
    expect(answered.map(({ id }) => id)).toEqual(friends)
    expect(await spawnTypes('spectate')).toEqual(friends)
    expect(complaintsBut(visit)).toEqual([])
  })

  it('does not say that nothing was changed when the answer of a call got lost', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const { page } = await visitAs(visits, ada)
    await page.route('**/invite?filter=*', async (route) => {
      if (route.request().method() !== 'DELETE') return route.continue()
      await route.fetch()
      return route.abort()
    })
    await rowOf(page, id).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('button', { name: 'Revoke 1 invite' }).click()
    await page.getByText('It is not known whether the call has arrived.').waitFor()
    expect(await page.getByText('Nothing was changed').count()).toBe(0)
    expect(await statusIn(server, id)).toBe('revoked')
    await rowOf(page, id).getByText('Revoked').waitFor()
  })

  it('changes those that are selected by hand, and says how many of them can change', async () => {
    const ada = await person(server, 'Ada')
    const many = await manyInvites(ada, 4)
    await ada.must('DELETE', `/invite/${many[0]?.id}`)
    const { page } = await visitAs(visits, ada)
    await expectRows(page, many.map(({ id }) => id).toReversed())
    for (const { id } of many.slice(0, 3)) await rowOf(page, id).getByRole('checkbox').check()
    await page.getByText('3 selected').waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByText('2 invites will change.').waitFor()
    await page.getByLabel('Delete once used').check()
    await page.getByRole('button', { name: 'Change 2 invites' }).click()
    await page.getByText('2 invites were changed.').waitFor()
    // The focus goes to the sentence, because its place is gone with the panel.
    await expect.poll(() => page.evaluate('document.activeElement.innerText')).toBe('2 invites were changed.')
    const rows = await server.db('invites').where({ userId: ada.id }).orderBy('id')
    expect(rows.map(({ deleteOnUse }) => deleteOnUse)).toEqual([false, true, true, false])
  })

  it('says at its field why a change is refused, and that nothing was changed', async () => {
    const ada = await person(server, 'Ada')
    const link = await ada.bearerLink({ maxUses: 5 })
    const mailed = await ada.inviteAddress()
    const { page } = await visitAs(visits, ada)
    await rowOf(page, mailed.id).waitFor()
    await page.getByLabel('Select the loaded invites').check()
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('How often a link can be used').check()
    await page.locator('input[type=number]').fill('9')
    await page.getByRole('button', { name: 'Change 2 invites' }).click()
    await page.locator('.problem', { hasText: 'An invite to one person is used once.' }).waitFor()
    await page.getByText('Nothing was changed').waitFor()
    await rowOf(page, mailed.id).getByRole('checkbox').uncheck()
    await page.getByRole('button', { name: 'Change 1 invite' }).click()
    await page.getByText('1 invite was changed.').waitFor()
    const rows = await server.db('invites').where({ userId: ada.id }).orderBy('id')
    expect(rows.map(({ id, maxUses }) => [id, maxUses])).toEqual([
      [link.id, 9],
      [mailed.id, 1]
    ])
  })

  it('gives invites a time window and takes it again, in the time zone of the reader', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.inviteAddress()
    const { page } = await visitAs(visits, ada, '', { timezone: 'Asia/Tokyo' })
    const edit = async (how: 'on' | 'off', end?: string) => {
      await rowOf(page, id).getByRole('checkbox').check()
      await page.getByRole('button', { name: 'Edit' }).click()
      await page.getByLabel('Time window').check()
      await page.locator('.within select').selectOption(how)
      if (end) await page.getByLabel('Ends', { exact: true }).fill(end)
      await page.getByRole('button', { name: 'Change 1 invite' }).click()
      await page.getByText('1 invite was changed.').waitFor()
    }
    const year = new Date().getUTCFullYear() + 1
    await edit('on', `${year}-03-04T09:30`)
    const invite = () => ada.must('GET', `/invite/${id}`)
    expect(await invite()).toMatchObject({ timed: true, endTime: `${year}-03-04T00:30:00.000Z`, expiresAt: null })
    await edit('off')
    const untimed = await invite()
    expect(untimed.timed).toBe(false)
    expect(Date.parse(untimed.expiresAt)).toBeGreaterThan(Date.now())
  })

  it('does not send a call for more than the service changes at once, and says so', async () => {
    const ada = await person(server, 'Ada')
    await manyInvites(ada, 56)
    const { page } = await visitAs(visits, ada)
    await page.getByText('25 of 56 shown').waitFor()
    await selectAll(page, 56)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByText('More than 55 invites match').waitFor()
    await page.getByLabel('Delete once used').check()
    expect(await page.getByRole('button', { name: 'Change 56 invites' }).isDisabled()).toBe(true)
  })

  it('revokes all that match after a question, and nothing before', async () => {
    const ada = await person(server, 'Ada')
    const many = await manyInvites(ada, 30, (at) => ({ inviteType: at < 28 ? 'friend' : 'new-user' }))
    const { page } = await visitAs(visits, ada, '#sent?type=friend')
    await page.getByText('25 of 28 shown').waitFor()
    await selectAll(page, 28)
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await page.getByText('28 invites will be revoked.').waitFor()
    const revoked = async () => (await server.db('invites').where({ userId: ada.id, status: 'revoked' })).length
    expect(await revoked()).toBe(0)
    await page.getByRole('button', { name: 'Revoke 28 invites' }).click()
    await page.getByText('28 invites were revoked.').waitFor()
    expect(await revoked()).toBe(28)
    expect(await statusIn(server, many[29]?.id ?? '')).toBe('pending')
    await rowOf(page, many[27]?.id ?? '')
      .getByText('Revoked')
      .waitFor()
  })

  it('lets an administrator change everybody’s', async () => {
    const [ada, boss] = [await person(server, 'Adelheid'), await admin(server)]
    const many = await manyInvites(ada, 3)
    const { page } = await visitAs(visits, boss, '#all?search=Adelheid')
    await expectRows(page, many.map(({ id }) => id).toReversed())
    await page.getByLabel('Select the loaded invites').check()
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Makes an administrator').check()
    await page.locator('.within select').selectOption('true')
    await page.getByRole('button', { name: 'Change 3 invites' }).click()
    await page.getByText('3 invites were changed.').waitFor()
    const rows = await server.db('invites').where({ userId: ada.id })
    expect(rows.map(({ makeAdmin }) => makeAdmin)).toEqual([true, true, true])
  })
})
