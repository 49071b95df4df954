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
  /** The names that the connection has given up: the next run has Postgres close them. All its statements share it. */
  givenUp: string[]
}

/** In characters. Postgres plans a longer text at each run, and the service keeps no trace of it. */
const longestText = 16_000

/**
 * The texts that were made for a call and that one connection keeps: their number, and their characters in all. A plan
 * takes up to 160 bytes of the connection's process for each character of its text.
 */
const maxVariables = 200
const maxVariableSize = 256_000

/** Recent texts that were made for a call. A text gets a name at its second run. */
const recentTexts = new LRUCache<string, true>({
  max: 2000,
  maxSize: 4_000_000,
  sizeCalculation: (_, text) => text.length
})

interface Statements {
  /** The value of `generation` when the first of them was named. */
  generation: number
  givenUp: string[]
  constants: Map<string, Prepared>
  variables: LRUCache<string, Prepared>
}

/** By the client of `pg`, which is one connection. */
const statements = new WeakMap<object, Statements>()

let generation = 0

/**
 * Makes every connection prepare its statements anew, before their next run. When one plan is stale, others are: a
 * transaction that is repeated may get any connection.
 */
export function prepareAnew(): void {
  generation += 1
}

function giveUpAll(known: Statements): void {
  for (const { name } of [...known.constants.values(), ...known.variables.values()]) known.givenUp.push(name)
  known.constants.clear()
  known.variables.clear()
  known.generation = generation
}

function statementsOn(connection: object): Statements {
  const known = statements.get(connection)
  if (known && known.generation !== generation) giveUpAll(known)
  if (known) return known
  const givenUp: string[] = []
  const made: Statements = {
    generation,
    givenUp,
    constants: new Map(),
    variables: new LRUCache<string, Prepared>({
      max: maxVariables,
      maxSize: maxVariableSize,
      sizeCalculation: ({ text }) => text.length,
      dispose: ({ name }, _, reason) => {
        if (reason === 'evict') givenUp.push(name)
      }
    })
  }
  statements.set(connection, made)
  return made
}

const named = (text: string, givenUp: string[]): Prepared => ({
  name: createHash('sha256').update(text).digest('base64url').slice(0, 24),
  text,
  columns: undefined,
  givenUp
})

const unnamed = (text: string, givenUp: string[]): Prepared => ({ name: '', text, columns: undefined, givenUp })

/**
 * A text that is written in the source. There are only as many as there are calls in the source, so each keeps its
 * name, and no filter of a client can take it away.
 */
export function constantOn(connection: object, text: string): Prepared {
  const { constants, givenUp } = statementsOn(connection)
  const known = constants.get(text)
  if (known) return known
  const made = named(text, givenUp)
  constants.set(text, made)
  return made
}

/**
 * A text that was made for a call and runs next on `connection`. Clients can send any number of different filters. So a
 * text gets a name only at its second run, and the connection drops its least recently used names for it.
 */
export function variableOn(connection: object, text: string): Prepared {
  const { variables, givenUp } = statementsOn(connection)
  if (text.length > longestText) return unnamed(text, givenUp)
  const known = variables.get(text)
  if (known) return known
  if (!recentTexts.get(text)) {
    recentTexts.set(text, true)
    return unnamed(text, givenUp)
  }
  const made = named(text, givenUp)
  variables.set(text, made)
  return made
}
