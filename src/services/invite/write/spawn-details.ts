// How much of a client's own data an invite carries.
import { badRequest } from '../../../errors.js'

const maxBytes = 16 * 1024

export function requireSmallSpawnDetails(details: unknown, path: string): void {
  if (details && Buffer.byteLength(JSON.stringify(details)) > maxBytes) {
    throw badRequest({ path, message: 'must not exceed 16 KB' })
  }
}
