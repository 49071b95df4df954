// The limit on spawnDetails, the client's own data in an invite.
import { badRequest } from '../../../errors.js'

const maxBytes = 16 * 1024

export function requireSmallSpawnDetails(details: unknown, path: string): void {
  if (details && Buffer.byteLength(JSON.stringify(details)) > maxBytes) {
    throw badRequest({ path, message: 'must not exceed 16 KB' })
  }
}
