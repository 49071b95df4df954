// One TCP connection that stays open, for requests as no usual client sends them. An answer that does not come fails.
import { connect, type Socket } from 'node:net'
import { parsed, type Answer } from './fuzz-wire.js'

/** Longer than any answer takes on a busy machine, and shorter than the timeouts that end a request that hangs. */
const patienceMs = 8000

export class RawConnection {
  private received = Buffer.alloc(0)
  private readonly changed = new Set<() => void>()
  private isOpen = true

  private constructor(private readonly socket: Socket) {
    const change = () => this.changed.forEach((tell) => tell())
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk])
      change()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isOpen = false
      change()
    })
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port) })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawConnection(socket)
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes)
    return this
  }

  /** The next answer: `100 Continue` is one, and has no body. */
  answer(): Promise<Answer> {
    return this.until('an answer', () => {
      const end = this.received.indexOf('\r\n\r\n')
      if (end < 0) return undefined
      const [first = '', ...lines] = this.received.subarray(0, end).toString('latin1').split('\r\n')
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
      )
      const after = end + 4 + Number(headers['content-length'] ?? 0)
      if (this.received.length < after) return undefined
      const text = this.received.subarray(end + 4, after).toString()
      this.received = this.received.subarray(after)
      return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]), headers, text, body: parsed(text) }
    })
  }

  /** Waits until the server has closed the connection. */
  closed(patience = patienceMs): Promise<true> {
    return this.until('the end of the connection', () => !this.isOpen || undefined, patience)
  }

  /** The bytes that came after the last answer. */
  rest(): Buffer {
    return this.received
  }

  close(): void {
    this.socket.destroy()
  }

  private until<T>(what: string, look: () => T | undefined, patience = patienceMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        this.changed.delete(check)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`${what} did not come; so far: ${this.received.toString('latin1').slice(0, 300)}`))
      }, patience)
      const check = () => {
        const found = look()
        if (found === undefined) {
          if (this.isOpen) return
          stop()
          return reject(new Error(`the connection was closed before ${what}`))
        }
        stop()
        resolve(found)
      }
      this.changed.add(check)
      check()
    })
  }
}
