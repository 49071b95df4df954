// The inviter's page in a browser that has kept the session of a person.
import type { Person } from './people.js'
import type { Visit, Visits } from './pages.js'

type Look = Parameters<Visits['visit']>[0]

/** Opens a part of the page; `hash` begins with `#`. */
export async function visitSignedIn({ visit }: Visits, who: Person, hash: string, look?: Look): Promise<Visit> {
  const visited = await visit(look)
  const session = JSON.stringify({ token: who.token, user: { id: who.id, name: who.name } })
  await visited.page.addInitScript(`localStorage.setItem('invite-service:/', ${JSON.stringify(session)})`)
  await visited.page.goto(`${who.server.url}/invites${hash}`)
  await visited.page.locator('h1').waitFor()
  return visited
}

/** The looks that each part of the page is checked in. */
export const looks = [
  { scheme: 'light', locale: 'en', width: 1280 },
  { scheme: 'dark', locale: 'en', width: 320 },
  { scheme: 'light', locale: 'ar', width: 320 },
  { scheme: 'dark', locale: 'ar', width: 1280 }
] as const
