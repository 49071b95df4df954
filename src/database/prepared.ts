// The names of prepared statements. A constant text keeps its name; other texts keep theirs as long as they are in use.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** The part of a `pg` client that this file uses. */
export interface PreparedOn {
  query(text: string, done: (error: Error | null) => void): void
  /** The texts that `pg` has prepared on this connection, by their names. */
  connection: { parsedStatements: Record<string, string> }
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 24)

const constantNames = new Map<string, string>()

/**
 * The name of a text that is written in the source. There are only as many as there are calls in the source, so each
 * keeps its name, and no filter of a client can take it away.
 */
export function nameOfConstant(text: string): string {
  const name = constantNames.get(text) ?? hashOf(text)
  constantNames.set(text, name)
  return name
}

/** Recent texts. A text gets its name at the second run. */
const recentTexts = new LRUCache<string, { name?: string }>({ max: 2000 })

/**
 * A plan takes a third of a megabyte in each connection's process, so a connection keeps at most this many variable
 * texts.
 */
const maxVariables = 200

const variableNames = new WeakMap<PreparedOn, LRUCache<string, true>>()

/**
 * The name of a text that was made for a call and runs next on `connection`. Clients can send any number of different
 * filters. So a text gets a name only at its second run, and the connection drops its least recently used name for it.
 */
export function nameOfVariable(text: string, connection: PreparedOn): string | undefined {
  const recent = recentTexts.get(text)
  if (!recent) {
    recentTexts.set(text, {})
    return undefined
  }
  recent.name ??= hashOf(text)
  const names = namesOn(connection)
  if (!names.get(recent.name)) names.set(recent.name, true)
  return recent.name
}

function namesOn(connection: PreparedOn): LRUCache<string, true> {
  const known = variableNames.get(connection)
  if (known) return known
  const names = new LRUCache<string, true>({
    max: maxVariables,
    dispose: (_, name, reason) => {
      if (reason === 'evict') deallocate(connection, name)
    }
  })
  variableNames.set(connection, names)
  return names
}

/**
 * Queued before the statement that needs the room, so `pg` prepares the text again if it comes back later in the queue.
 * A text that Postgres could not parse has nothing to deallocate: the error would end an open transaction.
 */
function deallocate(connection: PreparedOn, name: string): void {
  const { parsedStatements } = connection.connection
  if (parsedStatements[name] === undefined) return
  connection.query(`deallocate "${name}"`, (error) => {
    if (!error) delete parsedStatements[name]
  })
}
