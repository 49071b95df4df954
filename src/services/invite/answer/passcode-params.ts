// Shared by the endpoints that take a passcode: its schema, and the key under which wrong ones are counted.
import type { Params } from '@feathersjs/feathers'
import { Type } from '@sinclair/typebox'

export const passcode = () => Type.String({ minLength: 1, maxLength: 255, description: 'From the link.' })

/** Wrong passcodes are counted for each signed-in user, and for each IP address where nobody is signed in. */
export const guesser = ({ caller, ip }: Params) => (caller ? `user:${caller.id}` : `ip:${ip ?? 'unknown'}`)
