// The settings of e-mail: how their texts are read, and the contradictions between them.
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Type, type Static } from '@sinclair/typebox'
import addressparser from 'nodemailer/lib/addressparser'
import { closed, isEmail, oneOf } from './formats.js'
import { setting } from './setting.js'

/** A part of the settings in settings.ts. */
export const mailSettings = Type.Object(
  {
    smtpUrl: setting(Type.String(), {
      env: 'SMTP_URL',
      default: '',
      about: 'The mail server, like `smtps://user:password@mail.example.com`; smtp:// begins with STARTTLS.'
    }),
    smtpTls: setting(oneOf(['auto', 'required', 'optional'] as const), {
      env: 'SMTP_TLS',
      default: 'auto',
      about: 'TLS with a certificate that holds: `required`, `optional`, or by default required outside loopback.'
    }),
    from: setting(Type.String(), {
      env: 'MAIL_FROM',
      default: '',
      about: 'The sender of e-mail, like `Invites <invites@example.com>`.'
    }),
    replyTo: setting(Type.String(), {
      env: 'MAIL_REPLY_TO',
      default: '',
      about: 'The address that gets the replies to e-mail; empty is the sender.'
    }),
    dkimDomain: setting(Type.String({ pattern: '^([a-z0-9-]+(\\.[a-z0-9-]+)+)?$' }), {
      env: 'DKIM_DOMAIN',
      form: 'a domain in lower case',
      example: 'example.com',
      default: '',
      about: 'Signs e-mail for this domain.'
    }),
    dkimSelector: setting(Type.String({ pattern: '^([A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*)?$' }), {
      env: 'DKIM_SELECTOR',
      form: 'a DKIM selector',
      example: 'invites',
      default: '',
      about: 'The selector of the public key in the DNS of that domain.'
    }),
    dkimKeyFile: setting(Type.String(), {
      env: 'DKIM_KEY_FILE',
      default: '',
      about: 'The file with the private RSA key, in PEM.'
    })
  },
  closed
)
export type MailSettings = Static<typeof mailSettings>

export interface SmtpServer {
  host: string
  port: number | undefined
  /** TLS from the first byte, without STARTTLS. */
  secure: boolean
  auth: { user: string; pass: string } | undefined
}

/**
 * The server of an SMTP URL. Undefined when it is none, or has more than a server and an account: nodemailer reads
 * options out of a query string, and one of them switches off the check of certificates.
 */
export function smtpServer(text: string): SmtpServer | undefined {
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
    if (!/^smtps?:$/.test(protocol) || !hostname || /[^/]/.test(pathname) || search || hash) return undefined
    const auth = username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined
    if (password && !auth) return undefined
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    return { host, port: port ? Number(port) : undefined, secure: protocol === 'smtps:', auth }
  } catch {
    return undefined
  }
}

/** `Name <address>` or `address`. Undefined when it is none, or more than one. */
export function mailbox(text: string): { name: string; address: string } | undefined {
  const [only, ...others] = addressparser(text, { flatten: true })
  const isOne = only && others.length === 0 && isEmail(only.address) && !/\p{Cc}/u.test(text)
  return isOne ? { name: only.name, address: only.address } : undefined
}

/** The private key that signs mails, as PEM. Throws when the file holds none. */
export function dkimKey(file: string): string {
  const pem = readFileSync(file, 'utf8')
  const { asymmetricKeyType } = createPrivateKey(pem)
  // nodemailer signs with no other.
  if (asymmetricKeyType !== 'rsa') throw new Error(`a key of the type ${asymmetricKeyType}`)
  return pem
}

const isDkimKey = (file: string) => {
  try {
    return dkimKey(file) !== ''
  } catch {
    return false
  }
}

/** The problems of the settings of e-mail. No value stands in them: the URL has a password. */
export function* mailProblems(mail: MailSettings): Generator<string> {
  const { smtpUrl, from, replyTo, dkimDomain, dkimSelector, dkimKeyFile } = mail
  if (smtpUrl && !smtpServer(smtpUrl)) {
    yield 'SMTP_URL: must be smtp:// or smtps://, a server and perhaps a user and a password, percent-encoded (# is %23, / is %2F, : is %3A, @ is %40), for example smtps://user:password@mail.example.com:465'
  }
  if (smtpUrl && !from) yield 'MAIL_FROM: must be set where SMTP_URL is, for example Invites <invites@example.com>'
  for (const [name, text] of [
    ['MAIL_FROM', from],
    ['MAIL_REPLY_TO', replyTo]
  ] as const) {
    if (text && !mailbox(text)) yield `${name}: must be one e-mail address, for example Invites <invites@example.com>`
  }
  const dkim = [dkimDomain, dkimSelector, dkimKeyFile]
  if (dkim.some(Boolean) && !dkim.every(Boolean)) {
    yield 'DKIM_DOMAIN, DKIM_SELECTOR, DKIM_KEY_FILE: set all or none, for example DKIM_SELECTOR=invites'
  }
  if (dkimKeyFile && !isDkimKey(dkimKeyFile)) {
    yield 'DKIM_KEY_FILE: must be a file that this process can read, with a private RSA key in PEM, for example /run/secrets/dkim.pem'
  }
}
