// The inviter's page in a browser: a visit as somebody who is signed in, and the parts that tests look for.
import { expect } from 'vitest'
import type { Page } from 'playwright-core'
import type { Person } from './people.js'
import type { Visit, Visits } from './pages.js'
import type { TestServer } from './server.js'

type Look = Parameters<Visits['visit']>[0]

/** Opens the page as somebody who signed in before: the browser has kept their session. `hash` begins with `#`. */
export async function visitAs(
  visits: Visits,
  who: Pick<Person, 'server' | 'id' | 'name' | 'token'>,
  hash = '',
  look?: Look
): Promise<Visit> {
  const visit = await visits.visit(look)
  const session = JSON.stringify({ token: who.token, user: { id: who.id, name: who.name } })
  await visit.page.addInitScript(`localStorage.setItem('invite-service:/', ${JSON.stringify(session)})`)
  await visit.page.goto(`${who.server.url}/invites${hash}`)
  return visit
}

/** Waits until the page hears of changes. */
export const live = (page: Page) => page.locator('.live-mark.live').waitFor()

export const rowOf = (page: Page, id: string) => page.locator(`tr.invite[data-id="${id}"]`)

/** The ids of the rows, from top to bottom. */
export const idsOn = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('tr.invite')].map((row) => row.dataset.id)`)

/** Waits until the list has these rows, in this order. */
export async function expectRows(page: Page, ids: string[]): Promise<void> {
  await expect.poll(() => idsOn(page)).toEqual(ids)
}

/** Many invites of one person to addresses, made by one call; in the order of their ids. */
export async function manyInvites(who: Person, count: number, more: (at: number) => object = () => ({})) {
  const made = await who.must<{ id: string; token: string }[]>(
    'POST',
    '/invite',
    Array.from({ length: count }, (_, at) => ({
      inviteType: 'friend',
      token: `guest${String(at).padStart(3, '0')}.${who.id.slice(-6)}@example.com`,
      identityProviderType: 'email',
      ...more(at)
    }))
  )
  return made.sort((a, b) => (a.id < b.id ? -1 : 1))
}

export const statusIn = async (server: TestServer, id: string): Promise<string> =>
  (await server.db('invites').where({ id }).first())?.status

/** The looks that each part of the page is checked in. */
export const looks = [
  { scheme: 'light', locale: 'en', width: 1280 },
  { scheme: 'dark', locale: 'en', width: 320 },
  { scheme: 'light', locale: 'ar', width: 320 },
  { scheme: 'dark', locale: 'ar', width: 1280 }
] as const
