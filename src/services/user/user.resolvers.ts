// Loads people in batches, and decides what of a person a viewer sees.
import { hasScope, type Caller } from '../../authentication/callers.js'
import { timeFromText } from '../../database/database.js'
import { runOne, type Database } from '../../database/statement.js'
import type { User } from './user.schema.js'

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

/** A person as people_and_places() tells of them, with times as the service writes them; changed in place. */
export function withTimes(person: Person): Person {
  person.createdAt = timeFromText(person.createdAt)
  person.updatedAt = timeFromText(person.updatedAt)
  if (person.lastLogin) person.lastLogin.createdAt = timeFromText(person.lastLogin.createdAt)
  return person
}

/** People by a condition on `u`, with their newest login: one statement. */
export async function loadPeople(db: Database, where: string, values: unknown[]): Promise<Person[]> {
  const row = await runOne<{ related: { people: Person[] | null } }>(
    db,
    `select people_and_places(array(select u.id from users u where ${where}), null, '{}', '{}') as related`,
    values
  )
  return (row?.related.people ?? []).map(withTimes)
}
