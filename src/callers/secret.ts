// The key that signs access tokens.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.js'

/**
 * AUTH_SECRET. Without it, outside production, a secret that is made once and kept beside the embedded database, so
 * that tokens outlive a restart. Without that database, a secret that lasts as long as the process.
 */
export function secretFor(config: Config, embedded: boolean): string {
  const { secret } = config.authentication
  if (secret) return secret
  if (config.production) throw new Error('AUTH_SECRET is required in production')
  const { directory } = config.database
  if (!embedded || directory === 'memory:') return randomBytes(48).toString('base64url')
  const file = join(directory, 'auth-secret')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  // A shorter secret is incomplete: the process that wrote it was killed, or the disk was full.
  if (kept.length >= 32) return kept
  const made = randomBytes(48).toString('base64url')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(file, made, { mode: 0o600 })
  return made
}
