// Shared by the endpoints of one invite: its id in the path, the schema of a passcode, and the key under which wrong ones
// are counted.
import type { Params } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import { networkOf } from '../../../limits/network.js'
import { closed } from '../../../schema/formats.js'
import { otherNames } from '../../../schema/suggest.js'
import { rowId } from '../../../schema/validation.js'
import { idOfLink } from '../limits/passcode.js'

export const passcode = () =>
  Type.String({
    format: 'passcode',
    minLength: 1,
    maxLength: 255,
    description: 'The passcode of the link.',
    [otherNames]: ['code', 'token', 'secret']
  })

/** The body of a call for which the passcode is the only right that it needs. */
export const passcodeDataSchema = Type.Object({ passcode: passcode() }, closed)
export type PasscodeData = Static<typeof passcodeDataSchema>

/** The id of the invite in the path, in full or as a short link has it. 404 for another text. */
export function inviteIdOf({ route }: Params): string {
  const id: unknown = route?.['inviteId']
  return rowId(typeof id === 'string' ? idOfLink(id) : id)
}

/** The key that wrong passcodes are counted under: the user id, or the network of a caller who is not signed in. */
export const guesser = ({ caller, ip }: Params) => (caller ? `user:${caller.id}` : `ip:${networkOf(ip)}`)
