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
  next: () => string
  /** Sees the head and body of each answer. */
  look?: (answer: string) => void
}

/** A PATCH of one filter as bytes, over a connection that is kept. */
export function patchBytes(url: string, token: string, filter: object, body: object): string {
  const text = JSON.stringify(body)
  return [
    `PATCH /invite?filter=${encodeURIComponent(JSON.stringify(filter))} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    '',
    text
  ].join('\r\n')
}

/** One connection, one call at a time. */
class Line {
  private socket: Socket
  private received = ''
  private expected = -1
  private settle: ((answer: string | undefined) => void) | undefined
  isOpen = true

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.setNoDelay(true)
    // One byte a character: lengths are counted in bytes.
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => this.receive(chunk))
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isOpen = false
      this.answer(undefined)
    })
  }

  call(bytes: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.settle = resolve
      if (this.isOpen) this.socket.write(bytes)
      else this.answer(undefined)
    })
  }

  close(): void {
    this.socket.destroy()
  }

  private answer(text: string | undefined) {
    const { settle } = this
    this.settle = undefined
    this.received = ''
    this.expected = -1
    settle?.(text)
  }

  private receive(chunk: string) {
    this.received += chunk
    if (this.expected < 0) {
      const end = this.received.indexOf('\r\n\r\n')
      if (end < 0) return
      this.expected = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(this.received)?.[1] ?? 0)
    }
    if (this.received.length >= this.expected) this.answer(this.received)
  }
}

const statusOf = (answer: string | undefined) => (answer === undefined ? 0 : Number(answer.slice(9, 12)))

/** Calls per second that are answered with 200 when `connections` each send one after the other. */
export async function capacityOf({ url, seconds, next }: Load, connections = 32): Promise<number> {
  const end = performance.now() + seconds * 1000
  let answered = 0
  const work = async () => {
    const line = new Line(url)
    while (performance.now() < end) if (statusOf(await line.call(next())) === 200) answered += 1
    line.close()
  }
  await Promise.all(Array.from({ length: connections }, () => work()))
  return answered / seconds
}

/** Connections that were taken, as a proxy keeps them: libuv takes one new connection in a turn of its loop. */
async function opened(url: string, count: number): Promise<Line[]> {
  const lines: Line[] = []
  const bytes = `GET /health/live HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`
  while (lines.length < count) {
    const some = Array.from({ length: 50 }, () => new Line(url))
    await Promise.all(some.map((line) => line.call(bytes)))
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
  const running = new Set<Promise<void>>()
  const begin = performance.now()

  const send = async () => {
    const at = performance.now()
    let line = idle.pop()
    while (line && !line.isOpen) line = idle.pop()
    if (!line) {
      if (lines.size >= most) return void answers.push({ status: 0, ms: 0, at: at - begin })
      line = new Line(url)
      lines.add(line)
    }
    const answer = await line.call(next())
    answers.push({ status: statusOf(answer), ms: performance.now() - at, at: at - begin })
    if (answer !== undefined) look?.(answer)
    if (line.isOpen) idle.push(line)
    else lines.delete(line)
  }

  const total = Math.round(perSecond * seconds)
  let sent = 0
  await new Promise<void>((resolve) => {
    const tick = () => {
      const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond))
      for (; sent < due; sent++) {
        const call = send()
        running.add(call)
        void call.then(() => running.delete(call))
      }
      if (sent >= total) return resolve()
      setTimeout(tick, 2)
    }
    tick()
  })
  await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, 10_000))])
  // What has no answer by now gets none.
  for (const line of lines) line.close()
  await Promise.all(running)
  return answers
}

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
