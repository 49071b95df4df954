// The connection under a socket, and how the service ends it: clients come back by themselves.
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

interface Packet {
  data?: string | Uint8Array
}

/** A connection of engine.io, which carries one socket. Its own types hide the parts that this folder needs. */
export interface Wire extends EventEmitter {
  readonly request: IncomingMessage
  readonly readyState: string
  /** The packets that wait until the transport can take them. */
  writeBuffer: Packet[]
  readonly transport: EventEmitter & {
    /** Of a websocket. */
    socket?: { terminate: () => void }
    /** Of long polling: the poll that waits for an answer, if there is one. */
    res?: ServerResponse | null
  }
  send: (message: string) => unknown
  close: (discard?: boolean) => void
}

/** A client that reads nothing, or asks for nothing, is cut off after this time. */
export const graceMs = 5000

/** Cuts a connection off at once, with all that waits for its client. */
export function cutWire(wire: Wire): void {
  const { socket } = wire.transport
  if (socket) socket.terminate()
  else wire.close(true)
}

/**
 * Closes a connection after the client has got what waits for it. The client connects again. After the `disconnect` of
 * socket.io it would stay away.
 */
export function closeWire(wire: Wire): void {
  // A kept connection would hold the exit of a process that stops.
  wire.transport.res?.setHeader('Connection', 'close')
  wire.close()
  // A closed websocket still waits for its client, with all that the client has not read.
  setTimeout(() => cutWire(wire), graceMs).unref()
}

/** The connections of a server of socket.io. */
export const wiresOf = ({ engine }: { engine: object }): Wire[] =>
  Object.values((engine as { clients: Record<string, Wire> }).clients)
