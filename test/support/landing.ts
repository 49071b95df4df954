// Links of invites, and browsers that are signed in, for the tests of the page of an invited person.
import type { Page } from 'playwright-core'
import type { Invite } from '../../src/services/invite/invite.table.js'
import { newAddress, type Person } from './people.js'
import type { Visit } from './pages.js'
import type { TestServer } from './server.js'

export const linkOf = (server: TestServer, id: string, passcode: string, query = '') =>
  `${server.url}/i/${id}${query}#passcode=${passcode}`

export interface Mailed {
  invite: Invite
  address: string
  passcode: string
  link: string
}

/** An invite into a new channel that was mailed to an address. */
export async function mailed(server: TestServer, inviter: Person, more: object = {}): Promise<Mailed> {
  const { id: targetObjectId } = await inviter.channel('Garden club')
  const address = newAddress('i')
  const invite = await inviter.inviteAddress({ inviteType: 'channel', targetObjectId, token: address, ...more })
  const passcode = await server.mailedPasscode(invite.id)
  return { invite, address: invite.token ?? address, passcode, link: linkOf(server, invite.id, passcode) }
}

/** A link for anybody into a new channel. */
export async function bearer(server: TestServer, inviter: Person, more: object = {}) {
  const { id: targetObjectId } = await inviter.channel('Garden club')
  const invite = await inviter.invite({ inviteType: 'channel', targetObjectId, ...more })
  return { invite, link: linkOf(server, invite.id, invite.passcode ?? '') }
}

/** This browser remembers the session of a person, once: it can forget it. */
export async function signedInAs(
  { context }: Pick<Visit, 'context'>,
  { id, name, token }: Pick<Person, 'id' | 'name' | 'token'>
): Promise<void> {
  const session = JSON.stringify(JSON.stringify({ token, user: { id, name } }))
  await context.addInitScript(`if (!sessionStorage.seeded) {
    sessionStorage.seeded = '1'
    localStorage.setItem('invite-service:/', ${session})
  }`)
}

/** Takes the end of an invite into the past. */
export const expire = ({ db }: TestServer, id: string) =>
  db('invites')
    .where({ id })
    .update({ expiresAt: db.raw(`clock_timestamp() - interval '1 minute'`) })

/** Moves the opening of a timed invite. */
export const openIn = ({ db }: TestServer, id: string, seconds: number) =>
  db('invites')
    .where({ id })
    .update({ startTime: db.raw(`clock_timestamp() + make_interval(secs => ${seconds})`) })

export const heading = (page: Page) => page.locator('h1')
