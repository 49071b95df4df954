// The carrier for development: every message, of any medium, is appended to a file.
import { appendFile } from 'node:fs/promises'
import type { Carrier } from '../outbox.js'

export const mailFile = (path: string): Carrier => ({
  send: ({ id, medium, recipient, subject, text }) =>
    appendFile(
      path,
      [`Message-Id: <${id}>`, `Carrier: ${medium}`, `To: ${recipient}`, `Subject: ${subject}`, '', text, '', ''].join(
        '\n'
      ),
      { mode: 0o600 }
    )
})
