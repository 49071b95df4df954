// Receives Postgres' notifications on a connection of its own, and connects again when it is lost.
import pg from 'pg'

export interface Listener {
  /** A notification arrived on the channel. */
  heard: (payload: string) => void
  /** From now on every notification arrives. */
  connected: () => void
  /** From now on no notification arrives, and some may be missing already. */
  lost: () => void
}

const reconnectMs = 1000

/** No query runs on this connection: only keep-alive probes find out that Postgres is gone, within half a minute. */
const connectionOptions = {
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
    // A lost client reports it more than once, perhaps when there is a new one already.
    if (client !== lost) return
    client = undefined
    listener.lost()
    if (closed) return
    timer = setTimeout(() => void connect(), reconnectMs)
    timer.unref()
  }

  const connect = async () => {
    const fresh = new pg.Client({ connectionString, ...connectionOptions, application_name: 'invite-service listener' })
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
