// Requests as nobody's client would send them: a target that is not encoded again, any header, any bytes.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'

export interface Wire {
  method: string
  /** Path and query, byte for byte (latin-1). */
  target: string
  headers?: Record<string, string | string[]>
  /** With its length, or in chunks. */
  body?: string | Buffer
  chunked?: boolean
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  body: unknown
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends over a connection that is kept, or says why there was no answer. */
export function exchange(url: string, { method, target, headers = {}, body, chunked }: Wire): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return new Promise((resolve, reject) => {
    let answered = false
    const asked = request(
      {
        hostname,
        port,
        agent,
        method,
        path: target,
        headers: { ...headers, ...(bytes && !chunked && { 'content-length': String(bytes.length) }) }
      },
      (response) => {
        answered = true
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
        })
      }
    )
    // Whoever refuses a body before it has arrived closes on its sender, who has the answer by then.
    asked.on('error', (error) => {
      if (!answered) reject(error)
    })
    asked.setTimeout(60_000, () => asked.destroy(new Error(`no answer to ${method} ${target.slice(0, 200)}`)))
    if (bytes && chunked) for (let at = 0; at < bytes.length; at += 8192) asked.write(bytes.subarray(at, at + 8192))
    asked.end(chunked ? undefined : bytes)
  })
}

/** Sends bytes over a connection of their own, and ends it: the first answer, or status 0 where there is none. */
export function rawExchange(url: string, bytes: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    // A refusal may come with a reset, when what was sent is not read to its end.
    socket.on('error', (error) => {
      if (chunks.length === 0) reject(error)
    })
    socket.setTimeout(60_000, () => socket.destroy())
    socket.on('close', () => {
      const whole = Buffer.concat(chunks).toString('latin1')
      const [head = '', ...rest] = whole.split('\r\n\r\n')
      const text = rest.join('\r\n\r\n')
      const headers = Object.fromEntries(
        head
          .split('\r\n')
          .slice(1)
          .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
      )
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), headers, text, body: parsed(text) })
    })
    socket.on('connect', () => socket.end(bytes))
  })
}
