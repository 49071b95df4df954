// Bounds the memory that a client holds which reads too little: events and answers wait for it here.
import type { ServerResponse } from 'node:http'
import { closeWire, graceMs, type Wire } from './wire.js'

/**
 * Bytes that may wait for one client: a patch of 1000 invites sends as many events at once, about 2 MB. A packet that is
 * larger is sent when nothing much waits before it.
 */
const mostForOne = 4 * 1024 * 1024
/** A client that has taken nothing of what was sent for so long reads no more. */
const stuckMs = 20_000
/** Bytes that may wait for all clients of the process. Beyond it, each client may let only a little wait. */
const mostForAll = 128 * 1024 * 1024
const mostForOneWhenFull = 16 * 1024

/** An event `stale` without data, as socket.io writes it: the client has missed events. */
const stale = '2["stale"]'

let waitingForAll = 0

/** Closes a connection when too much waits for its client. The client then gets `stale` instead of what waited. */
export function boundBacklog(wire: Wire): void {
  /** Bytes that the transport has not taken yet, and those that it has, but the operating system has not. */
  let waiting = 0
  let leaving = 0
  let takenAt = Date.now()
  let isOver = false
  /** Answers to polls that their client has not read. */
  const unread = new Set<ServerResponse>()

  const overflow = () => {
    if (wire.readyState !== 'open') return
    waitingForAll -= waiting
    waiting = 0
    wire.writeBuffer = []
    wire.send(stale)
    closeWire(wire)
    setTimeout(() => {
      for (const response of unread) response.destroy()
    }, graceMs).unref()
  }
  const isTooMuch = () =>
    waiting + leaving > (waitingForAll > mostForAll ? mostForOneWhenFull : mostForOne) ||
    (leaving > 0 && Date.now() - takenAt > stuckMs)
  // Pings are packets too: a client is looked at every 25 s at least.
  wire.on('packetCreate', ({ data = '' }: Wire['writeBuffer'][number]) => {
    if (isOver) return
    if (isTooMuch()) {
      isOver = true
      // This packet is added after the event.
      queueMicrotask(overflow)
      return
    }
    const bytes = Buffer.byteLength(data)
    waiting += bytes
    waitingForAll += bytes
  })
  wire.on('flush', () => {
    const bytes = waiting
    waiting = 0
    if (leaving === 0) takenAt = Date.now()
    leaving += bytes
    const { transport } = wire
    const response = transport.res
    const left = () => {
      if (response) unread.delete(response)
      if (wire.readyState === 'closed') return
      leaving -= bytes
      waitingForAll -= bytes
      takenAt = Date.now()
    }
    if (response) {
      unread.add(response)
      response.once('close', left)
    } else transport.once('drain', left)
  })
  wire.once('close', () => {
    isOver = true
    waitingForAll -= waiting + leaving
  })
}
