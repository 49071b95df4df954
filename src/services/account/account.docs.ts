// The descriptions of the services that verify an address and recover a password.
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { userSchema } from '../user/user.table.js'
import { confirmResetDataSchema } from './confirm-reset.class.js'
import { linkQueuedSchema } from './link-queued.js'
import { requestResetDataSchema } from './request-reset.class.js'
import { verifyDataSchema } from './verify.class.js'

/** Has the form of a token, and is none. */
const token = 'the-token-of-a-mailed-link'

const queued = { description: 'The wish was taken.', schema: linkQueuedSchema }

export const verifyDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'verifyAddress',
      summary: 'Verify an e-mail address: ask for a link, or send its token',
      description:
        'Without `token`, a signed-in caller gets a link at their address, as `<PUBLIC_URL>/verify#token=…`. With it, the ' +
        'address is verified, and other pending invites to make an account there end; the caller need not be signed in. ' +
        'A token works once, within an hour, until the next is asked for.',
      body: named('VerifyData', verifyDataSchema),
      examples: {
        ask: { summary: 'Ask for a link', value: {} },
        token: { summary: 'With its token', value: { token } }
      },
      answers: {
        200: { description: 'The address is verified. Its user, as the caller may see them.', schema: userSchema },
        202: queued
      },
      errors: [403, 409, 410, 429]
    }
  ]
}

export const requestResetDocs: ServiceDocs = {
  tag: 'Forgotten passwords.',
  operations: [
    {
      method: 'create',
      operationId: 'requestPasswordReset',
      summary: 'Ask for a link to set a new password',
      description:
        'The answer, and its time, is the same whether the address has an account or not. An account gets a link, as ' +
        '`<PUBLIC_URL>/reset#token=…`, which works once, within an hour, until the next is asked for.',
      body: named('PasswordResetData', requestResetDataSchema),
      examples: { address: { value: { email: 'ada@example.com' } } },
      answers: { 202: queued },
      errors: [429]
    }
  ]
}

export const confirmResetDocs: ServiceDocs = {
  operations: [
    {
      method: 'create',
      operationId: 'confirmPasswordReset',
      summary: 'Set a new password by the token of a mailed link',
      description:
        'Ends every session of the account: its access tokens are 401 from then on, and its sockets hear nothing more. The ' +
        'address is verified by that. Sign in with the new password.',
      body: named('PasswordResetConfirmData', confirmResetDataSchema),
      examples: { token: { value: { token, password: 'a longer password' } } },
      answers: { 200: { description: 'The user, as everybody sees them.', schema: userSchema } },
      errors: [410, 429]
    }
  ]
}
