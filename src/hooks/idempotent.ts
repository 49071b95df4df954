// Idempotency-Key: a repeated call gets the first answer, and its change happens once.
import { createHash } from 'node:crypto'
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'
import type { Database } from '../database/statement.js'
import { badRequest, refuse } from '../errors.js'
import { shown, type RowResolver } from './resolve-result.js'
import { firstCall, freeKey, storeAnswer, takeKey } from '../limits/idempotency.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

/**
 * An answer without its secrets, to be stored. Secrets are at its top level; deeper keys of these names are the
 * client's.
 */
function withoutSecrets(answer: object): object {
  if (Array.isArray(answer)) return answer.map(withoutSecrets)
  return {
    ...answer,
    ...('accessToken' in answer && { accessToken: null }),
    ...('passcode' in answer && { passcode: null })
  }
}

/** The owner of the key: the user, or the passcode that a caller who is not signed in sends; else undefined. */
function owner(context: HookContext): string | undefined {
  const { caller } = context.params
  if (caller) return `user:${caller.id}`
  const passcode: unknown = (context.data as { passcode?: unknown } | undefined)?.passcode
  return typeof passcode === 'string' ? `passcode:${sha256(passcode)}` : undefined
}

function keyOf(context: HookContext): string | undefined {
  const { provider, headers } = context.params
  const key = provider === 'rest' ? headers?.['idempotency-key'] : undefined
  if (key === undefined) return undefined
  if (typeof key !== 'string' || key.length === 0 || key.length > 255) {
    throw badRequest({ path: 'Idempotency-Key', message: 'must have 1–255 characters' })
  }
  return key
}

/** The path as it was called: `invite/<id>/accept`. */
function pathOf(context: HookContext): string {
  const route: Record<string, string> = context.params.route ?? {}
  return context.path.replace(/:(\w+)/g, (_, name: string) => (route[name] ?? '').toLowerCase())
}

/**
 * The transaction that changes rows also stores the first answer (`params.keepAnswer`), so that both are there or
 * neither. A call that fails changes nothing and frees the key, so a repetition runs anew. The hook stands before
 * `resolveResult(resolver)`: the service gives its rows to `keepAnswer`, which stores the caller's view of them.
 */
export const idempotent = (resolver?: RowResolver) => async (context: HookContext, next: NextFunction) => {
  const key = keyOf(context)
  const keyOwner = key === undefined ? undefined : owner(context)
  // A call without an owner fails, with or without a key.
  if (key === undefined || keyOwner === undefined) return next()
  const db = context.app.get('db')
  const place = { owner: keyOwner, path: pathOf(context), key }
  const bodyHash = sha256(JSON.stringify(context.data ?? null))

  if (!(await takeKey(db, place, bodyHash))) {
    const first = await firstCall(db, place)
    if (first && first.bodyHash !== bodyHash) throw refuse('key-reused')
    if (!first || first.status === null) throw refuse('call-running')
    context.result = first.answer as HookContext['result']
    context.http = { ...context.http, status: first.status, headers: { 'Idempotency-Replayed': 'true' } }
    return
  }

  let isKept = false
  const keep = async (inner: Database, answer: object) => {
    isKept = true
    await storeAnswer(inner, place, context.http?.status ?? 201, withoutSecrets(answer))
  }
  context.params.keepAnswer = (inner: Database, answer: object) =>
    keep(inner, resolver ? (shown(resolver, answer, context) as object) : answer)
  try {
    await next()
    // An answer that reports no change, like that of an earlier acceptance, had no transaction to store it.
    if (!isKept) await keep(db, context.result as object)
  } catch (error) {
    await freeKey(db, place).catch(() => {})
    throw error
  }
}
