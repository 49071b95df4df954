// The carrier for development: every message, of any medium, is appended to a file.
import { appendFile } from 'node:fs/promises'
import type { Carrier } from '../message.js'

export const mailFile = (path: string): Carrier => ({
  async send({ id, medium, recipient, subject, text, link, unsubscribe }) {
    const headers = [
      `Message-Id: <${id}>`,
      `Carrier: ${medium}`,
      `To: ${recipient}`,
      ...(unsubscribe === undefined ? [] : [`List-Unsubscribe: <${unsubscribe}>`]),
      ...(link === undefined ? [] : [`Link: ${link}`]),
      `Subject: ${subject}`
    ]
    await appendFile(path, [...headers, '', text, '', ''].join('\n'), { mode: 0o600 })
    return undefined
  }
})
