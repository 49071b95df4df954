// Shared by the endpoints that take a passcode: its schema, and the key under which wrong ones are counted.
import type { Params } from '@feathersjs/feathers'
import { Type } from '@sinclair/typebox'
import { networkOf } from '../../../limits/network.js'
import { otherNames } from '../../../schema/suggest.js'

export const passcode = () =>
  Type.String({
    format: 'passcode',
    minLength: 1,
    maxLength: 255,
    description: 'The passcode of the link.',
    [otherNames]: ['code', 'token', 'secret']
  })

/** The key that wrong passcodes are counted under: the user id, or the network of a caller who is not signed in. */
export const guesser = ({ caller, ip }: Params) => (caller ? `user:${caller.id}` : `ip:${networkOf(ip)}`)
