// A real SMTP server on loopback that does what a test wants, and reads each message with a parser by another hand.
import { createServer, type Server, type Socket } from 'node:net'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { until } from './patience.js'

export interface ReceivedMail {
  from: string
  /** The recipients of the envelope, not those of the header. */
  to: string[]
  raw: string
  parsed: ParsedMail
  /** Whether it came over TLS. */
  secure: boolean
  /** The user who signed in to send it. */
  user: string | undefined
}

/** A test changes these while the server runs. Each gives a refusal, or waits, or does nothing. */
export interface Behaviour {
  sender?: () => Error | undefined | Promise<Error | undefined>
  recipient?: (address: string) => Error | undefined | Promise<Error | undefined>
  data?: () => Error | undefined | Promise<Error | undefined>
}

export const refusal = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

export interface MailServer {
  port: number
  url: string
  received: ReceivedMail[]
  behaviour: Behaviour
  /** Waits for the message to this address. */
  mailTo: (address: string) => Promise<ReceivedMail>
  close: () => Promise<void>
}

const textOf = (stream: NodeJS.ReadableStream) =>
  new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', () => resolve(Buffer.concat(chunks).toString('latin1')))
    stream.once('error', reject)
  })

/** Without options it wants no sign-in and offers no TLS. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const received: ReceivedMail[] = []
  const mails = { behaviour: {} as Behaviour }
  const judge = async (verdict: Error | undefined | Promise<Error | undefined>, done: (error?: Error) => void) => {
    const error = await verdict
    if (error) done(error)
    else done()
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.key ? [] : ['STARTTLS'],
    logger: false,
    // A pool of connections that rest must not hold up the end.
    closeTimeout: 50,
    onMailFrom: (_address, _session, done) => void judge(mails.behaviour.sender?.(), done),
    onRcptTo: ({ address }, _session, done) => void judge(mails.behaviour.recipient?.(address), done),
    onData: (stream, session, done) =>
      void textOf(stream).then(async (raw) => {
        const error = await mails.behaviour.data?.()
        if (error) return done(error)
        const parsed = await simpleParser(Buffer.from(raw, 'latin1'))
        const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
        const to = session.envelope.rcptTo.map(({ address }) => address)
        received.push({ from, to, raw, parsed, secure: session.secure, user: session.user as string | undefined })
        done()
      }),
    ...options
  })
  // A client that ends its connection is what some tests are about.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : 0
  return Object.assign(mails, {
    port: listening,
    url: `smtp://127.0.0.1:${listening}`,
    received,
    mailTo: (to: string) => until(() => received.findLast((mail) => mail.to.includes(to)), 'a message'),
    close: () => new Promise<void>((resolve) => server.close(() => resolve()))
  })
}

/** A server that speaks as `talk` says, for what no library would do. */
export async function startRawServer(talk: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    talk(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}
