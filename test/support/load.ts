// Load as the world makes it. An open loop sends calls at a rate, whether or not earlier ones were answered; a closed
// loop sends the next when the last was answered, and so finds out what a server can do. On bare sockets, because
// whoever measures must cost little beside what is measured.
import { connect, type Socket } from 'node:net'

export interface Answer {
  /** 0 when there was none: the connection ended, or the time. */
  status: number
  /** From the moment it was sent. */
  ms: number
  /** When it was sent, in ms since the begin of the load. */
  at: number
}

export interface Load {
  url: string
  seconds: number
  /** The bytes of the next call. */
  next: () => Buffer
  /** Sees each answer, as text when it asks for it. */
  look?: (status: number, text: () => string) => void
}

/** A PATCH of one filter as bytes, over a connection that is kept. */
export function patchBytes(url: string, token: string, filter: object, body: object): Buffer {
  const text = JSON.stringify(body)
  return Buffer.from(
    [
      `PATCH /invite?filter=${encodeURIComponent(JSON.stringify(filter))} HTTP/1.1`,
      `Host: ${new URL(url).host}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text
    ].join('\r\n')
  )
}

type Done = (answer: Buffer | undefined) => void

const endOfHead = Buffer.from('\r\n\r\n')

/** One connection, one call at a time. By callbacks and bytes: what the load costs is taken from what is measured. */
class Line {
  private socket: Socket
  private received: Buffer | undefined
  private expected = -1
  private done: Done | undefined
  isOpen = true

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk: Buffer) => this.receive(chunk))
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isOpen = false
      this.answer(undefined)
    })
  }

  /** `done` gets the answer, or undefined when the connection ends without one. */
  call(bytes: Buffer, done: Done): void {
    this.done = done
    if (this.isOpen) this.socket.write(bytes)
    else this.answer(undefined)
  }

  close(): void {
    this.socket.destroy()
  }

  private answer(bytes: Buffer | undefined) {
    const { done } = this
    this.done = undefined
    this.received = undefined
    this.expected = -1
    done?.(bytes)
  }

  private receive(chunk: Buffer) {
    const received = this.received ? Buffer.concat([this.received, chunk]) : chunk
    this.received = received
    if (this.expected < 0) {
      const end = received.indexOf(endOfHead)
      if (end < 0) return
      const head = received.toString('latin1', 0, end)
      this.expected = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    }
    if (received.length >= this.expected) this.answer(received)
  }
}

const statusOf = (answer: Buffer | undefined) => (answer ? Number(answer.toString('latin1', 9, 12)) : 0)

/** Calls per second that are answered with 200 when `connections` each send one after the other. */
export async function capacityOf({ url, seconds, next }: Load, connections = 32): Promise<number> {
  const end = performance.now() + seconds * 1000
  let answered = 0
  const work = () =>
    new Promise<void>((resolve) => {
      const line = new Line(url)
      const again = () =>
        line.call(next(), (answer) => {
          if (statusOf(answer) === 200) answered += 1
          if (answer && performance.now() < end) return again()
          line.close()
          resolve()
        })
      again()
    })
  await Promise.all(Array.from({ length: connections }, () => work()))
  return answered / seconds
}

/** `connections` each send so many calls, one after the other. */
export async function closedLoop(
  { url, next }: Pick<Load, 'url' | 'next'>,
  connections: number,
  callsEach: number
): Promise<Answer[]> {
  const begin = performance.now()
  const answers: Answer[] = []
  const work = async () => {
    const line = new Line(url)
    for (let n = 0; n < callsEach; n++) {
      const at = performance.now()
      const status = await new Promise<number>((resolve) => line.call(next(), (answer) => resolve(statusOf(answer))))
      answers.push({ status, ms: performance.now() - at, at: at - begin })
    }
    line.close()
  }
  await Promise.all(Array.from({ length: connections }, () => work()))
  return answers
}

/** Connections that were taken, as a proxy keeps them: libuv takes one new connection in a turn of its loop. */
async function opened(url: string, count: number): Promise<Line[]> {
  const lines: Line[] = []
  const bytes = Buffer.from(`GET /health/live HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
  while (lines.length < count) {
    const some = Array.from({ length: 50 }, () => new Line(url))
    await Promise.all(some.map((line) => new Promise<void>((resolve) => line.call(bytes, () => resolve()))))
    lines.push(...some)
  }
  return lines
}

/** Sends `perSecond` calls a second, evenly, over connections that are open already, and over more, up to `most`. */
export async function openLoop(load: Load, perSecond: number, { open = 1000, most = 4000 } = {}): Promise<Answer[]> {
  const { url, seconds, next, look } = load
  const idle = await opened(url, open)
  const lines = new Set(idle)
  const answers: Answer[] = []
  const begin = performance.now()
  const total = Math.round(perSecond * seconds)
  let sent = 0

  await new Promise<void>((resolve) => {
    const record = (answer: Answer) => {
      answers.push(answer)
      if (answers.length === total) resolve()
    }
    const send = () => {
      const at = performance.now()
      let line = idle.pop()
      while (line && !line.isOpen) line = idle.pop()
      if (!line) {
        if (lines.size >= most) return record({ status: 0, ms: 0, at: at - begin })
        line = new Line(url)
        lines.add(line)
      }
      const used = line
      used.call(next(), (answer) => {
        const status = statusOf(answer)
        if (answer) look?.(status, () => answer.toString())
        if (used.isOpen) idle.push(used)
        else lines.delete(used)
        record({ status, ms: performance.now() - at, at: at - begin })
      })
    }
    const tick = () => {
      const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond))
      for (; sent < due; sent++) send()
      if (sent < total) return void setTimeout(tick, 2)
      // A request without an answer by then gets none.
      setTimeout(() => {
        for (const line of lines) line.close()
      }, 30_000).unref()
    }
    tick()
  })
  for (const line of lines) line.close()
  return answers
}

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
