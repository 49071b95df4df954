// The link by which the recipient of a message stops invitations, and what its page does.
import { until } from './patience.js'
import type { TestServer } from './server.js'

/** Waits for the newest message to an address, and returns the URL of its List-Unsubscribe. */
export const stopUrlFor = (server: TestServer, address: string): Promise<string> =>
  until(
    () => new RegExp(`^To: ${address}\\nList-Unsubscribe: <(\\S+)>$`, 'm').exec(server.mail())?.[1],
    `the message to ${address}`
  )

export const messagesTo = (server: TestServer, address: string) => server.mail().split(`\nTo: ${address}\n`).length - 1

/** A form, as a button of the page or a mail program sends it. */
export async function post(url: string, form: string, headers: Record<string, string> = {}) {
  const reply = await fetch(url, {
    method: 'POST',
    body: form,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }
  })
  return { status: reply.status, headers: reply.headers, text: await reply.text() }
}
