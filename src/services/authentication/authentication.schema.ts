// The body of a sign-in, by strategy.
import { Type } from '@sinclair/typebox'
import { closed, email, oneOf, typedPassword } from '../../schema/formats.js'

export const localDataSchema = Type.Object(
  { strategy: oneOf(['local']), email: email(), password: typedPassword() },
  closed
)
export const jwtDataSchema = Type.Object(
  { strategy: oneOf(['jwt']), accessToken: Type.String({ minLength: 1, maxLength: 4096 }) },
  closed
)
export const guestDataSchema = Type.Object({ strategy: oneOf(['guest']) }, closed)
