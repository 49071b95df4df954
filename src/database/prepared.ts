// The prepared statements of each connection. A constant text stays prepared; a text that was made for a call stays
// prepared as long as it is in use.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** The columns of a statement's rows: two lists of the same length. */
export interface Columns {
  names: string[]
  /** How the text of a value becomes the value; `undefined` where it is the value. */
  readers: (((text: string) => unknown) | undefined)[]
}

/** A statement as one connection knows it. */
export interface Prepared {
  /** Empty for a text that Postgres plans at each run. */
  name: string
  text: string
  /** Set by the first run, which asks Postgres for them. */
  columns: Columns | undefined
}

/** The part of a `pg` client that this file uses. */
export interface PreparedOn {
  query(text: string, done: (error: Error | null) => void): void
  /** The texts that Postgres has prepared on this connection, by their names. `pg` keeps this list. */
  connection: { parsedStatements: Record<string, string> }
}

/**
 * A plan takes a third of a megabyte in each connection's process, so a connection keeps at most this many texts that
 * were made for a call.
 */
const maxVariables = 200

/** Recent texts that were made for a call. A text gets a name at its second run. */
const recentTexts = new LRUCache<string, true>({ max: 2000 })

interface Statements {
  constants: Map<string, Prepared>
  variables: LRUCache<string, Prepared>
}

const statements = new WeakMap<PreparedOn, Statements>()

function statementsOn(connection: PreparedOn): Statements {
  const known = statements.get(connection)
  if (known) return known
  const made: Statements = {
    constants: new Map(),
    variables: new LRUCache<string, Prepared>({
      max: maxVariables,
      dispose: ({ name }, _, reason) => {
        if (reason === 'evict') deallocate(connection, name)
      }
    })
  }
  statements.set(connection, made)
  return made
}

const named = (text: string): Prepared => ({
  name: createHash('sha256').update(text).digest('base64url').slice(0, 24),
  text,
  columns: undefined
})

/**
 * A text that is written in the source. There are only as many as there are calls in the source, so each keeps its
 * name, and no filter of a client can take it away.
 */
export function constantOn(connection: PreparedOn, text: string): Prepared {
  const { constants } = statementsOn(connection)
  const known = constants.get(text)
  if (known) return known
  const made = named(text)
  constants.set(text, made)
  return made
}

/**
 * A text that was made for a call and runs next on `connection`. Clients can send any number of different filters. So a
 * text gets a name only at its second run, and the connection drops its least recently used name for it.
 */
export function variableOn(connection: PreparedOn, text: string): Prepared {
  const { variables } = statementsOn(connection)
  const known = variables.get(text)
  if (known) return known
  if (!recentTexts.get(text)) {
    recentTexts.set(text, true)
    return { name: '', text, columns: undefined }
  }
  const made = named(text)
  variables.set(text, made)
  return made
}

/**
 * Queued before the statement that needs the room, so the text is prepared again if it comes back later in the queue. A
 * text that Postgres could not parse has nothing to deallocate: the error would end an open transaction.
 */
function deallocate(connection: PreparedOn, name: string): void {
  const { parsedStatements } = connection.connection
  if (parsedStatements[name] === undefined) return
  connection.query(`deallocate "${name}"`, (error) => {
    if (!error) delete parsedStatements[name]
  })
}
