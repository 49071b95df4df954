// The server of an application: its timeouts, and how it ends without losing a call.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import type { RunningApp } from './app.js'
import type { Config } from './config.js'
import { unavailable } from './errors.js'
import { closeWire, cutWire, wiresOf } from './realtime/wire.js'
import { requestsUnder } from './rest/incoming-request.js'
import { answerUnreadable } from './rest/raw-answer.js'
import { prefixOf } from './schema/path-prefix.js'

/**
 * At a stop, all calls together get this long to finish, then connections are cut: an orchestrator waits ten seconds.
 */
const drainMs = 7000
/** For this long, a kept connection may still bring a call. The answer tells the client that the connection closes. */
const keptConnectionMs = 200
/** Background work and the database get this long. */
const closeMs = 2000

/** A filter of 8 KB is up to 24 KB when it is percent-encoded. Node's own limit is 16 KB. */
const maxHeaderSize = 40 * 1024

/** How often Node looks for slow senders: by default every 30 s, whatever their timeouts are. */
const connectionsCheckingInterval = 2000

/**
 * The number of connections that may wait to be accepted. Node's 511 are soon full when many come at once. The kernel
 * then drops them, and their clients try again after one second, and three: longer than a 503 takes.
 */
const backlog = 4096

export interface Listening {
  server: Server
  url: string
  /** Takes no new calls, finishes the running ones, closes sockets, then everything else. */
  stop: () => Promise<void>
}

const closeAfterAnswer = (response: ServerResponse) => {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}

interface Sockets {
  sockets: { sockets: Map<string, { use: (middleware: (packet: unknown[]) => void) => void }> }
  engine: object
}

/**
 * Answers new socket calls with 503. Running ones still get their answers: a connection that is cut would lose them.
 */
function refuseSocketCalls(io: Sockets | undefined): void {
  for (const socket of io?.sockets.sockets.values() ?? []) {
    // The call is not passed on to Feathers.
    socket.use((packet) => {
      const answer = packet.at(-1)
      if (typeof answer === 'function') answer(unavailable('stopping').toJSON())
    })
  }
}

export async function listen({ app, rest, close }: RunningApp, config: Config): Promise<Listening> {
  const logger = app.get('logger')
  const inFlight = app.get('inFlight')
  const gate = app.get('gate')
  const answer = app.callback()
  const answering = new Set<ServerResponse>()
  let isStopping = false
  // rest/error-handler.ts answers a request without Host, in the shape of other errors.
  const options = {
    maxHeaderSize,
    connectionsCheckingInterval,
    requireHostHeader: false,
    IncomingMessage: requestsUnder(prefixOf(config.publicUrl))
  }
  const server = createServer(options, (request, response) => {
    if (isStopping) closeAfterAnswer(response)
    if (gate.refuses(request, response)) return
    answering.add(response)
    response.once('close', () => answering.delete(response))
    void answer(request, response)
  })
  server.on('clientError', answerUnreadable)
  // Node would send `100 Continue` at once. rest/body.ts sends it when the call may have a body.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/socket.io/')) response.writeContinue()
    server.emit('request', request, response)
  })
  // Node would answer 417 without a body. A server may ignore an expectation that it does not know.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  await app.setup(server)
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
    server.listen({ port: config.port, host: config.host, backlog })
  })
  // Slow senders do not hold a connection for long. Both count from the first byte of a request: an idle connection waits
  // for its next request longer than that.
  server.headersTimeout = 10_000
  server.requestTimeout = 15_000
  server.keepAliveTimeout = config.keepAliveSeconds * 1000
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const url = `http://${host}:${port}`
  app.set('listeningAt', url)
  logger.info({ url }, 'listening')

  const stop = async () => {
    const cutAt = Date.now() + drainMs
    app.set('stopping', true)
    logger.info('stopping')
    // The messages on their way have as long as the calls. One whose outcome is not written is sent again.
    const resting = rest()
    // The next answer on a kept connection closes it. A connection that is cut may have a call on its way.
    isStopping = true
    for (const response of answering) closeAfterAnswer(response)
    refuseSocketCalls(app.io)
    await sleep(keptConnectionMs)
    // Node accepts waiting connections once more: those that still wait at the close are reset.
    await immediate()
    // http's own close would cut new connections as idle, with a call on its way.
    const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()))
    await sleep(keptConnectionMs)
    server.closeIdleConnections()
    while (inFlight.isBusy && Date.now() < cutAt) await sleep(10)
    // An open websocket must not hold the exit. Its client connects again, to another process.
    const wires = wiresOf(app.io)
    for (const wire of wires) closeWire(wire)
    const cutOff = setTimeout(
      () => {
        for (const wire of wires) cutWire(wire)
        server.closeAllConnections()
      },
      Math.max(0, cutAt - Date.now())
    )
    await closed
    clearTimeout(cutOff)
    app.io?.close?.()
    await Promise.race([resting, sleep(Math.max(0, cutAt - Date.now()), undefined, { ref: false })])
    // A database that does not answer must not hold the exit.
    const late = sleep(closeMs, 'late', { ref: false })
    if ((await Promise.race([close(), late])) === 'late') logger.warn('the database was not closed in time')
    logger.info('stopped')
    await new Promise<void>((resolve) => logger.flush(() => resolve()))
  }
  let stopped: Promise<void> | undefined
  return { server, url, stop: () => (stopped ??= stop()) }
}
