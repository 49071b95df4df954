// Loads people in batches, and decides what of a person a viewer sees.
import { hasScope, type Caller } from '../../callers/caller.js'
import { timeFromText } from '../../database/database.js'
import { runOne, type Database } from '../../database/statement.js'
import type { User, UserLogin } from './user.schema.js'

/** A user as the database knows them, unmasked, with the newest login. */
export interface Person extends User {
  inviteCode: string
}

/** Oneself, and callers with scope user:read, see what is private. */
export const seesPrivate = (viewer: Caller | undefined, userId: string) =>
  viewer !== undefined && (viewer.id === userId || hasScope(viewer, 'user:read'))

/** A person as `viewer` sees them, in the documented order. */
export function viewUser(person: Person, viewer: Caller | undefined): User {
  const open = seesPrivate(viewer, person.id)
  return {
    id: person.id,
    name: person.name,
    ageVerified: person.ageVerified,
    isGuest: person.isGuest,
    inviteCode: open ? person.inviteCode : null,
    lastLogin: open ? person.lastLogin : null,
    createdAt: person.createdAt,
    updatedAt: person.updatedAt
  }
}

type LoginRow = [
  id: string,
  userAgent: string | null,
  ipAddress: string | null,
  userId: string,
  identityProviderId: string | null,
  createdAt: string
]

/** A person as people_and_places() tells of them; see the migrations. */
export type PersonRow = [
  id: string,
  name: string,
  ageVerified: boolean,
  isGuest: boolean,
  inviteCode: string,
  createdAt: string,
  updatedAt: string,
  lastLogin: LoginRow | null
]

const loginFromRow = ([id, userAgent, ipAddress, userId, identityProviderId, createdAt]: LoginRow): UserLogin => ({
  id,
  userAgent,
  ipAddress,
  userId,
  identityProviderId,
  createdAt: timeFromText(createdAt)
})

export const personFromRow = ([
  id,
  name,
  ageVerified,
  isGuest,
  inviteCode,
  createdAt,
  updatedAt,
  lastLogin
]: PersonRow): Person => ({
  id,
  name,
  ageVerified,
  isGuest,
  inviteCode,
  lastLogin: lastLogin && loginFromRow(lastLogin),
  createdAt: timeFromText(createdAt),
  updatedAt: timeFromText(updatedAt)
})

/** People by a condition on `u`, with their newest login: one statement. */
export async function loadPeople(db: Database, where: string, values: unknown[]): Promise<Person[]> {
  const row = await runOne<{ related: { people: PersonRow[] | null } }>(
    db,
    `select people_and_places(array(select u.id from users u where ${where}), null, '{}', '{}') as related`,
    values
  )
  return (row?.related.people ?? []).map(personFromRow)
}
