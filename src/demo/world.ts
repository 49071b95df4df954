// The demo world: people, places, and invites of every type and status, made by the functions that the API uses.
import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import type { Caller } from '../callers/caller.js'
import type { Database } from '../database/statement.js'
import { channelTables } from '../services/channel/channel.js'
import { InstanceService } from '../services/instance/instance.js'
import { acceptInvite } from '../services/invite/answer/claim.js'
import { declineInvite, removeInvite } from '../services/invite/answer/revoke-or-decline.js'
import { createInvites, type CreateOptions } from '../services/invite/write/create.js'
import type { InviteData, PopulatedInvite } from '../services/invite/invite.table.js'
import { locationTables } from '../services/location/location.js'
import { RowLimits } from '../limits/row-limit.js'
import { PlaceService } from '../services/channel/place.js'
import { hashPassword, recordLogin, registerUser } from '../services/user/register.js'

const names = ['Ada', 'Ben', 'Cleo', 'Dan'] as const
type Name = (typeof names)[number]

export const addressOf = (name: string) => `${name.toLowerCase()}@example.com`
export const demoAddresses = names.map(addressOf)

/** The user agent of each demo person's first login. The next start finds the demo people by it. */
export const demoAgent = 'invite-service demo world'

export interface Password {
  name: string
  email: string
  /** The password in clear, to be printed. The database stores its hash only. */
  password: string
}

/** Registers a demo person with a verified address, and records a login, so that each person has a newest login. */
async function register(db: Database, name: Name, secret: string): Promise<Caller> {
  const email = addressOf(name)
  const { userId, identityProviderId } = await registerUser(db, { name, isGuest: false }, [
    { type: 'email', token: email, secret, verified: true }
  ])
  await recordLogin(db, { userId, identityProviderId, secret, userAgent: demoAgent, ip: '127.0.0.1' })
  return { id: userId, isGuest: false, scopes: [], addresses: [email] }
}

/** A channel, and a location with an instance; `owner` made all three. */
async function makePlaces(db: Database, owner: Caller) {
  const params = { caller: owner }
  const limits = new RowLimits(1)
  const channel = await new PlaceService(db, channelTables, limits).create({ name: 'Garden club' }, params)
  const location = await new PlaceService(db, locationTables, limits).create({ name: 'Greenhouse' }, params)
  const instance = await new InstanceService(db, limits).create({ locationId: location.id }, params)
  return { channel: channel.id, location: location.id, instance: instance.id }
}

const yearMs = 365 * 24 * 3600 * 1000
const inAMoment = () => new Date(Date.now() + 1000).toISOString()

type Places = Awaited<ReturnType<typeof makePlaces>>

/** The secret that makes the passcodes of mailed invites, and the media that have a carrier. */
type Mail = Pick<CreateOptions, 'deliveryKey' | 'carries'>

async function makeInvites(trx: Knex.Transaction, mail: Mail, people: Record<Name, Caller>, places: Places) {
  const { deliveryKey, carries } = mail
  const { Ada, Ben, Cleo, Dan } = people
  const send = async (inviter: Caller, data: InviteData): Promise<PopulatedInvite> => {
    const [made] = await createInvites(trx, [data], inviter, {
      deliveryKey,
      rateLimitFactor: 1,
      domains: [],
      carries,
      isList: false
    })
    if (!made) throw new Error('an invite of the demo world was not made')
    return made
  }
  const toChannel = { inviteType: 'channel', targetObjectId: places.channel } as const
  const toLocation = { inviteType: 'location', targetObjectId: places.location } as const
  const toInstance = { inviteType: 'instance', targetObjectId: places.instance } as const
  const byMail = (token: string) => ({ token, identityProviderType: 'email' }) as const
  // Timed, for a year: the printed call still finds them after the seven days of other invites.
  const forAYear = { timed: true, endTime: new Date(Date.now() + yearMs).toISOString() }

  // Pending, one of each type. The printed call changes the two invites to the channel.
  await send(Ada, { ...toChannel, ...forAYear, inviteeId: Ben.id })
  const link = await send(Ada, { ...toChannel, ...forAYear, maxUses: 5 })
  await send(Ada, { ...toLocation, inviteeId: Cleo.id, spawnType: 'spawnPoint', spawnDetails: { spawnPoint: 'door' } })
  await send(Ada, { ...toInstance, ...byMail('erin@example.com') })
  await send(Ada, { inviteType: 'new-user', ...byMail('finn@example.com') })
  await send(Cleo, { inviteType: 'friend', inviteeId: Ada.id })

  // One use of the link, and an invite in each state that an invite can end in.
  await acceptInvite(trx, link.id, Dan, link.passcode ?? undefined)
  const accepted = await send(Ada, { inviteType: 'friend', inviteeId: Ben.id })
  await acceptInvite(trx, accepted.id, Ben, undefined)
  const declined = await send(Ada, { inviteType: 'friend', inviteeId: Dan.id })
  await declineInvite(trx, declined.id, Dan, undefined)
  const revoked = await send(Ada, { ...toLocation, inviteeId: Ben.id })
  await removeInvite(trx, revoked.id, Ada)
  // The API makes no invite that has expired: this one expires a second later.
  await send(Ada, { inviteType: 'new-user', ...byMail('gus@example.com'), expiresAt: inAMoment() })
}

/**
 * Makes the whole world or nothing: a start that is interrupted leaves no part of it behind. Returns the
 * passwords.
 */
export async function makeWorld(db: Knex, mail: Mail): Promise<Password[]> {
  const logins = names.map((name) => ({
    name,
    email: addressOf(name),
    password: randomBytes(9).toString('base64url')
  }))
  const secrets = await Promise.all(logins.map(({ password }) => hashPassword(password)))
  await db.transaction(async (trx) => {
    const callers: [Name, Caller][] = []
    for (const [index, name] of names.entries()) callers.push([name, await register(trx, name, secrets[index] ?? '')])
    const people = Object.fromEntries(callers) as Record<Name, Caller>
    const places = await makePlaces(trx, people.Ada)
    await makeInvites(trx, mail, people, places)
  })
  return logins
}
