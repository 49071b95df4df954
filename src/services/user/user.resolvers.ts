// Loads people in batches, and makes a viewer's view of a person.
import { resolve } from '@feathersjs/schema'
import { hasScope, type Caller } from '../../callers/caller.js'
import { timeFromText } from '../../database/connection.js'
import { runOne, type Database } from '../../database/statement.js'
import type { HookContext } from '../../declarations.js'
import { besidePerson, logins, users, type LoginRow, type Person, type User, type UserLogin } from './user.table.js'

/** Whether the viewer sees the private fields of a user: their own account, or any by scope user:read. */
export const seesPrivate = (viewer: Caller | undefined, userId: string) =>
  viewer !== undefined && (viewer.id === userId || hasScope(viewer, 'user:read'))

/** A person as `viewer` sees them, in the documented order. */
export const viewUser = (person: Person, viewer: Caller | undefined): User =>
  users.view(person, person, (owner) => seesPrivate(viewer, owner))

/**
 * A person in the reply of people_and_places(): the values of a user, then the list of the values of the newest login.
 */
export type PersonRow = [...values: unknown[], lastLogin: unknown[] | null]

const loginOf = logins.rows({})
const personOf = users.rows(besidePerson)

/** A login is shown as a whole to those who may see its user's private fields. */
const viewLogin = (login: LoginRow): UserLogin => logins.view(login, {}, () => true)

export function personFromRow(row: PersonRow): Person {
  const login = row.at(-1)
  return personOf(
    row,
    { lastLogin: Array.isArray(login) ? viewLogin(loginOf(login, {}, timeFromText)) : null },
    timeFromText
  )
}

/** People by a condition on `u`, with their newest login: one statement. */
export async function loadPeople(db: Database, where: string, values: unknown[]): Promise<Person[]> {
  const row = await runOne<{ related: { people: PersonRow[] | null } }>(
    db,
    `select people_and_places(array(select u.id from users u where ${where}), null, '{}', '{}') as related`,
    values
  )
  return (row?.related.people ?? []).map(personFromRow)
}

/**
 * The people that the service returns → the caller's view. A new account is seen by its owner, who has no token yet. It
 * is one converter: resolvers of single properties would change the order of the keys.
 */
export const userResolver = resolve<User, HookContext>(
  {},
  {
    converter: async (person: Person, { method, params }) =>
      viewUser(person, method === 'create' ? accountOf(person.id) : params.caller)
  }
)

/** A caller without rights or verified addresses. */
const accountOf = (id: string): Caller => ({ id, isGuest: false, scopes: [], addresses: [] })

/** For the hook `showViews`: a login → the caller's view. */
export const loginView = (login: LoginRow, { params }: HookContext) =>
  logins.view(login, {}, (owner) => seesPrivate(params.caller, owner))
