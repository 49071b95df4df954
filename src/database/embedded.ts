// The embedded Postgres: PGlite in this process. The `pg` client talks to it over an in-process stream, so both
// databases have the same protocol, driver and types.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { PGlite } from '@electric-sql/pglite'

/**
 * Carries `pg`'s bytes to PGlite and back. It collects whole protocol messages, because PGlite takes no partial ones.
 * The first message of a connection, the start-up packet, is the only one without a type byte.
 */
class PGliteStream extends Duplex {
  private pending: Buffer = Buffer.alloc(0)
  private started = false
  private turn: Promise<void> = Promise.resolve()

  constructor(private readonly pglite: PGlite) {
    super()
  }

  // Methods of net.Socket that `pg` calls.
  connect() {
    process.nextTick(() => this.emit('connect'))
    return this
  }
  setNoDelay() {
    return this
  }
  setKeepAlive() {
    return this
  }
  ref() {
    return this
  }
  unref() {
    return this
  }

  override _read() {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.pending = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk
    const length = this.wholeMessages()
    if (length === 0) return done()
    const messages = this.pending.subarray(0, length)
    this.pending = this.pending.subarray(length)
    this.turn = this.execute(messages).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void) {
    // A connection that ends inside a transaction must not leave it open: PGlite has one session for all of them.
    this.turn
      .then(() => this.pglite.runExclusive(() => this.pglite.execProtocolRaw(rollback)))
      .then(() => this.push(null))
      .then(() => done(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void) {
    // `pg` destroys a connection after an error without ending it.
    if (error) void this.pglite.runExclusive(() => this.pglite.execProtocolRaw(rollback)).catch(() => {})
    done(error)
  }

  /** The number of bytes at the head of `pending` that are whole messages. */
  private wholeMessages(): number {
    let at = 0
    for (;;) {
      const header = this.started ? 1 : 0
      if (this.pending.length < at + header + 4) return at
      const next = at + header + this.pending.readInt32BE(at + header)
      if (this.pending.length < next) return at
      this.started = true
      at = next
    }
  }

  private async execute(messages: Buffer) {
    // `X`, Terminate, would end PGlite's only session.
    if (messages.length === 5 && messages[0] === 0x58) return
    await this.pglite.runExclusive(() =>
      this.pglite.execProtocolRawStream(messages, {
        onRawData: (data) => this.push(Buffer.from(data))
      })
    )
  }
}

/** `rollback` as a simple query message. */
const rollback = (() => {
  const text = 'rollback\0'
  const message = Buffer.alloc(5 + text.length)
  message.write('Q', 0)
  message.writeInt32BE(4 + text.length, 1)
  message.write(text, 5)
  return message
})()

/**
 * PGlite does not lock its directory, and two processes in one directory lose rows silently. So the first process
 * writes its id into a file; a second process finds the file and does not start. A process takes over the file of a
 * process that is gone.
 */
function lockDirectory(directory: string): () => void {
  const file = join(directory, 'lock')
  const mine = `${process.pid} ${startOf(process.pid)}`
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, 'wx')
      writeSync(handle, mine)
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const [pid = '', start = ''] = readFileSync(file, 'utf8').split(' ')
    if (isAlive(Number(pid), start)) {
      throw new Error(`The embedded database in ${directory} is in use by process ${pid}; stop it, or set DATABASE_URL`)
    }
    rmSync(file, { force: true })
  }
  throw new Error(`The embedded database in ${directory} cannot be locked`)
}

/**
 * Whether the process that wrote the file is running. It is not this process, whose id a container may reuse, and it
 * started when the file says, because ids are reused.
 */
function isAlive(pid: number, start: string): boolean {
  if (!pid || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return startOf(pid) === start
}

/** When a process started, in clock ticks since boot; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

export interface EmbeddedPostgres {
  /** For `pg`: the stream of a new connection. */
  stream: () => Duplex
  close: () => Promise<void>
}

/** Opens or makes the database in `directory`; `memory:` is a database that lives in memory. */
export async function openEmbedded(directory: string): Promise<EmbeddedPostgres> {
  const inMemory = directory === 'memory:'
  if (!inMemory) mkdirSync(directory, { recursive: true, mode: 0o700 })
  const unlock = inMemory ? () => {} : lockDirectory(directory)
  try {
    const pglite = await PGlite.create({ dataDir: inMemory ? 'memory://' : join(directory, 'postgres') })
    return {
      stream: () => new PGliteStream(pglite),
      close: async () => {
        await pglite.close()
        unlock()
      }
    }
  } catch (error) {
    unlock()
    throw error
  }
}
