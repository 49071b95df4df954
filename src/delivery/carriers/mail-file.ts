// The carrier for development: every message is appended to a file.
import { appendFile } from 'node:fs/promises'
import type { Carrier } from '../carrier.js'

export const mailFile = (path: string): Carrier => ({
  send: ({ id, carrier, recipient, subject, text }) =>
    appendFile(
      path,
      [`Message-Id: <${id}>`, `Carrier: ${carrier}`, `To: ${recipient}`, `Subject: ${subject}`, '', text, '', ''].join(
        '\n'
      ),
      { mode: 0o600 }
    )
})
