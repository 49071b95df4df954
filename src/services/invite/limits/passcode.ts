// The secret in an invite's link: how it is made, hashed and compared. It is stored nowhere.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { InviteRow } from '../invite.table.js'

/** 192 random bits, URL-safe. */
const newPasscode = () => randomBytes(24).toString('base64url')

/** A passcode has too many bits to be guessed from a fast hash. */
export const hashPasscode = (passcode: string): Buffer => createHash('sha256').update(passcode).digest()

/**
 * The link of an invite. The passcode is in the fragment, which browsers do not send: it is in no server's log.
 */
export const linkTo = (publicUrl: string, inviteId: string, passcode: string) =>
  `${publicUrl}/i/${inviteId}#passcode=${passcode}`

/** An id in 22 characters, as it stands in a short link. */
const shortId = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')

/** The same link for a short message. */
export const shortLinkTo = (publicUrl: string, inviteId: string, passcode: string) =>
  `${publicUrl}/i/${shortId(inviteId)}#${passcode}`

/** The id of an invite, as it stands in a link: in full, or in 22 characters. Other texts stay as they are. */
export const idOfLink = (text: string): string =>
  /^[\w-]{21}[AQgw]$/.test(text)
    ? Buffer.from(text, 'base64url')
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    : text

/** 128 random bits, kept in the outbox until the message is sent. */
const newNonce = () => randomBytes(16)

/**
 * The passcode of a message. The worker makes it again from the nonce in the outbox row and a key that is not in the
 * database: neither of them alone is enough.
 */
export const mailedPasscode = (key: Buffer, inviteId: string, nonce: Buffer): string =>
  createHmac('sha256', key).update(inviteId).update(nonce).digest().subarray(0, 24).toString('base64url')

/**
 * The secrets of an invite that is made or sent again. A message to an address carries a passcode made of the nonce. The
 * passcode of a bearer link is shown to the inviter. A user needs none.
 */
export function newSecrets(key: Buffer, inviteId: string, recipient: InviteRow['recipient']) {
  const nonce = recipient === 'address' ? newNonce() : null
  const shown = recipient === 'bearer' ? newPasscode() : null
  const passcode = nonce ? mailedPasscode(key, inviteId, nonce) : shown
  return { nonce, shown, hash: passcode && hashPasscode(passcode) }
}

const absentHash = hashPasscode(newPasscode())

/** Compares in constant time, and takes the same time for an invite that has no passcode or does not exist. */
export function isPasscode(passcode: string, hash: Buffer | null | undefined): boolean {
  const same = timingSafeEqual(hashPasscode(passcode), hash ?? absentHash)
  return same && Boolean(hash)
}
