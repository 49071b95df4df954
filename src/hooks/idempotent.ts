// Idempotency-Key: a call that is repeated gets the first answer, and happens once.
import { createHash } from 'node:crypto'
import type { NextFunction } from '@feathersjs/feathers'
import type { HookContext } from '../declarations.js'
import { run, runOne, type Database } from '../database/statement.js'
import { badRequest, conflict, unprocessable } from '../errors.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

/** Answers are kept this long. */
const lifetime = `interval '24 hours'`
/** A call that has not answered after this has died with its process, and its transaction with it. */
const abandoned = `interval '1 minute'`

/** Takes the key, unless somebody has it: a new one, one that is too old, or one whose call died. */
const takeText = `
  insert into idempotency_keys as k (caller, path, key, "bodyHash") values ($1, $2, $3, $4)
  on conflict (caller, path, key) do update
    set "bodyHash" = excluded."bodyHash", answer = null, status = null, "createdAt" = clock_timestamp()
    where k."createdAt" < clock_timestamp() - ${lifetime}
      or (k.status is null and k."createdAt" < clock_timestamp() - ${abandoned})
  returning 1`

interface Kept {
  bodyHash: string
  answer: object | null
  status: number | null
}

/** An answer is kept without its secrets, which stand at its top; what is deeper is the client's own. */
function withoutSecrets(answer: object): object {
  if (Array.isArray(answer)) return answer.map(withoutSecrets)
  return {
    ...answer,
    ...('accessToken' in answer && { accessToken: null }),
    ...('passcode' in answer && { passcode: null })
  }
}

/** Whose key it is: the user's, or without a user that of who holds the same passcode. Without both it is nobody's. */
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
 * The first answer is stored by the transaction that it tells of (`params.keepAnswer`), so that neither is there
 * without the other. A refusal changes nothing and frees the key: a repetition is then judged anew.
 */
export async function idempotent(context: HookContext, next: NextFunction) {
  const key = keyOf(context)
  const keyOwner = key === undefined ? undefined : owner(context)
  // What nobody asks is refused, and says why: a key would change neither.
  if (key === undefined || keyOwner === undefined) return next()
  const db = context.app.get('db')
  const place = [keyOwner, pathOf(context), key]
  const bodyHash = sha256(JSON.stringify(context.data ?? null))

  if ((await run(db, takeText, [...place, bodyHash])).length === 0) {
    const kept = await runOne<Kept & object>(
      db,
      'select "bodyHash", answer, status from idempotency_keys where caller = $1 and path = $2 and key = $3',
      place
    )
    if (kept && kept.bodyHash !== bodyHash) throw unprocessable('This Idempotency-Key was used with another body')
    if (!kept || kept.status === null) throw conflict('A call with this Idempotency-Key is still running')
    context.result = kept.answer as HookContext['result']
    context.http = { ...context.http, status: kept.status, headers: { 'Idempotency-Replayed': 'true' } }
    return
  }

  let isKept = false
  const keepAnswer = async (inner: Database, answer: object) => {
    isKept = true
    await run(
      inner,
      'update idempotency_keys set answer = $4, status = $5 where caller = $1 and path = $2 and key = $3',
      [...place, JSON.stringify(withoutSecrets(answer)), context.http?.status ?? 201]
    )
  }
  context.params.keepAnswer = keepAnswer
  try {
    await next()
    // An answer that tells of nothing new, as that of an earlier acceptance, had no transaction to keep it.
    if (!isKept) await keepAnswer(db, context.result as object)
  } catch (error) {
    await run(
      db,
      'delete from idempotency_keys where caller = $1 and path = $2 and key = $3 and status is null',
      place
    ).catch(() => {})
    throw error
  }
}
