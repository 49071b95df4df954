// The token in the link by which a recipient stops invitations. It is signed and stored nowhere, so that each message can
// have one. It has the hash of the address instead of the address: readers of a forwarded or logged link learn none.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { parse, stringify } from 'uuid'
import type { Medium } from '../../../delivery/message.js'
import type { StopLink } from './stop-list.js'

/** By their first byte in a token: the number of a medium stays. */
const media: Medium[] = ['email', 'sms']

/** The medium, the inviter's id, and the hash of the address. */
const idAt = 1
const addressAt = idAt + 16
const macAt = addressAt + 32
/** 136 bits: with 16 bytes, the base64 of a token would end in bits that mean nothing, and one link would be four. */
const macLength = 17
const form = /^[\w-]{88}$/

const macOf = (key: Buffer, content: Buffer) =>
  createHmac('sha256', key).update(content).digest().subarray(0, macLength)

/** 88 characters that fit into a URL. */
export function stopToken(key: Buffer, { medium, inviterId, address }: StopLink): string {
  const content = Buffer.concat([Buffer.of(media.indexOf(medium)), parse(inviterId), address])
  return Buffer.concat([content, macOf(key, content)]).toString('base64url')
}

/** The link of a token that was signed with this key; undefined for any other text. */
export function readStopToken(key: Buffer, token: string): StopLink | undefined {
  if (!form.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const content = bytes.subarray(0, macAt)
  if (!timingSafeEqual(macOf(key, content), bytes.subarray(macAt))) return undefined
  const medium = media[content[0] ?? -1]
  return medium && { medium, inviterId: stringify(content, idAt), address: content.subarray(addressAt) }
}
