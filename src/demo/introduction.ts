// The text that a start prints: what to do first and where, the demo logins, and the documented call to paste.
import type { Password } from './world.js'

export interface Introduction {
  /** The URL of the server, without a slash at its end. */
  url: string
  /** Whether there are the page of the inviter and the mailbox of the developer. */
  pages: { inviter: boolean; mailbox: boolean }
  /** The demo logins. Only the start that made a password knows it. */
  logins: (Omit<Password, 'password'> & { password?: string | undefined })[]
  /** The demo person whose token the call carries. */
  caller: { name: string; token: string }
}

/** Percent-encodes an apostrophe too: it would end the quotes that a shell reads the URL in. */
const encoded = (text: string) => encodeURIComponent(text).replaceAll("'", '%27')

/** The documented call on one line. It sets the spawn type of the caller's pending invites to a channel. */
export function documentedCall({ url, caller }: Pick<Introduction, 'url' | 'caller'>): string {
  const filter = JSON.stringify({ inviteType: 'channel', user: { name: caller.name } })
  const body = JSON.stringify({ body: { spawnType: 'spectate' } })
  return [
    `curl --location --globoff --request PATCH '${url}/invite?filter=${encoded(filter)}'`,
    `--header 'Accept: application/json'`,
    `--header 'Content-Type: application/json'`,
    `--header 'Authorization: Bearer ${caller.token}'`,
    `--data '${body}'`
  ].join(' ')
}

/** The first steps of a new user, each with its address. */
function steps({ url, pages, caller }: Pick<Introduction, 'url' | 'pages' | 'caller'>): string[] {
  const all: [isThere: boolean, what: string, path: string][] = [
    [pages.inviter, `Sign in as ${caller.name}, invite somebody`, '/invites'],
    [pages.mailbox, 'Read each message they get', '/dev/mailbox'],
    [true, 'Look up and try calls', '/docs']
  ]
  const there = all.filter(([isThere]) => isThere)
  const width = Math.max(...there.map(([, what]) => what.length)) + 2
  return there.map(([, what, path], at) => `  ${at + 1}. ${what.padEnd(width)}${url}${path}`)
}

export function introduction({ url, pages, logins, caller }: Introduction): string {
  const isFirst = logins.some(({ password }) => password !== undefined)
  const width = (key: 'name' | 'email') => Math.max(...logins.map((login) => login[key].length)) + 2
  return [
    '',
    'The invite service runs, with a demo world in it. Start here:',
    '',
    ...steps({ url, pages, caller }),
    '',
    isFirst
      ? 'Demo logins (the passwords are stored nowhere and shown this once):'
      : 'Demo logins (the passwords were shown when they were made; without the data directory all is made anew):',
    ...logins.map(({ name, email, password = '' }) =>
      `  ${name.padEnd(width('name'))}${email.padEnd(width('email'))}${password}`.trimEnd()
    ),
    '',
    `The documented call, as ${caller.name}; paste it into a shell:`,
    '',
    documentedCall({ url, caller }),
    ''
  ].join('\n')
}
