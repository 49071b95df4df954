// The secret in an invite's link: how it is made, hashed and compared. It is stored nowhere.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** 192 random bits, URL-safe. */
export const newPasscode = () => randomBytes(24).toString('base64url')

/** A passcode has too many bits to be guessed from a fast hash. */
export const hashPasscode = (passcode: string): Buffer => createHash('sha256').update(passcode).digest()

/** 128 random bits, kept in the outbox until the message is sent. */
export const newNonce = () => randomBytes(16)

/**
 * The passcode of a message. The worker makes it again from the nonce in the outbox row and a key that is not in the
 * database: neither of them alone is enough.
 */
export const mailedPasscode = (key: Buffer, inviteId: string, nonce: Buffer): string =>
  createHmac('sha256', key).update(inviteId).update(nonce).digest().subarray(0, 24).toString('base64url')

const absentHash = hashPasscode(newPasscode())

/** Compares in constant time, and takes the same time for an invite that has no passcode or does not exist. */
export function isPasscode(passcode: string, hash: Buffer | null | undefined): boolean {
  const same = timingSafeEqual(hashPasscode(passcode), hash ?? absentHash)
  return same && Boolean(hash)
}
