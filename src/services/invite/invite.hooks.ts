// The hooks of invites: they read the client's request, so that the service gets conditions, options and bodies.
import type { NextFunction, Params } from '@feathersjs/feathers'
import { callerOf } from '../../callers/caller.js'
import type { HookContext } from '../../declarations.js'
import { badRequest, invalid } from '../../errors.js'
import { readListOptions, readSelect } from './filter/read-list.js'
import { readQuery, type InviteParams } from './filter/read-query.js'
import { checkNewInvites } from './write/new-invite.js'
import { readPatchBody } from './write/read-patch-body.js'

/** Gives the service the values that a hook has read, in place of the client's query. */
const withRead = (context: HookContext, read: Omit<InviteParams, keyof Params>) => {
  // In place: a copy of the params costs as much as reading a filter.
  Object.assign(context.params, read, { query: {} })
}

/** find: a filter, and the options of a list beside it. */
export async function listQuery(context: HookContext, next: NextFunction) {
  const { conditions, beside } = readQuery(context.params, { lists: true })
  const list = readListOptions(beside)
  withRead(context, { conditions, list, select: list.select })
  return next()
}

/** get: `$select` and nothing else. */
export async function selectQuery(context: HookContext, next: NextFunction) {
  const { $select, ...unknown } = context.params.query ?? {}
  const [key] = Object.keys(unknown)
  if (key !== undefined) throw badRequest({ path: key, message: 'is not known here' })
  withRead(context, { select: readSelect($select) })
  return next()
}

/** patch and remove: a filter with an effective condition, or an id and no query. */
export async function filterQuery(context: HookContext, next: NextFunction) {
  const { id, params } = context
  const { conditions } = readQuery(params, { lists: false })
  if (id !== null && Object.keys(params.query ?? {}).length > 0) {
    throw badRequest({ path: 'query', message: 'must be empty beside an id: leave out the id to use a filter' })
  }
  if (id === null && conditions.length === 0) throw invalid({ reason: 'no-condition', path: 'filter' })
  withRead(context, { conditions })
  return next()
}

/** patch: the fields themselves, or the documented envelope. */
export async function patchBody(context: HookContext, next: NextFunction) {
  context.data = readPatchBody(context.data, callerOf(context.params))
  return next()
}

/** create: one invite or a list. Feathers' validateData does not tell a validator which item of a list it checks. */
export async function newInvites(context: HookContext, next: NextFunction) {
  context.data = checkNewInvites(context.data)
  return next()
}

/** Answers with this status. It comes before `idempotent`, so that a replay repeats the status. */
export const answers = (status: number) => async (context: HookContext, next: NextFunction) => {
  context.http = { ...context.http, status }
  return next()
}

/** An acceptance answers 200 to a signed-in caller, and 201 to a registration, which makes an account. */
export const answersAcceptance = async (context: HookContext, next: NextFunction) =>
  answers(context.params.caller ? 200 : 201)(context, next)

/**
 * Lets the service say in which language people should read of the invite: the header Content-Language, over REST. It is
 * no part of the answer, which shows what the inviter wrote.
 */
export async function inLanguageOfInvite(context: HookContext, next: NextFunction) {
  context.params.speakIn = (locale: string) => {
    context.http = { ...context.http, headers: { ...context.http?.headers, 'Content-Language': locale } }
  }
  return next()
}
