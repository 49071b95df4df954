// Idempotency-Key: a repeated call gets the first answer, and its change happens once.
import { createHash } from 'node:crypto'
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'
import type { Database } from '../database/statement.js'
import { badRequest, refuse } from '../errors.js'
import { firstCall, freeKey, keysError, keysPerOwner, storeAnswer, takeKey } from '../limits/idempotency.js'
import { scaled } from '../limits/quotas.js'
import { markAsView, viewOf } from './show-views.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

interface Options {
  /** The keys of an answer that are not stored: a replay has null for them. They are at the top level of the answer. */
  secrets?: string[]
  /** Callers who are not signed in own keys too when their data has a secret of this name. Its hash stands for them. */
  holdersOf?: string
}

/** An answer without its secrets. Deeper keys of these names are the client's. */
function withoutSecrets(answer: object, secrets: string[]): object {
  if (Array.isArray(answer)) return answer.map((item: object) => withoutSecrets(item, secrets))
  const present = secrets.filter((name) => name in answer)
  return { ...answer, ...Object.fromEntries(present.map((name) => [name, null])) }
}

/** The owner of the key: the user, or the holder of the secret; else undefined. */
function owner({ params, data }: HookContext, holdersOf: string | undefined): string | undefined {
  if (params.caller) return `user:${params.caller.id}`
  if (holdersOf === undefined) return undefined
  const secret = (data as Record<string, unknown> | undefined)?.[holdersOf]
  return typeof secret === 'string' ? `${holdersOf}:${sha256(secret)}` : undefined
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

const replayed = { 'Idempotency-Replayed': 'true' }

/** The first call's answer to the same call; undefined if it changed nothing, and so stored no answer. */
function answerOf(first: Awaited<ReturnType<typeof firstCall>>, bodyHash: string): object | undefined {
  if (first && first.bodyHash !== bodyHash) throw refuse('key-reused')
  if (!first || first.status === null) throw refuse('call-running')
  return first.answer ?? undefined
}

/**
 * The transaction that changes rows also stores the first answer (`params.keepAnswer`), so that both are there or
 * neither. A call that fails changes nothing and frees the key, so a repetition runs anew. The answer of a call that
 * changed nothing, like that of an earlier acceptance, is not stored: a repetition runs again, and gives it again.
 * `showViews` stands before this hook: what is stored is the caller's view, and a replay passes `showViews` as it is.
 */
export const idempotent =
  ({ secrets = [], holdersOf }: Options = {}) =>
  async (context: HookContext, next: NextFunction) => {
    const key = keyOf(context)
    const keyOwner = key === undefined ? undefined : owner(context, holdersOf)
    // A call without an owner fails, with or without a key.
    if (key === undefined || keyOwner === undefined) return next()
    const db = context.app.get('db')
    const place = { owner: keyOwner, path: pathOf(context), key }
    const bodyHash = sha256(JSON.stringify(context.data ?? null))
    const most = scaled(keysPerOwner.points, context.app.get('config').rateLimitFactor)

    const isFirst = await takeKey(db, place, bodyHash, most)
    if (!isFirst) {
      const first = await firstCall(db, place)
      const tooMany = first ? undefined : await keysError(db, keyOwner, most)
      if (tooMany) throw tooMany
      const answer = answerOf(first, bodyHash)
      if (answer) {
        context.result = markAsView(answer) as HookContext['result']
        context.http = { ...context.http, status: first?.status ?? 200, headers: replayed }
        return
      }
    }

    let isKept = false
    context.params.keepAnswer = async (inner: Database, answer: object) => {
      isKept = true
      const view = viewOf(context, answer)
      await storeAnswer(inner, place, context.http?.status ?? 201, withoutSecrets(view, secrets))
    }
    try {
      await next()
      if (isKept) return
      if (isFirst) await storeAnswer(db, place, context.http?.status ?? 201, null)
      else context.http = { ...context.http, headers: replayed }
    } catch (error) {
      if (isFirst) await freeKey(db, place).catch(() => {})
      throw error
    }
  }
