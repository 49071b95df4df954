// Postgres' NOTIFY, heard by this process: over a connection of its own, or the only one of the embedded database.
import pg from 'pg'

export interface Listener {
  /** Something was said on the channel. */
  heard: (payload: string) => void
  /** From now on everything is heard. */
  connected: () => void
  /** From now on, and since some moment before, nothing is heard. */
  lost: () => void
}

const reconnectMs = 1000

/** Nobody asks anything on this connection: only probes find out that the other side is gone, within half a minute. */
const patience = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: 3000,
  query_timeout: 8000
}

/** Listens on `channel` of a Postgres until closed, connecting again whenever the connection is lost. */
export function listenOn(
  connectionString: string,
  channel: string,
  listener: Listener
): { close: () => Promise<void> } {
  let closed = false
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined

  const lose = (lost: pg.Client) => {
    // A lost client says so more than once, perhaps when there is a new one already.
    if (client !== lost) return
    client = undefined
    listener.lost()
    if (closed) return
    timer = setTimeout(() => void connect(), reconnectMs)
    timer.unref()
  }

  const connect = async () => {
    const fresh = new pg.Client({ connectionString, ...patience, application_name: 'invite-service listener' })
    client = fresh
    fresh.on('notification', ({ payload }) => listener.heard(payload ?? ''))
    fresh.on('error', () => lose(fresh))
    fresh.on('end', () => lose(fresh))
    try {
      await fresh.connect()
      await fresh.query(`listen ${channel}`)
      listener.connected()
    } catch {
      fresh.end().catch(() => {})
      lose(fresh)
    }
  }

  void connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    }
  }
}
