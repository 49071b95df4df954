// The body of a sign-in, by strategy.
import { Type } from '@sinclair/typebox'
import { closed, email, oneOf } from '../../schema/formats.js'

/** A password as it is typed, which has more characters than its one spelling when a keyboard sends it decomposed. */
const typedPassword = Type.String({ format: 'typed-password', minLength: 1 })

export const localDataSchema = Type.Object(
  { strategy: oneOf(['local']), email: email(), password: typedPassword },
  closed
)
export const jwtDataSchema = Type.Object(
  { strategy: oneOf(['jwt']), accessToken: Type.String({ minLength: 1, maxLength: 4096 }) },
  closed
)
export const guestDataSchema = Type.Object({ strategy: oneOf(['guest']) }, closed)
