// The body of a sign-in, by strategy.
import { Type } from '@sinclair/typebox'
import { closed, email, oneOf } from '../../schema/formats.js'

/** A password of 256 characters in NFKC has up to four times as many when a keyboard sends it decomposed. */
const typedPassword = Type.String({ minLength: 1, maxLength: 1024 })

export const localDataSchema = Type.Object(
  { strategy: oneOf(['local']), email: email(), password: typedPassword },
  closed
)
export const jwtDataSchema = Type.Object(
  { strategy: oneOf(['jwt']), accessToken: Type.String({ minLength: 1, maxLength: 4096 }) },
  closed
)
export const guestDataSchema = Type.Object({ strategy: oneOf(['guest']) }, closed)
